import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Kernels } from "#kernels/kernels";
import { memory, record } from "../../src/backend/engine.js";
import { joinedTable, plainTable } from "../../src/backend/program.js";
import { argMax, full, gather, matmul, mul, relu, reshape, sub, sum, tanh } from "../../src/index.js";
import { scope } from "../../src/tensor/scope.js";
import { allocatingIn, type Region } from "../../src/tensor/storage.js";
import { empty, type Tensor, write } from "../../src/tensor/tensor.js";
import { StateError, ValueError } from "../../src/util/errors.js";
import { backends } from "../support/backends.js";
import { uniform } from "../support/random.js";

/** Records `body` on an input of 6 × 6 and gives it a place full of NaN. */
function recorded(body: (x: Tensor) => Tensor[]) {
  let x: Tensor | undefined;
  let outputs: Tensor[] = [];
  const program = record(({ workspace }) => {
    const region: Region = { of: "step", memory: workspace, open: true };
    allocatingIn(region, () => {
      x = empty([6, 6], "float32");
      x.storage.hold("throughout");
      outputs = body(x);
      for (const each of outputs) each.storage.hold("after");
    });
    region.open = false;
  });
  const { bytes } = program.workspace;
  const base = memory().take(bytes);
  memory()
    .view(base, bytes / 4, "float32")
    .fill(Number.NaN);
  program.place(base);
  const run = (values?: ArrayLike<number>) => {
    if (values) write(x as Tensor, values);
    program.run();
    return outputs.map((each) => [...each.toTypedArray()]);
  };
  return { run, program, base, bytes };
}

/** Steps of a computation, each with one or two of the results before it. */
const steps = fc.array(
  fc.tuple(fc.constantFrom("tanh", "relu", "mul", "sub", "matmul", "reshape"), fc.nat(), fc.nat()),
  {
    minLength: 1,
    maxLength: 30,
  },
);

function follow(x: Tensor, list: readonly (readonly [string, number, number])[]): Tensor[] {
  const results = [x];
  const pick = (n: number) => results[n % results.length] as Tensor;
  for (const [name, i, j] of list) {
    const [a, b] = [pick(i), pick(j)];
    if (name === "tanh") results.push(tanh(a));
    else if (name === "relu") results.push(relu(a));
    else if (name === "mul") results.push(mul(a, b));
    else if (name === "sub") results.push(sub(a, b));
    else if (name === "matmul") results.push(tanh(matmul(a, b)));
    else results.push(reshape(reshape(a, [4, 9]), [6, 6]));
  }
  return results;
}

describe.each(backends)("a recorded program on $name", ({ use }) => {
  test("has the bits of the same code run at once, whichever results are kept and wherever it is put", async () => {
    await use();
    fc.assert(
      fc.property(steps, fc.array(fc.nat(), { maxLength: 3 }), (list, kept) => {
        const chosen = (all: Tensor[]) => [all.length - 1, ...kept].map((n) => all[n % all.length] as Tensor);
        const { run, program, bytes } = recorded((x) => chosen(follow(x, list)));
        for (const seed of [1, 2]) {
          const values = uniform(36, -1, 1, seed);
          const want = scope(() => {
            const x = empty([6, 6], "float32");
            write(x, values);
            return chosen(follow(x, list)).map((each) => [...each.toTypedArray()]);
          });
          expect(run(values)).toEqual(want);
          expect(run()).toEqual(want);
          program.place(memory().take(bytes));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("memory of a recorded program", () => {
  test("a long chain needs two tensors at a time, its input and what is kept", () => {
    const { bytes } = recorded((x) => {
      const kept = tanh(x);
      let y = kept;
      for (let i = 0; i < 50; i++) y = tanh(y);
      return [kept, y];
    });
    const each = 36 * 4 + 48;
    // The input too: a program may run again without its being written anew.
    expect(bytes).toBe(4 * each);
  });

  test("nothing runs while it is recorded", () => {
    const { base, bytes } = recorded((x) => [sum(tanh(x))]);
    const all = memory().view(base, bytes / 4, "float32");
    expect(all.every(Number.isNaN)).toBe(true);
  });

  test("a tensor that nothing keeps is gone, and says how to look at it", () => {
    let between: Tensor | undefined;
    const { run } = recorded((x) => {
      between = tanh(x);
      return [relu(between)];
    });
    run(uniform(36));
    expect(() => between?.toArray()).toThrow(StateError);
    expect(() => between?.toArray()).toThrow(/model's step that has ended.*runEagerly: true/);
  });

  test("indices may be an array, and integers filled with one value stay through every run", () => {
    const { run } = recorded((x) => [
      gather(reshape(x, [36]), [3, 0]),
      gather(reshape(x, [36]), full([1], 2, "int32")),
    ]);
    for (const seed of [1, 2]) {
      const x = uniform(36, -1, 1, seed);
      expect(run(x)).toEqual([[x[3], x[0]], [x[2]]]);
    }
  });

  test("indices that are computed are checked in each run, before they are used", () => {
    const { run } = recorded((x) => [gather(relu(reshape(x, [36])), argMax(reshape(x, [2, 18]), 1), 0)]);
    const values = new Float32Array(36);
    values[2] = 5;
    values[18 + 7] = 6;
    expect(run(values)).toEqual([[5, 0]]);
    const few = recorded((x) => [gather(reshape(x, [3, 12]), argMax(reshape(x, [2, 18]), 1), 0)]);
    values[2] = 0;
    values[18 + 7] = 0;
    values[18 + 1] = 6;
    expect(few.run(values)[0]?.length).toBe(24);
    values[11] = 9;
    expect(() => few.run(values)).toThrow(
      new ValueError("gather: indices expected whole numbers from 0 to 2, got 11 at position 0"),
    );
  });
});

test("of kernels in parts, one behind the first is loaded with the first call of a kernel of its own, and once", () => {
  const table = (...names: string[]) =>
    plainTable(Object.fromEntries(names.map((name) => [name, (n: number) => `${name} ${n}`])) as unknown as Kernels);
  const loaded: number[] = [];
  const { kernels, bind } = joinedTable(
    table("fill", "copy"),
    (name) => (name === "lstm_forward" ? 1 : 2),
    (part) => {
      loaded.push(part);
      return part === 1 ? table("lstm_forward") : table("sin_forward", "cos_forward");
    },
  );
  const call = (name: string) =>
    (kernels as unknown as Record<string, (n: number) => string>)[name] as (n: number) => string;
  const [fill, sin] = [call("fill"), call("sin_forward")];
  expect([fill(1), bind("copy", [2], {})(), loaded]).toEqual(["fill 1", "copy 2", []]);
  expect([sin(3), sin(4), call("cos_forward")(5), loaded]).toEqual([
    "sin_forward 3",
    "sin_forward 4",
    "cos_forward 5",
    [2],
  ]);
  expect([bind("lstm_forward", [6], {})(), call("lstm_forward")(7)]).toEqual(["lstm_forward 6", "lstm_forward 7"]);
  expect(loaded).toEqual([2, 1]);
});
