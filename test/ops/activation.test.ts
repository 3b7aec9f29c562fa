import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { activate } from "../../src/backend/reference/activation.js";
import {
  activationNamed,
  activationNames,
  elu,
  gelu,
  hardSigmoidKeras2,
  leakyRelu,
  linear,
  relu,
  sigmoid,
  silu,
  softplus,
  tanh,
} from "../../src/ops/activation.js";
import { activationCodes } from "../../src/ops/fused.js";
import { hardSigmoid, selu } from "../../src/ops/rectifiers.js";
import { customGrad, grad } from "../../src/tensor/grad.js";
import { type Tensor, tensor } from "../../src/tensor/tensor.js";
import { DTypeError, ValueError } from "../../src/util/errors.js";
import { backends } from "../support/backends.js";
import { checkOp, elementwiseCases, expectClose, type OpCase } from "../support/check-op.js";

/** Also far from 0, where a function is flat or straight, without kinks of hardSigmoid at ±3. */
const cases: OpCase[] = [...elementwiseCases, { name: "wide", inputs: [[200]], range: [-2.9, 9.7] }];
const each = (f: (v: number) => number) => (x: Float64Array) => x.map(f);

checkOp("linear", { run: (x) => linear(x), cases, expected: (x) => x });
checkOp("relu", { run: (x) => relu(x), cases, expected: each((v) => (v < 0 ? 0 : v)) });
checkOp("leakyRelu", { run: (x) => leakyRelu(x), cases, expected: each((v) => (v < 0 ? 0.2 * v : v)) });
checkOp("leakyRelu 0.01", { run: (x) => leakyRelu(x, 0.01), cases, expected: each((v) => (v < 0 ? 0.01 * v : v)) });
checkOp("elu", { run: (x) => elu(x), cases, expected: each((v) => (v < 0 ? Math.expm1(v) : v)) });
checkOp("elu 0.3", { run: (x) => elu(x, 0.3), cases, expected: each((v) => (v < 0 ? 0.3 * Math.expm1(v) : v)) });
checkOp("selu", {
  run: (x) => selu(x),
  cases,
  expected: each((v) => 1.0507009873554805 * (v < 0 ? 1.6732632423543772 * Math.expm1(v) : v)),
});
checkOp("gelu", { run: (x) => gelu(x), cases });
checkOp("gelu approximate", {
  run: (x) => gelu(x, { approximate: true }),
  cases,
  // Without e^x of the small side, 1 + tanh cancels below −2; the tolerance covers that.
  expected: each((v) =>
    v === -Infinity ? 0 : (v / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))),
  ),
});
checkOp("silu", { run: (x) => silu(x), cases, expected: each((v) => (v === -Infinity ? 0 : v / (1 + Math.exp(-v)))) });
checkOp("tanh", { run: (x) => tanh(x), cases, expected: each(Math.tanh) });
checkOp("sigmoid", { run: (x) => sigmoid(x), cases, expected: each((v) => 1 / (1 + Math.exp(-v))) });
checkOp("softplus", {
  run: (x) => softplus(x),
  cases,
  expected: each((v) => (v > 50 ? v : Math.log1p(Math.exp(v)))),
});
checkOp("hardSigmoid", {
  run: (x) => hardSigmoid(x),
  cases,
  expected: each((v) => (v < -3 ? 0 : v > 3 ? 1 : v / 6 + 0.5)),
});

checkOp("hardSigmoidKeras2", {
  run: (x) => hardSigmoidKeras2(x),
  cases,
  expected: each((v) => (v < -2.5 ? 0 : v > 2.5 ? 1 : 0.2 * v + 0.5)),
});

/** From PyTorch, by fixtures/activation.py. */
const golden = JSON.parse(readFileSync(new URL("../fixtures/activation.json", import.meta.url), "utf8"));

const named: Record<string, (x: Tensor) => Tensor> = {
  relu,
  leakyRelu: (x) => leakyRelu(x),
  elu: (x) => elu(x),
  selu,
  gelu: (x) => gelu(x),
  geluTanh: (x) => gelu(x, { approximate: true }),
  silu,
  tanh,
  sigmoid,
  softplus,
  hardSigmoid,
};

/** The derivative at each element. */
function slopes(f: (x: Tensor) => Tensor, x: Tensor): ArrayLike<number> {
  return (grad((v: Tensor) => sumOf(f(v)))(x) as Tensor).toTypedArray();
}

const sumOf = customGrad((y: Tensor) => ({
  value: tensor(
    Array.from(y.toTypedArray()).reduce((sum, v) => sum + v, 0),
    [],
    y.dtype,
  ),
  gradient: (dy) => tensor(new Float64Array(y.size).fill(dy.item()), y.shape, y.dtype),
}));

describe.each(backends)("on $name", ({ use }) => {
  test.each(Object.keys(named))("%s equals PyTorch's, and its derivative", async (name) => {
    await use();
    const f = named[name] as (x: Tensor) => Tensor;
    const { y, slope } = golden[name];
    for (const [dtype, relative, absolute] of [
      ["float64", 1e-11, 1e-15],
      ["float32", 2e-5, 3e-7],
    ] as const) {
      const x = tensor(golden.x, undefined, dtype);
      expectClose(f(x).toTypedArray(), y, relative, absolute, dtype);
      expectClose(slopes(f, x), slope, relative, absolute, `slope in ${dtype}`);
    }
  });

  test("−0 stays −0", async () => {
    await use();
    for (const f of [linear, relu, leakyRelu, elu, selu, gelu, silu, tanh]) {
      for (const dtype of ["float32", "float64"] as const) {
        expect(f(tensor([-0], [1], dtype)).item(), f.name).toBe(-0);
      }
    }
  });

  test("a derivative is finite wherever the function is, and NaN stays NaN", async () => {
    await use();
    const limits: Record<string, [number, number]> = {
      relu: [0, 1],
      leakyRelu: [0.2, 1],
      elu: [0, 1],
      selu: [0, 1.0507009873554805],
      gelu: [0, 1],
      geluTanh: [0, 1],
      silu: [0, 1],
      tanh: [0, 0],
      sigmoid: [0, 0],
      softplus: [0, 1],
      hardSigmoid: [0, 0],
      hardSigmoidKeras2: [0, 0],
    };
    for (const [name, [below, above]] of Object.entries(limits)) {
      const f = (named[name] ?? activationNamed(name).forward) as (x: Tensor) => Tensor;
      for (const dtype of ["float32", "float64"] as const) {
        const x = tensor([-Infinity, -1e30, -200, 200, 1e30, Infinity], [6], dtype);
        const want = [below, below, below, above, above, above].map((v) => (dtype === "float32" ? Math.fround(v) : v));
        expectClose(slopes(f, x), want, 1e-6, 1e-7, `${name} in ${dtype}`);
        expect(f(tensor([NaN], [1], dtype)).item(), name).toBeNaN();
      }
    }
  });

  test("a range may begin anywhere and writes nothing outside it", async () => {
    await use();
    const x = tensor(Float32Array.from({ length: 21 }, (_, i) => (i - 10) / 3));
    const whole = sigmoid(x).toTypedArray();
    for (const [begin, end] of [
      [0, 3],
      [4, 9],
      [8, 21],
      [12, 12],
    ] as const) {
      const y = tensor(new Float32Array(21).fill(7));
      kernels("float32").sigmoid_forward(y.at, x.at, begin, end);
      const want = Float32Array.from(whole, (v, i) => (i >= begin && i < end ? v : 7));
      expect(y.toTypedArray()).toEqual(want);
    }
  });

  test("the kernel by number assigns what each function's own adds, over dy too", async () => {
    await use();
    const k = kernels("float64");
    for (const [name, code] of Object.entries(activationCodes)) {
      const { forward, alpha } = activationNamed(name);
      const x = tensor(Float64Array.from({ length: 9 }, (_, i) => i - 4.3));
      const y = forward(x);
      const [dz, dy] = [tensor(new Float64Array(9).fill(5)), tensor(new Float64Array(9).fill(2))];
      k.activation_gradient(dz.at, dy.at, y.at, code, alpha, 0, 8);
      const want = Float64Array.from(slopes(forward, x), (s, i) => (i < 8 ? 2 * s : 5));
      expectClose(dz.toTypedArray(), want, 1e-15, 0, name);
      k.activation_gradient(dy.at, dy.at, y.at, code, alpha, 0, 8);
      expect([...dy.toTypedArray()], name).toEqual([...dz.toTypedArray().subarray(0, 8), 2]);
      expectClose(
        y.toTypedArray(),
        Float64Array.from(x.toTypedArray(), (v) => activate(code, v, alpha)),
        1e-14,
        1e-15,
        name,
      );
    }
  });
});

test("names in both spellings", () => {
  expect(activationNames.length).toBe(19);
  for (const name of activationNames) {
    const { forward, code, backwardFrom } = activationNamed(name);
    expect(forward([[0, 1]]).shape).toEqual([1, 2]);
    expect(code === undefined).toBe(backwardFrom === "x");
  }
  expect(activationNamed("hard_sigmoid")).toBe(activationNamed("hardSigmoid"));
  expect(activationNamed("swish")).toBe(activationNamed("silu"));
});

test("bad input", () => {
  expect(() => relu(tensor(Int32Array.of(1)))).toThrow(
    new DTypeError('relu: x expected float32 or float64, got int32; convert it with cast(x, "float32")'),
  );
  expect(() => linear(tensor(Int32Array.of(1)))).toThrow(DTypeError);
  expect(() => leakyRelu([1], -1)).toThrow(new ValueError("leakyRelu: alpha expected a finite number ≥ 0, got -1"));
  expect(() => elu([1], NaN)).toThrow(new ValueError("elu: alpha expected a finite number ≥ 0, got NaN"));
  expect(() => gelu([1], { aproximate: true } as object)).toThrow(
    new ValueError('gelu: unknown option "aproximate"; did you mean "approximate"?'),
  );
  expect(() => activationNamed("reul", 'dense "hidden"')).toThrow(
    /^dense "hidden": name expected one of .*, got "reul"; did you mean "relu"\?$/,
  );
});
