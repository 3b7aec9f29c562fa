import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { backends } from "../support/backends.js";
import { checkOp, expectClose } from "../support/check-op.js";
import { pullBack } from "../support/pull-back.js";

interface Golden {
  kind: "attention" | "prelu" | "gather";
  mask?: boolean[];
  causal?: boolean;
  indices?: number[];
  inputs: { shape: number[]; values: number[]; gradient: number[] }[];
  y: { shape: number[]; values: number[]; dy: number[] };
}

const { cases } = JSON.parse(readFileSync(new URL("../fixtures/attention.json", import.meta.url), "utf8")) as {
  cases: Golden[];
};

const run = ({ kind, mask, causal, indices }: Golden, x: wg.Tensor[]): wg.Tensor => {
  const [a, b, c] = x as [wg.Tensor, wg.Tensor, wg.Tensor];
  if (kind === "attention") return wg.attention(a, b, c, { mask: mask ?? null, causal: causal ?? false });
  return kind === "prelu" ? wg.prelu(a, b) : wg.gather(a, indices as number[]);
};

test.each(backends.flatMap(({ name, use }) => cases.map((golden, i) => ({ name, use, golden, i }))))(
  "case $i: $golden.kind to $golden.y.shape as PyTorch on $name",
  async ({ use, golden }) => {
    await use();
    for (const [dtype, within] of [
      ["float64", 1e-12],
      ["float32", 1e-5],
    ] as const) {
      const made = (values: number[], shape: number[]) => wg.tensor(Float64Array.from(values), shape, dtype);
      const x = golden.inputs.map(({ values, shape }) => made(values, shape));
      const { y, gradients } = pullBack(x, made(golden.y.dy, golden.y.shape), () => run(golden, x));
      expect(y.shape).toEqual(golden.y.shape);
      expectClose(y.toTypedArray(), golden.y.values, within, within, dtype);
      golden.inputs.forEach(({ gradient }, i) => {
        expectClose((gradients[i] as wg.Tensor).toTypedArray(), gradient, within, within, `${dtype} input ${i}`);
      });
    }
  },
);

const some = (shape: number[], keep: number) => wg.greater(wg.randomUniform(shape, 0, 1, "float32", 5), 1 - keep);
const tolerance = { f32: 2e-5, absolute32: 1e-5 };

for (const [name, options] of Object.entries({
  plain: {},
  causal: { causal: true },
  "a mask of keys": { mask: some([2, 1, 1, 5], 0.6) },
  "a mask of each query": { mask: some([2, 3, 4, 5], 0.6) },
  "a mask of heads, causal": { mask: some([3, 1, 5], 0.6), causal: true },
  "a mask of queries": { mask: some([4, 1], 0.6) },
  "one flag": { mask: wg.tensor(true) },
  "nothing to look at": { mask: wg.tensor([false]) },
})) {
  checkOp(`attention: ${name}`, {
    run: (q, k, v) => wg.attention(q, k, v as wg.Tensor, options),
    cases: [
      {
        name: "two rows, three heads",
        inputs: [
          [2, 3, 4, 3],
          [2, 3, 5, 3],
          [2, 3, 5, 2],
        ],
      },
    ],
    tolerance,
  });
}

checkOp("attentionWeights of many axes and odd sizes", {
  run: (q, k) => wg.attentionWeights(q, k, { causal: true, mask: some([2, 1, 3, 1, 1, 7], 0.7) }),
  cases: [
    {
      name: "six axes",
      inputs: [
        [2, 2, 3, 2, 4, 1],
        [2, 2, 3, 2, 7, 1],
      ],
    },
  ],
  tolerance,
});

checkOp("attention of broadcast heads, and of nothing", {
  run: (q, k, v) => wg.attention(q, k, v as wg.Tensor),
  cases: [
    {
      name: "one key head for all",
      inputs: [
        [2, 3, 4, 3],
        [2, 1, 5, 3],
        [2, 1, 5, 2],
      ],
    },
    {
      name: "one of each",
      inputs: [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    },
    {
      name: "no query",
      inputs: [
        [2, 0, 3],
        [2, 5, 3],
        [2, 5, 2],
      ],
    },
    {
      name: "no key",
      inputs: [
        [2, 3, 3],
        [2, 0, 3],
        [2, 0, 2],
      ],
    },
  ],
  tolerance,
});

test.each(backends)(
  "what may not be looked at changes nothing, and a NaN that may is seen, on $name",
  async ({ use }) => {
    await use();
    const [q, v] = [wg.ones([3, 2]), wg.eye(3)];
    const k = wg.tensor([
      [0, 0],
      [1, 0],
      [Number.NaN, Number.POSITIVE_INFINITY],
    ]);
    const weights = wg.attention(q, k, v, { causal: true }).toArray() as number[][];
    expect(weights[0]).toEqual([1, 0, 0]);
    expect(weights[1]?.slice(2)).toEqual([0]);
    expect(weights[2]?.every(Number.isNaN)).toBe(true);
    const mask = [true, true, false];
    const masked = wg.attentionWeights(q, k, { mask }).toArray() as number[][];
    expect(masked[2]).toEqual(weights[1]);
  },
);

checkOp("prelu", {
  run: (x, alpha) => wg.prelu(x, alpha as wg.Tensor),
  cases: [
    { name: "one slope", inputs: [[3, 5], []] },
    { name: "a slope of each channel", inputs: [[3, 2, 7], [7]] },
    {
      name: "shared in the middle",
      inputs: [
        [2, 3, 4, 5],
        [3, 1, 5],
      ],
    },
    {
      name: "of each element",
      inputs: [
        [3, 7],
        [3, 7],
      ],
    },
    { name: "empty", inputs: [[0, 3], [3]] },
    {
      name: "NaN, infinities and zeros",
      inputs: [
        { values: [NaN, Infinity, -Infinity, 0, -0, 1e-40], shape: [6] },
        { values: [0.5], shape: [1] },
      ],
      gradient: false,
    },
  ],
});

test("gather adds the gradients of repeated indices in their order", async () => {
  const indices = wg.tensor(Int32Array.from({ length: 300 }, (_, i) => (i * 7) % 3));
  const dy = wg.tensor(
    Float32Array.from({ length: 300 }, (_, i) => 1 / (i + 1)),
    [300, 1],
  );
  const want = new Float32Array(3);
  for (let i = 0; i < 300; i++) {
    const at = (i * 7) % 3;
    want[at] = Math.fround((want[at] as number) + Math.fround(1 / (i + 1)));
  }
  for (const { use } of backends) {
    await use();
    const table = wg.zeros([3, 1]);
    expect(pullBack([table], dy, () => wg.gather(table, indices)).gradients[0]?.toTypedArray()).toEqual(want);
  }
});

test("says what does not fit", () => {
  const zeros = (...shape: number[]) => wg.zeros(shape);
  expect(() => wg.attention(zeros(2, 3), zeros(4, 2), zeros(4, 2))).toThrow(
    "attention: q and k expected [..., queries, depth] and [..., keys, depth], got [2, 3] and [4, 2]",
  );
  expect(() => wg.attention(zeros(2, 3), zeros(4, 3), zeros(5, 2))).toThrow(
    "attention: v expected [..., keys, width] with 4 keys as k, got [5, 2]",
  );
  expect(() => wg.attentionWeights(zeros(2, 3), zeros(4, 3), { mask: [[1, 0, 1, 1]] })).toThrow(
    'attentionWeights: mask expected bool, got float32; compare it with 0 or convert it with cast(mask, "bool")',
  );
  expect(() => wg.attentionWeights(zeros(2, 3), zeros(4, 3), { mask: wg.cast(zeros(3, 2, 4), "bool") })).toThrow(
    "attentionWeights: mask expected a shape that stretches to [..., queries, keys] [2, 4], got [3, 2, 4]",
  );
  expect(() => wg.prelu(zeros(2, 3), zeros(2, 2, 3))).toThrow(
    "prelu: alpha expected a shape that stretches to x [2, 3], got [2, 2, 3]",
  );
});
