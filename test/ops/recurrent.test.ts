import { describe, expect, test } from "vitest";
import { record } from "../../src/backend/engine.js";
import * as wg from "../../src/index.js";
import { backends } from "../support/backends.js";
import { checkOp, expectClose, type OpCase } from "../support/check-op.js";
import { uniform } from "../support/random.js";
import { usualThreads } from "../support/threads.js";

type Kind = "simpleRnn" | "lstm" | "gru";
type Options = wg.LstmOptions & wg.GruOptions;

const operations = { simpleRnn: wg.simpleRnn, lstm: wg.lstm, gru: wg.gru };
const gates: Record<Kind, number> = { simpleRnn: 1, lstm: 4, gru: 3 };
const kinds = Object.keys(gates) as Kind[];

/** All results as one vector, from x, kernel, recurrent kernel, bias, states and peepholes. */
function all(kind: Kind, x: wg.Tensor[], options: Options): wg.Tensor {
  const [input, kernel, recurrentKernel, bias, h0, c0, peepholes] = x as [
    wg.Tensor,
    wg.Tensor,
    wg.Tensor,
    ...(wg.Tensor | undefined)[],
  ];
  const weights = [input, kernel, recurrentKernel, bias ?? null] as const;
  const given = options as object;
  const initialState = kind === "lstm" ? (h0 && c0 ? [h0, c0] : null) : (h0 ?? null);
  const more = { ...given, initialState, ...(peepholes ? { peepholes } : {}) };
  return wg.concat(Object.values(operations[kind](...weights, more as never)).map((each) => wg.flatten(each)));
}

interface Sizes {
  batch?: number;
  steps?: number;
  features?: number;
  units?: number;
}

function caseOf(
  kind: Kind,
  name: string,
  sizes: Sizes,
  parts: { bias?: number; states?: boolean; peepholes?: boolean },
): OpCase {
  const { batch = 2, steps = 3, features = 3, units = 5 } = sizes;
  const { bias = 1, states = true, peepholes = false } = parts;
  const width = gates[kind] * units;
  const state = [batch, units];
  return {
    name,
    inputs: [
      [batch, steps, features],
      [features, width],
      [units, width],
      ...(bias === 0 ? [] : [bias === 2 ? [2, width] : [width]]),
      ...(states ? (kind === "lstm" ? [state, state] : [state]) : []),
      ...(peepholes ? [[3, units]] : []),
    ],
    range: [-1, 1],
  };
}

const holes = wg.tensor([
  [true, false, true],
  [false, true, true],
]);

const factors = [
  [0, 1.5, 0, 1.5, 2],
  [1, 0, 0.5, 2, 0],
];

function check(
  kind: Kind,
  name: string,
  sizes: Sizes,
  options: Options = {},
  parts: Parameters<typeof caseOf>[3] = {},
) {
  checkOp(`${kind}: ${name}`, {
    run: (...x) => all(kind, x, options),
    cases: [caseOf(kind, name, sizes, parts)],
    tolerance: { f32: 2e-5, absolute32: 5e-6, f64: 1e-11, absolute64: 1e-12 },
  });
}

for (const kind of kinds) {
  for (const units of [1, 2, 3, 4, 7, 9]) check(kind, `${units} units`, { units });
  check(kind, "one step", { steps: 1 });
  check(kind, "a batch of one", { batch: 1, steps: 4 });
  check(kind, "a batch that is packed for", { batch: 12, units: 3, steps: 2, features: 2 });
  check(kind, "neither bias nor states", {}, {}, { bias: 0, states: false });
  check(kind, "a mask", {}, { mask: holes });
  check(kind, "backwards, with a mask", {}, { mask: holes, goBackwards: true });
  check(
    kind,
    "a mask of numbers",
    {},
    {
      mask: [
        [1, 0, 1],
        [0, 1, 1],
      ],
    },
  );
  check(kind, "a dropout of the state", {}, { recurrentDropoutMask: factors });
  check(kind, "no step", { steps: 0 });
  check(kind, "no row", { batch: 0 });
  for (const activation of ["linear", "elu", "selu", "sigmoid", "softplus"] as const) {
    check(kind, `${activation}`, {}, { activation });
  }
}
for (const kind of ["lstm", "gru"] as const) {
  for (const recurrentActivation of ["tanh", "softplus", "hardSigmoid", "hardSigmoidKeras2"] as const) {
    check(kind, `gates of ${recurrentActivation}`, { batch: 1 }, { recurrentActivation });
  }
}
check("lstm", "peepholes", {}, {}, { peepholes: true });
check("lstm", "peepholes and a mask", { units: 4 }, { mask: holes }, { peepholes: true });
check("gru", "two biases", {}, {}, { bias: 2 });
check("gru", "two biases and a mask", {}, { mask: holes }, { bias: 2 });
for (const units of [1, 4, 7]) check("gru", `the reset before, ${units} units`, { units }, { resetAfter: false });
check("gru", "the reset before, a mask", {}, { resetAfter: false, mask: holes });
check("gru", "the reset before, a dropout", {}, { resetAfter: false, recurrentDropoutMask: factors, mask: holes });
const bare = { bias: 0, states: false };
check("gru", "the reset before, backwards, no bias", {}, { resetAfter: false, goBackwards: true }, bare);
check("gru", "the reset before, a packed batch", { batch: 13, units: 3, steps: 2 }, { resetAfter: false });
check("gru", "the reset before, hard gates", {}, { resetAfter: false, recurrentActivation: "hardSigmoidKeras2" });

const noise = (shape: number[], seed: number) =>
  wg.tensor(
    uniform(
      shape.reduce((product, n) => product * n, 1),
      -1,
      1,
      seed,
    ),
    shape,
  );
const weightsOf = (kind: Kind, features: number, units: number) =>
  [
    noise([features, gates[kind] * units], 2),
    noise([units, gates[kind] * units], 3),
    noise([gates[kind] * units], 4),
  ] as const;

describe.each(kinds)("%s", (kind) => {
  test.each(backends)("padding changes no bit of what is there, on $name", async ({ use }) => {
    await use();
    const weights = weightsOf(kind, 3, 5);
    const short = noise([2, 3, 3], 1);
    const long = wg.concat([short, wg.full([2, 2, 3], 9)], 1);
    const mask = wg.tensor([
      [1, 1, 1, 0, 0],
      [1, 1, 1, 0, 0],
    ]);
    const [a, b] = [operations[kind](short, ...weights), operations[kind](long, ...weights, { mask })];
    expect(b.h.toArray()).toEqual(a.h.toArray());
    expect(wg.slice(b.sequence, [0, 0, 0], [2, 3, 5]).toArray()).toEqual(a.sequence.toArray());
    // The state is carried over.
    expect(wg.slice(b.sequence, [0, 4, 0], [2, 1, 5]).toTypedArray()).toEqual(a.h.toTypedArray());
  });

  test.each(backends)(
    "a NaN stays in its row, and the last row of the sequence is the state, on $name",
    async ({ use }) => {
      await use();
      const x = noise([3, 4, 2], 1).toTypedArray();
      x[5] = Number.NaN;
      const { sequence, h } = operations[kind](wg.tensor(x, [3, 4, 2]), ...weightsOf(kind, 2, 3));
      const values = sequence.toArray() as number[][][];
      expect(values[0]?.slice(0, 2).flat().some(Number.isNaN)).toBe(false);
      expect(values[0]?.slice(2).flat().every(Number.isNaN)).toBe(true);
      expect(values.slice(1).flat(2).some(Number.isNaN)).toBe(false);
      expect(values.map((row) => row.at(-1))).toEqual(h.toArray());
    },
  );

  test("infinite inputs saturate tanh and sigmoid", () => {
    const x = wg.tensor([[[Infinity], [-Infinity]]]);
    const ones = wg.ones([1, gates[kind]]);
    const { sequence } = operations[kind](x, ones, wg.zeros([1, gates[kind]]), null);
    expect(sequence.toTypedArray().some(Number.isNaN)).toBe(false);
  });

  test.each(backends)("goBackwards is the reversed sequence, on $name", async ({ use }) => {
    await use();
    const [x, weights] = [noise([2, 4, 3], 1), weightsOf(kind, 3, 5)] as const;
    const a = operations[kind](x, ...weights, { goBackwards: true });
    const b = operations[kind](wg.reverse(x, 1), ...weights);
    expect(a.sequence.toArray()).toEqual(b.sequence.toArray());
  });

  test("a recorded step has the bits of one that is run", async () => {
    await usualThreads();
    const [x, weights] = [noise([14, 4, 3], 1), weightsOf(kind, 3, 5)] as const;
    const variables = weights.map((each) => wg.variable(each));
    const mask = wg.greater(noise([14, 4], 5), -0.5);
    const gradients = () =>
      wg.grad(() => {
        const [kernel, recurrentKernel, bias] = variables as [wg.Variable, wg.Variable, wg.Variable];
        const { sequence, h } = operations[kind](x, kernel, recurrentKernel, bias, { mask });
        return wg.add(wg.sum(wg.square(sequence)), wg.sum(h));
      }, variables)() as wg.Tensor[];
    const want = gradients().map((each) => each.toArray());
    const out = variables.map((each) => wg.variable(wg.zerosLike(each)));
    const program = record(() => {
      for (const [i, each] of gradients().entries()) (out[i] as wg.Variable).assign(each);
    });
    const at = wg.zeros([Math.ceil(program.workspace.bytes / 4) + 16]);
    program.place(at.at);
    for (let i = 0; i < 2; i++) {
      program.run();
      expect(out.map((each) => each.toArray())).toEqual(want);
    }
  });
});

test("a state given at the end goes on where the first part stopped", () => {
  const [x, weights] = [noise([2, 6, 3], 1), weightsOf("lstm", 3, 5)] as const;
  const whole = wg.lstm(x, ...weights);
  const first = wg.lstm(wg.slice(x, [0, 0, 0], [2, 2, 3]), ...weights);
  const second = wg.lstm(wg.slice(x, [0, 2, 0], [2, 4, 3]), ...weights, { initialState: [first.h, first.c] });
  expectClose(second.c.toTypedArray(), whole.c.toTypedArray(), 1e-6, 1e-7);
  expect(wg.concat([first.sequence, second.sequence], 1).shape).toEqual(whole.sequence.shape);
});

test("says what does not fit", () => {
  const zeros = (...shape: number[]) => wg.zeros(shape);
  const x = zeros(2, 3, 4);
  expect(() => wg.lstm(zeros(3, 4), zeros(4, 20), zeros(5, 20), null)).toThrow(
    "lstm: x expected [batch, steps, features], got [3, 4]; reshape one sequence to [1, steps, features]",
  );
  expect(() => wg.lstm(x, zeros(4, 15), zeros(5, 20), null)).toThrow(
    "lstm: kernel expected [features, 4 · units] [4, 20], got [4, 15]",
  );
  expect(() => wg.gru(x, zeros(4, 15), zeros(5, 16), null)).toThrow(
    "gru: recurrentKernel expected [units, 3 · units] [5, 15], got [5, 16]",
  );
  expect(() => wg.simpleRnn(x, zeros(4, 5), zeros(5, 5), zeros(4))).toThrow(
    "simpleRnn: bias expected [units] [5], got [4]",
  );
  expect(() => wg.gru(x, zeros(4, 15), zeros(5, 15), zeros(2, 15), { resetAfter: false })).toThrow(
    "gru: bias expected [3 · units] without resetAfter, got [2, 15]",
  );
  expect(() => wg.gru(x, zeros(4, 15), zeros(5, 15), zeros(3, 15))).toThrow(
    "gru: bias expected [2, 3 · units] or [3 · units], got [3, 15]",
  );
  expect(() => wg.gru(x, zeros(4, 15), zeros(5, 15), null, { initialState: zeros(2, 4) })).toThrow(
    "gru: initialState expected [batch, units] [2, 5], got [2, 4]",
  );
  expect(() => wg.lstm(x, zeros(4, 20), zeros(5, 20), null, { initialState: zeros(2, 5) as never })).toThrow(
    "lstm: initialState expected [h, c], each [batch, units], got Tensor",
  );
  expect(() => wg.lstm(x, zeros(4, 20), zeros(5, 20), null, { peepholes: zeros(5) })).toThrow(
    "lstm: peepholes expected [3, units] [3, 5], got [5]",
  );
  expect(() => wg.gru(x, zeros(4, 15), zeros(5, 15), null, { mask: [[true]] })).toThrow(
    "gru: mask expected [batch, steps] [2, 3] as x [2, 3, 4], got [1, 1]",
  );
  expect(() => wg.gru(x, zeros(4, 15), zeros(5, 15), null, { activation: "gelu" })).toThrow(
    "gru: activation expected one whose slope follows from its result (linear, relu,",
  );
  expect(() => wg.gru(x, wg.zeros([4, 15], "float64"), zeros(5, 15), null)).toThrow(
    'gru: kernel expected float32 as x, got float64; convert it with cast(kernel, "float32")',
  );
  expect(() => wg.gru(x, zeros(4, 15), zeros(5, 15), null, { resetafter: true } as never)).toThrow(
    'gru: unknown option "resetafter"; did you mean "resetAfter"?',
  );
});
