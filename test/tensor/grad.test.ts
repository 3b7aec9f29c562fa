import { describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";

const square = (x: wg.TensorLike) => wg.mul(x, x);

describe("grad", () => {
  test("of one argument is one gradient: d/dx Σ x² = 2x", () => {
    expect(
      wg
        .grad((x) => wg.sum(square(x)))([1, 2, -3])
        .toArray(),
    ).toEqual([2, 4, -6]);
  });

  test("of two arguments is two: d/d(a, b) Σ a·b = (b, a)", () => {
    const [da, db] = wg.grad((a: wg.Tensor, b: wg.Tensor) => wg.sum(wg.mul(a, b)))([1, 2], [3, 4]);
    expect([da.toArray(), db.toArray()]).toEqual([
      [3, 4],
      [1, 2],
    ]);
  });

  test("an input used twice gets both parts, also through views: d/dx Σ (x + 3 · reshape(x)) = 4", () => {
    const f = (x: wg.Tensor) => wg.sum(wg.add(x, wg.mul(3, wg.reshape(wg.reshape(x, [4]), [2, 2]))));
    expect(
      wg
        .grad(f)([
          [1, 2],
          [3, 4],
        ])
        .toArray(),
    ).toEqual([
      [4, 4],
      [4, 4],
    ]);
  });

  test("what the result does not depend on has gradient 0", () => {
    const [, db] = wg.grad((a: wg.Tensor, b: wg.Tensor) => wg.sum(wg.add(a, wg.mul(0, wg.stopGradient(b)))))([1], [2]);
    expect(db.toArray()).toEqual([0]);
  });

  test("valueAndGrad over variables", () => {
    const w = wg.variable([2, 3]);
    const fixed = wg.variable([5, 5], { trainable: false });
    const { value, grad } = wg.valueAndGrad(() => wg.sum(wg.mul(square(w), fixed)), [w])();
    expect(value.item()).toBe(65);
    expect(grad.map((each) => each.toArray())).toEqual([[20, 30]]);
  });

  test("in float64 where the arguments are", () => {
    const dx = wg.grad((x) => wg.sum(square(x)))(wg.tensor([0.1], undefined, "float64"));
    expect([dx.dtype, dx.item()]).toEqual(["float64", 0.2]);
  });

  test("through a cast, each tensor in its own type", () => {
    const dx = wg.grad((x) => wg.sum(square(wg.cast(x, "float64"))))(wg.tensor([3]));
    expect([dx.dtype, dx.toArray()]).toEqual(["float32", [6]]);
  });

  test("customGrad replaces the gradient and stopGradient cuts it", () => {
    const tripled = wg.customGrad((x: wg.Tensor) => ({ value: square(x), gradient: (dy) => wg.mul(dy, 3) }));
    expect(
      wg
        .grad((x) => wg.sum(tripled(x)))([1, 2])
        .toArray(),
    ).toEqual([3, 3]);
    expect(
      wg
        .grad((x) => wg.sum(wg.mul(x, wg.stopGradient(x))))([3])
        .toArray(),
    ).toEqual([3]);
  });

  test("in a scope nothing but the gradient stays", () => {
    const w = wg.variable([1, 2]);
    wg.scope(() =>
      wg
        .grad((x) => wg.sum(wg.mul(x, w)))([1, 1])
        .toArray(),
    );
    const before = wg.memory().live;
    for (let i = 0; i < 100; i++) wg.scope(() => void wg.grad((x) => wg.sum(wg.mul(x, w)))([1, 1]));
    expect(wg.memory().live).toBe(before);
  });

  test.each([
    [
      "a result that is no scalar",
      () => wg.grad((x) => x)([1, 2]),
      /grad: f expected to return a scalar tensor, got shape \[2\]/,
    ],
    [
      "an argument that is no float",
      () => wg.grad((x) => wg.sum(x))(wg.tensor([1], undefined, "int32")),
      /grad: x expected float32 or float64, got int32/,
    ],
    ["no function", () => wg.grad(3 as never)([1]), /grad: f expected a function of tensors, got 3/],
    [
      "a gradient of a gradient",
      () => wg.grad((x) => wg.sum(wg.grad((y) => wg.sum(square(y)))(x)))([1]),
      /second derivatives|gradients of gradients/,
    ],
    [
      "a custom gradient of another shape",
      () =>
        wg.grad((x) => wg.sum(wg.customGrad((v: wg.Tensor) => ({ value: v, gradient: () => wg.tensor([1]) }))(x)))([
          1, 2,
        ]),
      /customGrad: gradient of argument 0 expected shape \[2\], got \[1\]/,
    ],
  ])("%s is refused", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
