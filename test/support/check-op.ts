import { describe, expect, test } from "vitest";
import { customGrad, grad } from "../../src/tensor/grad.js";
import { scope } from "../../src/tensor/scope.js";
import { asTensor, type Tensor, tensor } from "../../src/tensor/tensor.js";
import { sizeOfShape } from "../../src/util/shapes.js";
import { backends, useOracle } from "./backends.js";
import { generator, uniform } from "./random.js";
import { redoneJobs } from "./redone.js";
import { shareAll, threadCounts, useThreads, usualThreads } from "./threads.js";

export interface OpCase {
  /** What the case shows, such as "odd size". */
  name: string;
  /** The shapes of the float inputs, filled with seeded numbers from `range`; or the values themselves. */
  inputs: (readonly number[] | { values: ArrayLike<number>; shape?: readonly number[] })[];
  /** Where random values come from; default [-2, 2). */
  range?: [number, number];
  /** False where the derivative does not exist at the values (NaN, infinities, kinks). Default true. */
  gradient?: boolean;
}

export interface OpCheck {
  /** The operation as a function of float tensors (attributes bound). */
  run: (...x: Tensor[]) => Tensor;
  cases: OpCase[];
  /** |got − expected| ≤ absolute + relative · |expected|, in f32 and in f64. */
  tolerance?: { f32?: number; f64?: number; absolute32?: number; absolute64?: number };
  /** The expected values, worked out independently. Default: the plain loops in f64. */
  expected?: (...x: Float64Array[]) => ArrayLike<number>;
}

/**
 * Holds one operation against its oracle: on every backend, in f32 and f64, the values; and in f64 the gradient of a random weighting of
 * the output against central differences, relative difference ‖a−n‖ / (‖a‖+‖n‖) ≤ 1e-7. Values and gradients have the same bits on any
 * number of threads, and where jobs are done in another order and every block of them twice.
 */
export function checkOp(name: string, { run, cases, tolerance = {}, expected }: OpCheck): void {
  const { f32 = 1e-5, f64 = 1e-12, absolute32 = 1e-6, absolute64 = 1e-13 } = tolerance;
  describe(name, () => {
    for (const each of cases) {
      const inputs = each.inputs.map((input, i) => valuesOf(input, each.range, i + 1));
      const tensors = (dtype: "float32" | "float64") =>
        inputs.map(({ values, shape }) => tensor(Float64Array.from(values), shape, dtype));
      const oracle = async (): Promise<ArrayLike<number>> => {
        // The inputs as f32 holds them, so that f32 and f64 answer the same question.
        const x = inputs.map(({ values }) => Float64Array.from(values, Math.fround));
        if (expected) return expected(...x);
        await useOracle();
        return run(...tensorsFrom(x, inputs)).toTypedArray();
      };
      for (const backend of backends) {
        test(`${each.name}: values on ${backend.name}`, async () => {
          const want = await oracle();
          await backend.use();
          const x64 = tensorsFrom(
            inputs.map(({ values }) => Float64Array.from(values, Math.fround)),
            inputs,
          );
          expectClose(run(...x64).toTypedArray(), want, f64, absolute64, "float64");
          expectClose(run(...tensors("float32")).toTypedArray(), want, f32, absolute32, "float32");
        });
        if (each.gradient === false || inputs.some(({ values }) => values.length === 0)) continue;
        test(`${each.name}: gradient on ${backend.name}`, async () => {
          await backend.use();
          for (let i = 0; i < inputs.length; i++) {
            const difference = gradientDifference(run, tensors("float64"), i);
            expect(difference, `input ${i}`).toBeLessThanOrEqual(1e-7);
          }
        });
      }
    }

    test(`the same bits on ${threadCounts.join(", ")} threads`, async () => {
      const results = () =>
        (["float32", "float64"] as const).flatMap((dtype) =>
          cases.map((each) => {
            const x = each.inputs.map((input, i) => {
              const { values, shape } = valuesOf(input, each.range, i + 1);
              return tensor(Float64Array.from(values), shape, dtype);
            });
            return { name: `${each.name}, ${dtype}`, bytes: bitsOf(run, x, each.gradient !== false) };
          }),
        );
      try {
        await useThreads(1);
        const one = results();
        for (const threads of threadCounts.slice(1)) {
          await useThreads(threads);
          results().forEach(({ name, bytes }, i) => {
            expect(bytes.toString("hex"), `${name} on ${threads} threads`).toBe(one[i]?.bytes.toString("hex"));
          });
        }
        const { restore } = redoneJobs();
        try {
          await shareAll();
          results().forEach(({ name, bytes }, i) => {
            expect(bytes.toString("hex"), `${name}, every block done twice`).toBe(one[i]?.bytes.toString("hex"));
          });
        } finally {
          restore();
        }
      } finally {
        await usualThreads();
      }
    });
  });
}

/** The bytes of the output and of the gradients of a weighting of it. */
function bitsOf(run: (...x: Tensor[]) => Tensor, x: Tensor[], gradient: boolean): Buffer {
  const bytes = (t: Tensor) => {
    const { buffer, byteOffset, byteLength } = t.toTypedArray();
    return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
  };
  const y = run(...x);
  const isFloat = y.dtype === "float32" || y.dtype === "float64";
  if (!gradient || !isFloat) return bytes(y);
  const next = generator(7);
  const weighted = weightedSum(Float64Array.from({ length: y.size }, () => next() * 2 - 1));
  const gradients = x.map((at, i) =>
    grad((v: Tensor) => weighted(run(...x.map((each, j) => (i === j ? v : each)))))(at),
  );
  return Buffer.concat([y, ...gradients].map(bytes));
}

/** Compares element by element; NaN equals NaN, an infinity only itself. */
export function expectClose(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  relative: number,
  absolute: number,
  note = "",
): void {
  expect(got.length, `${note} length`).toBe(want.length);
  for (let i = 0; i < want.length; i++) {
    const [g, w] = [got[i] as number, want[i] as number];
    const same = Object.is(g, w) || g === w || (Number.isNaN(g) && Number.isNaN(w));
    if (same) continue;
    const bound = absolute + relative * Math.abs(w);
    if (!(Math.abs(g - w) <= bound)) {
      expect.fail(`${note} element ${i}: expected ${w} within ${bound}, got ${g}`);
    }
  }
}

/** ‖a−n‖ / (‖a‖+‖n‖) of the taped gradient and central differences with h = 1e-5, for one input. */
export function gradientDifference(run: (...x: Tensor[]) => Tensor, x: Tensor[], which: number): number {
  const next = generator(99);
  const shape = run(...x).shape;
  const weights = Float64Array.from({ length: sizeOfShape(shape) }, () => next() * 2 - 1);
  const weighted = weightedSum(weights);
  const at = x[which] as Tensor;
  const scalar = (v: Tensor) => weighted(run(...x.map((each, i) => (i === which ? v : each))));
  const analytic = grad((v: Tensor) => scalar(v))(at).toTypedArray();
  const base = at.toTypedArray() as Float64Array;
  const numeric = new Float64Array(base.length);
  const h = 1e-5;
  for (let i = 0; i < base.length; i++) {
    const value = (step: number) =>
      scope(() => {
        const moved = Float64Array.from(base);
        moved[i] = (moved[i] as number) + step;
        return scalar(tensor(moved, at.shape, "float64"));
      }).item();
    numeric[i] = (value(h) - value(-h)) / (2 * h);
  }
  const norm = (f: (i: number) => number) => Math.sqrt(base.reduce((sum: number, _, i) => sum + f(i) ** 2, 0));
  const scale = norm((i) => analytic[i] as number) + norm((i) => numeric[i] as number);
  return scale === 0 ? 0 : norm((i) => (analytic[i] as number) - (numeric[i] as number)) / scale;
}

/** Σ w·y as a taped function that leans on no operation under test. */
function weightedSum(weights: Float64Array): (y: Tensor) => Tensor {
  return customGrad((y: Tensor) => {
    const values = y.toTypedArray();
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += (values[i] as number) * (weights[i] as number);
    return {
      value: tensor(Float64Array.of(sum), [], y.dtype),
      gradient: (dy) =>
        tensor(
          weights.map((w) => w * dy.item()),
          y.shape,
          y.dtype,
        ),
    };
  });
}

function valuesOf(input: OpCase["inputs"][number], range: [number, number] = [-2, 2], seed: number) {
  if (!isShape(input)) {
    const values = Array.from(input.values);
    return { values, shape: input.shape ?? [values.length] };
  }
  return { values: Array.from(uniform(sizeOfShape(input), range[0], range[1], seed)), shape: input };
}

function isShape(input: OpCase["inputs"][number]): input is readonly number[] {
  return Array.isArray(input);
}

function tensorsFrom(values: Float64Array[], inputs: { shape: readonly number[] }[]): Tensor[] {
  return values.map((v, i) => asTensor(tensor(v, inputs[i]?.shape, "float64")));
}

/** The inputs that every element-wise operation is tried on. */
export const elementwiseCases: OpCase[] = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 100].map((n) => ({ name: `${n} elements`, inputs: [[n]] })),
  { name: "scalar", inputs: [[]] },
  { name: "empty", inputs: [[0]] },
  { name: "three axes", inputs: [[3, 5, 7]] },
  {
    name: "extremes",
    inputs: [
      {
        values: [
          0,
          -0,
          NaN,
          Infinity,
          -Infinity,
          1e-40,
          -1e-40,
          1e-20,
          -1e-20,
          1e20,
          -1e20,
          3e38,
          -3e38,
          88,
          -88,
          104,
          -104,
        ],
      },
    ],
    gradient: false,
  },
];
