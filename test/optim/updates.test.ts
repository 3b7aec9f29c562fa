import { describe, expect, test } from "vitest";
import { kernels, memory } from "../../src/backend/engine.js";
import * as wg from "../../src/index.js";
import { blocksOf } from "../../src/model/blocks.js";
import type { Compiled } from "../../src/model/compile.js";
import { clipBytes, writeLimits } from "../../src/optim/clipping.js";
import { type Optimizer, writeHyper } from "../../src/optim/optimizer.js";
import { sgd } from "../../src/optim/optimizers.js";
import { filled, type Tensor, tensor } from "../../src/tensor/tensor.js";
import type { FloatDType, TypedArray } from "../../src/util/dtypes.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { optimizers } from "../support/optimizers.js";
import { uniform } from "../support/random.js";

interface Run {
  w: Tensor;
  slots: Tensor[];
  step(gradient: ArrayLike<number>, clip: number): void;
  /** Weights, then slots. */
  values(): TypedArray[];
}

function begin(optimizer: Optimizer, start: ArrayLike<number>, dtype: FloatDType): Run {
  const n = start.length;
  const w = tensor(Float64Array.from(start), [n], dtype);
  const slots = optimizer.slots.map(() => filled([n], 0, dtype));
  const hyper = filled([optimizer.hyperCount], 0, dtype);
  const places = slots.map(({ at }) => at);
  let count = 0;
  return {
    w,
    slots,
    step(gradient, clip) {
      writeHyper(optimizer, ++count, hyper.at, dtype);
      const g = tensor(Float64Array.from(gradient), [n], dtype);
      optimizer.update(kernels(dtype), w.at, g.at, places, hyper.at, clip, 0, n);
    },
    values: () => [w, ...slots].map((t) => t.toTypedArray()),
  };
}

/** A cell with Σg² and the two limits. */
function cell(squares: number, options: { clipNorm?: number; clipValue?: number }): Tensor {
  const made = tensor(new Float64Array(clipBytes(1) / 8), undefined, "float64");
  const [by, limit] = options.clipNorm
    ? (["clipNorm", options.clipNorm] as const)
    : (["clipValue", options.clipValue as number] as const);
  writeLimits({ by, limit }, made.at, 1);
  memory().f64[made.at >>> 3] = squares;
  return made;
}

const gradients = [1, 2, 3].map((seed) => uniform(67, -2, 2, seed));
const start = uniform(67, -1, 1, 9);

describe.each(backends)("updates on $name", ({ name: backend, use }) => {
  test.each(Object.entries(optimizers))(
    "%s reads gradients clipped, as if they had been clipped before",
    async (_, make) => {
      await use();
      for (const dtype of ["float32", "float64"] as const) {
        const round = dtype === "float32" ? Math.fround : (x: number) => x;
        const compare = (clip: Tensor, before: (g: number) => number) => {
          const [read, given] = [begin(make(), start, dtype), begin(make(), start, dtype)];
          for (const gradient of gradients) {
            read.step(gradient, clip.at);
            given.step(
              Float64Array.from(gradient, (g) => before(round(g))),
              0,
            );
          }
          // The plain loops multiply in double.
          const slack = backend === "js" && dtype === "float32" ? 1e-5 : 0;
          read.values().forEach((got, i) => {
            expectClose(got, given.values()[i] as TypedArray, slack, slack, dtype);
          });
        };
        // √36 = 6 is three times the limit.
        const third = round(2 / 6);
        compare(cell(36, { clipNorm: 2 }), (g) => round(g * third));
        compare(cell(36, { clipNorm: 6 }), (g) => g);
        compare(cell(0, { clipValue: 0.5 }), (g) => Math.min(Math.max(g, -0.5), 0.5));
      }
    },
  );

  test("a norm that is no number leaves none; by value NaN stays, and infinity becomes the limit", async () => {
    await use();
    for (const dtype of ["float32", "float64"] as const) {
      for (const squares of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const run = begin(sgd(), [1, 2, 3, 4, 5], dtype);
        run.step([0, 1, 2, 3, 4], cell(squares, { clipNorm: 1 }).at);
        expect(Array.from(run.w.toTypedArray())).toEqual([NaN, NaN, NaN, NaN, NaN]);
      }
      const run = begin(sgd({ learningRate: 1 }), [1, 1, 1, 1, 1], dtype);
      run.step([NaN, Infinity, -Infinity, 0.25, -3], cell(0, { clipValue: 2 }).at);
      expect(Array.from(run.w.toTypedArray())).toEqual([NaN, -1, 3, 0.75, 3]);
    }
  });
});

test.each(Object.entries(optimizers))(
  "%s: what decays in a model's slots stays above the denormals",
  async (_, make) => {
    const model = wg.sequential([wg.layers.dense({ units: 2, inputShape: [2] })]);
    model.compile({ optimizer: make(), loss: "meanSquaredError" });
    const y = { data: Float32Array.of(1, -1), shape: [1, 2] };
    await model.trainOnBatch([[1, 1]], y);
    // From here on the second input's weights have a gradient of 0. A mean falls by 0.9 a step, below 2^-126 after 830 of them.
    const x = { data: Float32Array.of(1, 0), shape: [1, 2] };
    for (let i = 0; i < 2500; i++) await model.trainOnBatch(x, y);
    const { slots } = (model.compiled as Compiled).optimizer;
    for (const [name, slot] of blocksOf(model.parameters).slotTensors(slots)) {
      for (const v of slot.toTypedArray()) expect(v === 0 || Math.abs(v) >= 2 ** -126, `${name} holds ${v}`).toBe(true);
    }
  },
);
