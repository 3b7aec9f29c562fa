import { afterEach, describe, expect, test } from "vitest";
import { dropout, dropoutAt } from "../../src/ops/dropout.js";
import { setSeed, stepCell, stream } from "../../src/tensor/random.js";
import { filled, type Tensor, tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp, elementwiseCases } from "../support/check-op.js";

afterEach(() => setSeed(0));

/** The mask of a seed: what is left of ones. */
const kept = (x: Float64Array, rate: number, seed: number) =>
  dropout(filled([x.length], 1, "float64"), rate, { seed })
    .toTypedArray()
    .map((v) => (v > 0 ? 1 : 0));

// 3e38 / (1 − rate) is more than a float32 holds.
const cases = elementwiseCases.filter(({ gradient }) => gradient !== false);
cases.push({
  name: "extremes",
  inputs: [{ values: [0, -0, NaN, Infinity, -Infinity, 1e-40, -1e37, 1e37, 88] }],
  gradient: false,
});

for (const rate of [0, 0.25, 0.9]) {
  checkOp(`dropout at rate ${rate}`, {
    run: (x: Tensor) => dropout(x, rate, { seed: 11 }),
    cases,
    expected: (x) => {
      const mask = kept(x, rate, 11);
      return x.map((v, i) => (mask[i] ? v / (1 - rate) : 0));
    },
  });
}

checkOp("classic dropout", {
  run: (x: Tensor) => dropout(x, 0.25, { seed: 11, mode: "classic" }),
  cases,
  expected: (x) => {
    const mask = kept(x, 0.25, 11);
    return x.map((v, i) => (mask[i] ? v : 0));
  },
});

describe.each(backends)("dropout on $name", ({ use }) => {
  test("drops at its rate, keeps the expectation", async () => {
    await use();
    const n = 200_000;
    for (const rate of [0.1, 0.5, 0.8]) {
      const y = dropout(filled([n], 1, "float32"), rate).toTypedArray() as Float32Array;
      const zeros = y.filter((v) => v === 0).length;
      expect(Math.abs(zeros / n - rate)).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / n));
      const mean = y.reduce((sum, v) => sum + v, 0) / n;
      expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(rate / (1 - rate) / n));
    }
  });

  test("calls differ, seeds repeat, steps are read from memory", async () => {
    await use();
    const x = filled([64], 1, "float32");
    const list = (y: Tensor) => y.toArray();
    expect(list(dropout(x, 0.5))).not.toEqual(list(dropout(x, 0.5)));
    expect(list(dropout(x, 0.5, { seed: 1 }))).toEqual(list(dropout(x, 0.5, { seed: 1 })));
    const [one, two] = [stepCell(1), stepCell(2)];
    const own = stream("dropout_1");
    expect(list(dropoutAt(x, 0.5, own, one))).not.toEqual(list(dropoutAt(x, 0.5, own, two)));
    expect(list(dropoutAt(x, 0.5, own, one))).toEqual(list(dropoutAt(x, 0.5, stream("dropout_1"), stepCell(1))));
    expect(list(dropoutAt(x, 0.5, stream("dropout_2"), one))).not.toEqual(list(dropoutAt(x, 0.5, own, one)));
  });

  test("a dropped NaN or infinity is 0, a kept one passes", async () => {
    await use();
    for (const value of [NaN, Infinity, -Infinity]) {
      const y = dropout(filled([100], value, "float32"), 0.5, { seed: 4 }).toTypedArray();
      const mask = kept(new Float64Array(100), 0.5, 4);
      y.forEach((v, i) => {
        expect(v).toBe(mask[i] ? value : 0);
      });
    }
  });
});

test("dropout: bad input", () => {
  for (const rate of [-0.1, 1, 1.5, NaN, "0.5" as unknown as number]) {
    expect(() => dropout([1], rate)).toThrow(/^dropout: rate expected a finite number ≥ 0 and < 1, got /);
  }
  expect(() => dropout(tensor([1], [1], "int32"), 0.5)).toThrow("dropout: x expected float32 or float64, got int32");
  expect(() => dropout([1], 0.5, { sead: 1 } as { seed?: number })).toThrow('did you mean "seed"?');
  expect(() => dropout([1], 0.5, { mode: "invert" as "inverted" })).toThrow('did you mean "inverted"?');
  expect(() => dropout([1], 0.5, { seed: 0.5 })).toThrow("dropout: seed expected a whole number");
});
