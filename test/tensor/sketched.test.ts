import { expect, test } from "vitest";
import { memory } from "../../src/backend/engine.js";
import * as wg from "../../src/index.js";
import { op } from "../../src/ops/op.js";
import { sketched } from "../../src/tensor/sketched.js";
import { empty, table } from "../../src/tensor/tensor.js";
import { ShapeError, StateError, ValueError } from "../../src/util/errors.js";

const never = (): never => {
  throw new Error("it was worked out");
};

/** Twice as many rows, by an operation that cannot run. */
const twice = op<[x: unknown]>("twice", {
  shape: ([[rows, ...others]]) => [2 * (rows as number), ...others],
  forward: never,
});

test("a sketch has shapes and dtypes without running, working out or taking anything", () => {
  const { live, reserved } = memory().stats();
  const y = sketched(() => wg.add(twice([empty([2 ** 20, 2 ** 20], "float64")]), table([2 ** 20], "float64", never)));
  expect([y.shape, y.dtype]).toEqual([[2 ** 21, 2 ** 20], "float64"]);
  expect(sketched(() => wg.zeros([2 ** 30, 4], "int32")).dtype).toBe("int32");
  expect(sketched(() => wg.scope(() => twice([wg.tensor([[1], [2]])]))).shape).toEqual([4, 1]);
  expect(memory().stats()).toMatchObject({ live, reserved });
});

test("what does not fit is refused as ever, and the engine goes on", () => {
  expect(() => sketched(() => wg.add(wg.zeros([2]), wg.zeros([3])))).toThrow(ShapeError);
  expect(wg.add([1], [2]).toArray()).toEqual([3]);
});

test("values in a sketch cannot be read, and none of it is of use behind it", () => {
  expect(() => sketched(() => wg.zeros([2]).toArray())).toThrow(StateError);
  expect(() => wg.relu(sketched(() => wg.zeros([2])))).toThrow(/made inside a model's step that has ended/);
});

test("an endless formula is refused", () => {
  expect(() =>
    sketched(() => {
      for (let x = empty([1], "float32"); ; ) x = wg.neg(x);
    }),
  ).toThrow(ValueError);
});
