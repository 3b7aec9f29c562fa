import { describe, expect, test } from "vitest";
import {
  conv1d,
  conv2d,
  conv2dTranspose,
  dense,
  depthwiseConv2d,
  elu,
  grad,
  hardSigmoid,
  hardSigmoidKeras2,
  leakyRelu,
  mul,
  relu,
  reshape,
  selu,
  sigmoid,
  softplus,
  sum,
  tanh,
} from "../../src/index.js";
import { full } from "../../src/tensor/create.js";
import { scope } from "../../src/tensor/scope.js";
import { Tape, taping } from "../../src/tensor/tape.js";
import { type Tensor, tensor, zerosLike } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

const filled = (shape: number[], seed: number) =>
  tensor(
    uniform(
      shape.reduce((product, n) => product * n, 1),
      -1,
      1,
      seed,
    ),
    shape,
  );

/** Operations that assign the gradient of their input where it holds nothing yet. */
const assigning: Record<string, { shape: number[]; run: (x: Tensor) => Tensor }> = {
  dense: { shape: [5, 7], run: (x) => dense(x, filled([7, 3], 2), filled([3], 3), { activation: "tanh" }) },
  "dense without rows of its own": { shape: [4, 1, 3], run: (x) => dense(x, filled([3, 2], 2), null) },
  "conv2d, one pixel": { shape: [2, 4, 5, 3], run: (x) => conv2d(x, filled([1, 1, 3, 4], 2)) },
  "conv2d, same": {
    shape: [2, 5, 6, 3],
    run: (x) => conv2d(x, filled([3, 3, 3, 4], 2), 1, "same", { bias: filled([4], 3), activation: "relu" }),
  },
  "conv2d, pixels that no window reaches": { shape: [2, 9, 8, 2], run: (x) => conv2d(x, filled([2, 1, 2, 3], 2), 4) },
  "conv2d, groups and dilation": {
    shape: [1, 7, 7, 4],
    run: (x) => conv2d(x, filled([2, 2, 2, 6], 2), 2, 1, { groups: 2, dilations: 2 }),
  },
  conv1d: { shape: [2, 9, 3], run: (x) => conv1d(x, filled([3, 3, 4], 2), 2, "same") },
  conv2dTranspose: {
    shape: [2, 3, 3, 4],
    run: (x) => conv2dTranspose(x, filled([3, 3, 2, 4], 2), [7, 7, 2], 2, "valid"),
  },
  relu: { shape: [7, 5], run: relu },
  "leakyRelu, of a view": { shape: [6, 4], run: (x) => leakyRelu(reshape(x, [4, 6]), 0.3) },
  "elu, a scalar": { shape: [], run: (x) => elu(x, 0.5) },
  selu: { shape: [33], run: selu },
  tanh: { shape: [9], run: tanh },
  sigmoid: { shape: [9], run: sigmoid },
  softplus: { shape: [9], run: softplus },
  hardSigmoid: { shape: [9], run: hardSigmoid },
  hardSigmoidKeras2: { shape: [9], run: hardSigmoidKeras2 },
  depthwiseConv2d: { shape: [2, 6, 6, 3], run: (x) => depthwiseConv2d(x, filled([2, 2, 3, 2], 2), 3) },
};

/** The gradient of a weighting of `f`, in memory that was full of NaN. */
function gradientOf(f: (x: Tensor) => Tensor, x: Tensor): ArrayLike<number> {
  scope(() => full([1 << 18], Number.NaN));
  const weighted = (y: Tensor) => sum(mul(y, filled([...y.shape], 9)));
  return scope(() => grad((v: Tensor) => weighted(f(v)))(x)).toTypedArray();
}

describe.each(backends)("going back on $name", ({ use }) => {
  test.each(Object.keys(assigning))("a gradient that %s assigns is the one that it adds", async (name) => {
    await use();
    const { shape, run } = assigning[name] as { shape: number[]; run: (x: Tensor) => Tensor };
    const x = filled(shape, 1);
    // Of a tensor in between it is made by the operation, of the argument itself it is added into.
    const between = gradientOf((v) => run(mul(v, 1)), x);
    expectClose(between, gradientOf(run, x), 0, 0, name);
    const twice = gradientOf((v) => {
      const y = mul(v, 1);
      return mul(run(y), run(reshape(y, shape)));
    }, x);
    expectClose(
      twice,
      gradientOf((v) => mul(run(v), run(v)), x),
      1e-5,
      1e-5,
      name,
    );
  });

  test("one tensor as both inputs of a product", async () => {
    await use();
    const x = filled([4, 4], 1);
    const leaf = gradientOf((v) => dense(v, v, null), x);
    expectClose(
      gradientOf((v) => {
        const y = mul(v, 1);
        return dense(y, y, null);
      }, x),
      leaf,
      0,
      0,
    );
  });

  test("a tensor that is two inputs has a gradient that is added into", () => {
    const x = filled([3], 1);
    const seen: (readonly boolean[])[] = [];
    const tape = new Tape();
    tape.watch(x);
    const result = taping(tape, () => {
      const y = tanh(x);
      const other = mul(y, 2);
      const out = zerosLike(x);
      tape.add("twice", [y, other, y], out, (_gradients, _dy, fresh) => void seen.push(fresh), { assigns: [0, 1, 2] });
      return sum(out);
    });
    tape.backward(result, new Map([[x, zerosLike(x)]]));
    expect(seen).toEqual([[false, true, false]]);
  });

  test("the gradient of a result is not written over where it is asked for", async () => {
    await use();
    const [x, kernel] = [filled([3, 4], 1), filled([4, 2], 2)];
    const tape = new Tape();
    tape.watch(x);
    let y: Tensor | undefined;
    const result = taping(tape, () => {
      y = dense(x, kernel, null, { activation: "tanh" });
      return sum(tanh(y));
    });
    const into = new Map([x, y as Tensor].map((each) => [each, zerosLike(each)]));
    tape.backward(result, into);
    const slope = Float64Array.from((y as Tensor).toTypedArray(), (v) => 1 - Math.tanh(v) ** 2);
    expectClose((into.get(y as Tensor) as Tensor).toTypedArray(), slope, 1e-5, 1e-6);
    expectClose(
      (into.get(x) as Tensor).toTypedArray(),
      grad((v: Tensor) => sum(tanh(dense(v, kernel, null, { activation: "tanh" }))))(x).toTypedArray(),
      0,
      0,
    );
  });
});
