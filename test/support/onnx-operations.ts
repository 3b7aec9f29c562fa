import * as wg from "../../src/index.js";
import { operation } from "../../src/nn/layers/operation.js";
import type { Operand } from "../../src/nn/layers/operation-layer.js";
import type { Attributes } from "../../src/nn/operations/operation.js";
import type { SymbolicTensor } from "../../src/nn/symbolic.js";
import { uniform } from "./random.js";

type ValueKind = "float32" | "int32" | "bool";

/** A value of a model that is drawn up, and what it holds. */
interface Value {
  readonly x: SymbolicTensor;
  readonly dtype: ValueKind;
  /** Of all axes, where the batch is not the first. */
  readonly shape?: readonly number[];
}

/** Draws up a model of operations, with the rows that it is fed. */
export class Draft {
  readonly inputs: SymbolicTensor[] = [];
  readonly rows: wg.Tensor[] = [];
  private readonly outputs: SymbolicTensor[] = [];

  /** Numbers from `low` up to `high`. */
  input(shape: readonly number[], low = -2, high = 2): Value {
    const values = this.fed(shape, low, high);
    return this.opened(shape, wg.tensor(values, [3, ...shape]), "float32");
  }

  /** Whole numbers from `low` up to, and without, `high`. */
  integers(shape: readonly number[], low: number, high: number): Value {
    const values = Int32Array.from(this.fed(shape, low, high), Math.floor);
    return this.opened(shape, wg.tensor(values, [3, ...shape]), "int32");
  }

  private fed(shape: readonly number[], low: number, high: number): Float32Array {
    const size = shape.reduce((product, n) => product * n, 3);
    return uniform(size, low, high, this.inputs.length + 1);
  }

  private opened(shape: readonly number[], rows: wg.Tensor, dtype: "float32" | "int32"): Value {
    const x = wg.input({ shape, name: `x${this.inputs.length}`, ...(dtype === "int32" ? { dtype } : {}) });
    this.inputs.push(x);
    this.rows.push(rows);
    return { x, dtype };
  }

  /** What an operation makes of values, weights and constants. */
  all(
    name: string,
    operands: readonly (Value | Operand)[],
    attributes: Attributes = {},
    dtypes: readonly ValueKind[] = ["float32"],
  ): Value[] {
    const layer = operation({
      operation: name,
      attributes,
      operands: operands.map((each): Operand => {
        if ("kind" in each) return each;
        const { dtype, shape } = each;
        return { kind: "input", ...(dtype === "float32" ? {} : { dtype }), ...(shape ? { shape } : {}) };
      }),
    });
    const fed = operands.flatMap((each) => ("kind" in each ? [] : [each.x]));
    const made = layer.apply(fed as never) as SymbolicTensor | SymbolicTensor[];
    return [made].flat().map((x, i) => ({ x, dtype: dtypes[i] as ValueKind }));
  }

  one(name: string, operands: readonly (Value | Operand)[], attributes: Attributes = {}, dtype?: ValueKind): Value {
    return this.all(name, operands, attributes, [dtype ?? "float32"])[0] as Value;
  }

  /** The model's outputs are these. */
  out(...values: readonly Value[]): void {
    this.outputs.push(...values.map(({ x }) => x));
  }

  model(): wg.BaseModel {
    return wg.model({ inputs: this.inputs, outputs: this.outputs });
  }
}

export const weight = (...shape: number[]): Operand => ({ kind: "weight", shape, trainable: false });

/** Whole numbers that are part of the model. */
export const constant = (shape: readonly number[], ...values: number[]): Operand => ({
  kind: "constant",
  shape,
  dtype: "int32",
  values,
});

type Case = (draft: Draft) => void;

/** An operation on numbers from a range, and its result. */
const elementwise =
  (name: string, low = -2, high = 2, attributes: Attributes = {}): Case =>
  (d) =>
    d.out(d.one(name, [d.input([5], low, high)], attributes));

const ofNumbers = (...names: readonly string[]): Record<string, Case> =>
  Object.fromEntries(names.map((name) => [name, elementwise(name)]));

/** Of two operands: rows that broadcast, a weight, and whole numbers. */
const ofTwo =
  (name: string, low = -2, high = 2, whole = true): Case =>
  (d) => {
    const [a, b] = [d.input([4, 5], low, high), d.input([1, 5], low, high)];
    d.out(d.one(name, [a, b]), d.one(name, [a, weight(5)]));
    if (!whole) return;
    const [p, q] = [d.integers([4, 5], -9, 9), d.integers([4, 5], 1, 5)];
    d.out(d.one(name, [p, q], {}, "int32"), d.one(name, [p, constant([1], -4)], {}, "int32"));
  };

const compared =
  (name: string): Case =>
  (d) => {
    const [a, b] = [d.integers([4, 5], -2, 2), d.integers([1, 5], -2, 2)];
    d.out(d.one(name, [a, b], {}, "bool"), d.one(name, [d.input([5]), weight(5)], {}, "bool"));
  };

/** Truth values from numbers. */
const isPositive = (d: Draft, shape: readonly number[]): Value =>
  d.one("greater", [d.input(shape), weight(1)], {}, "bool");

const logical =
  (name: string): Case =>
  (d) =>
    d.out(d.one(name, [isPositive(d, [4, 5]), isPositive(d, [1, 5])], {}, "bool"));

/** What is not finite: 1 / 0 and the logarithm of less than 0. */
const special =
  (name: string): Case =>
  (d) => {
    const x = d.one("relu", [d.input([9])]);
    d.out(...["reciprocal", "log"].map((each) => d.one(name, [d.one(each, [x])], {}, "bool")));
    d.out(d.one(name, [d.one("log", [d.input([9])])], {}, "bool"));
  };

const reduced =
  (name: string, own: Attributes = {}, low = -2): Case =>
  (d) => {
    const x = d.input([4, 5], low);
    for (const attributes of [{ axis: [1], keepDims: true }, { axis: [-1] }, { axis: [1, 2] }])
      d.out(d.one(name, [x], { ...own, ...attributes }));
  };

const place =
  (name: string): Case =>
  (d) => {
    const x = d.input([4, 5]);
    d.out(d.one(name, [x], { axis: 1 }, "int32"), d.one(name, [x], { axis: -1, keepDims: true }, "int32"));
  };

const image = [4, 6, 8];

/** Cases of each operation that is written, by its name: one model, or more. */
export const onnxCases: Readonly<Record<string, Case | Readonly<Record<string, Case>>>> = {
  ...ofNumbers(
    "abs",
    "neg",
    "exp",
    "floor",
    "ceil",
    "round",
    "sign",
    "sin",
    "cos",
    "erf",
    "tan",
    "atan",
    "sinh",
    "cosh",
  ),
  ...ofNumbers("asinh", "softsign", "relu", "sigmoid", "tanh", "gelu", "hardSwish", "mish", "silu", "softplus"),
  ...ofNumbers("square", "expm1", "logSigmoid", "elu", "leakyRelu", "selu", "hardSigmoid", "thresholdedRelu", "celu"),
  log: elementwise("log", 0.1, 3),
  sqrt: elementwise("sqrt", 0, 3),
  rsqrt: elementwise("rsqrt", 0.1, 3),
  reciprocal: elementwise("reciprocal", 0.1, 3),
  asin: elementwise("asin", -1, 1),
  acos: elementwise("acos", -1, 1),
  acosh: elementwise("acosh", 1, 3),
  atanh: elementwise("atanh", -0.9, 0.9),
  log1p: elementwise("log1p", -0.9, 3),
  relu6: elementwise("relu6", -2, 8),
  clipByValue: elementwise("clipByValue", -2, 2, { min: -0.5, max: 1.25 }),
  parameters(d) {
    const x = d.input([5]);
    d.out(d.one("elu", [x], { alpha: 0.5 }), d.one("leakyRelu", [x], { alpha: 0.3 }));
    d.out(d.one("selu", [x], { alpha: 1.5, gamma: 1.2 }), d.one("hardSigmoid", [x], { alpha: 0.3, beta: 0.4 }));
    d.out(d.one("thresholdedRelu", [x], { theta: 0.6 }));
  },
  add: ofTwo("add"),
  sub: ofTwo("sub"),
  mul: ofTwo("mul"),
  div: ofTwo("div", 0.5, 2),
  maximum: ofTwo("maximum"),
  minimum: ofTwo("minimum"),
  mod: ofTwo("mod", -4, 4),
  fmod: ofTwo("fmod", -4, 4),
  pow: ofTwo("pow", 0.1, 2, false),
  prelu: (d) => d.out(d.one("prelu", [d.input([4, 5]), weight(5)])),
  ...Object.fromEntries(
    ["equal", "notEqual", "greater", "less", "greaterEqual", "lessEqual"].map((name) => [name, compared(name)]),
  ),
  ...Object.fromEntries(["logicalAnd", "logicalOr", "logicalXor"].map((name) => [name, logical(name)])),
  logicalNot: (d) => d.out(d.one("logicalNot", [isPositive(d, [5])], {}, "bool")),
  where(d) {
    const whether = isPositive(d, [4, 5]);
    d.out(d.one("where", [whether, d.input([4, 5]), d.input([1, 5])]));
    d.out(d.one("where", [whether, d.integers([4, 5], -9, 9), constant([1], 4)], {}, "int32"));
  },
  isNaN: special("isNaN"),
  isInf: special("isInf"),
  isFinite: special("isFinite"),
  ...Object.fromEntries(["sum", "mean", "max", "min", "prod", "logSumExp"].map((name) => [name, reduced(name)])),
  norm: { one: reduced("norm", { ord: 1 }), two: reduced("norm", { ord: 2 }) },
  argMax: place("argMax"),
  argMin: place("argMin"),
  selectLastIndex(d) {
    const x = d.one("sign", [d.input([4, 5])]);
    const attributes = { axis: 2, selectLastIndex: true };
    d.out(d.one("argMax", [x], attributes, "int32"), d.one("argMin", [x], attributes, "int32"));
  },
  topk: {
    largest: (d) => d.out(...d.all("topk", [d.input([4, 5])], { k: 3 }, ["float32", "int32"])),
    smallest: (d) =>
      d.out(...d.all("topk", [d.input([4, 5])], { k: 2, axis: 1, largest: false }, ["float32", "int32"])),
  },
  ...Object.fromEntries(
    ["cumsum", "cumprod"].map((name): [string, Case] => [
      name,
      (d) => {
        const x = d.input([4, 3]);
        for (const [exclusive, reverse] of [
          [false, false],
          [true, false],
          [false, true],
          [true, true],
        ])
          d.out(d.one(name, [x], { axis: 1, exclusive, reverse }));
        d.out(d.one(name, [x], { axis: -1 }));
      },
    ]),
  ),
  softmax: { last: elementwise("softmax"), first: (d) => d.out(d.one("softmax", [d.input([4, 5])], { axis: 1 })) },
  logSoftmax: {
    last: elementwise("logSoftmax"),
    first: (d) => d.out(d.one("logSoftmax", [d.input([4, 5])], { axis: 1 })),
  },
  matmul(d) {
    const [a, b] = [d.input([4, 5]), d.input([5, 3])];
    const [at, bt] = [d.input([5, 4]), d.input([3, 5])];
    d.out(d.one("matmul", [a, b]), d.one("matmul", [at, bt], { transposeA: true, transposeB: true }));
    d.out(d.one("matmul", [a, weight(5, 2)]), d.one("matmul", [a, weight(2, 5)], { transposeB: true }));
  },
  einsum: (d) => d.out(d.one("einsum", [d.input([4, 5]), d.input([5, 3])], { equation: "bij,bjk->bki" })),
  reshape: (d) => d.out(d.one("reshape", [d.input([4, 5])], { shape: [-1, 2, 10] })),
  squeeze: (d) => d.out(d.one("squeeze", [d.input([4, 1, 5])], { axis: 2 })),
  expandDims: (d) =>
    d.out(d.one("expandDims", [d.input([4, 5])], { axis: 2 }), d.one("expandDims", [d.input([4])], { axis: -1 })),
  broadcastTo(d) {
    const x = d.input([4, 5]);
    // Without the batch, whose size is not known.
    const row = { ...d.one("mean", [x], { axis: [0, 1] }), shape: [5] };
    const wide = { ...d.one("broadcastTo", [row], { shape: [4, 5] }), shape: [4, 5] };
    d.out(d.one("add", [x, wide]));
  },
  transpose(d) {
    const x = d.input([4, 5, 6]);
    d.out(d.one("transpose", [x], { perm: [0, 2, 1, 3] }), d.one("transpose", [x], { perm: [0, 3, 2, 1] }));
  },
  concat(d) {
    const [a, b] = [d.input([4, 5]), d.input([2, 5])];
    d.out(d.one("concat", [a, b], { axis: 1 }), d.one("concat", [a, a], { axis: -1 }));
  },
  split(d) {
    const x = d.input([4, 5]);
    d.out(...d.all("split", [x], { sizes: [1, 3], axis: 1 }, ["float32", "float32"]));
    d.out(...d.all("split", [x], { sizes: 2, axis: 1 }, ["float32", "float32"]));
  },
  slice: (d) => d.out(d.one("slice", [d.input([4, 5])], { begin: [0, 1, 2], size: [-1, 2, -1] })),
  stridedSlice(d) {
    const x = d.input([6, 5]);
    d.out(d.one("stridedSlice", [x], { begin: [null, 1, null], end: [null, 5, 4], strides: [1, 1, 1] }));
    d.out(d.one("stridedSlice", [x], { begin: [null, null, 1], end: [null, null, 5], strides: [1, -2, 2] }));
  },
  reverse(d) {
    const x = d.input([4, 5]);
    d.out(d.one("reverse", [x], { axis: 1 }), d.one("reverse", [x], { axis: [1, -1] }));
  },
  tile: (d) => d.out(d.one("tile", [d.input([4, 5])], { reps: [1, 2, 3] })),
  pad: Object.fromEntries(
    ["constant", "reflect", "edge", "wrap", "symmetric"].map((mode): [string, Case] => [
      mode,
      (d) => {
        const paddings = [
          [0, 0],
          [2, 1],
          [0, 3],
        ];
        d.out(d.one("pad", [d.input([4, 5])], { paddings, mode, ...(mode === "constant" ? { constant: 1.5 } : {}) }));
      },
    ]),
  ),
  gather(d) {
    const x = d.input([4, 5]);
    d.out(d.one("gather", [x, constant([2], 3, 1)], { axis: 1 }));
    d.out(d.one("gather", [weight(6, 2), d.integers([4], 0, 6)], { axis: 0 }));
  },
  gatherND(d) {
    d.out(d.one("gatherND", [weight(4, 5), d.integers([3, 2], 0, 4)]));
    d.out(d.one("gatherND", [d.input([4, 5]), d.integers([3, 1], 0, 4)], { batchDims: 1 }));
  },
  takeAlongAxis(d) {
    const x = d.input([4, 5]);
    d.out(d.one("takeAlongAxis", [x, d.integers([4, 2], 0, 5)], { axis: -1 }));
    d.out(d.one("takeAlongAxis", [x, d.integers([3, 5], 0, 4)], { axis: 1 }));
  },
  scatterElements: Object.fromEntries(
    ["none", "add", "mul", "max", "min"].map((reduction): [string, Case] => [
      reduction,
      (d) => {
        const [x, updates] = [d.input([4, 5]), d.input([1, 5])];
        d.out(d.one("scatterElements", [x, d.integers([1, 5], 0, 4), updates], { axis: 1, reduction }));
      },
    ]),
  ),
  tensorScatterUpdate: Object.fromEntries(
    ["none", "add", "mul", "max", "min"].map((reduction): [string, Case] => [
      reduction,
      (d) =>
        // Rows of the batch are axis 0: two of them, one after the other.
        d.out(d.one("tensorScatterUpdate", [d.input([5]), constant([2, 1], 1, 0), weight(2, 5)], { reduction })),
    ]),
  ),
  triu: (d) => d.out(d.one("triu", [d.input([4, 5])], { k: 1 })),
  tril: (d) => d.out(d.one("tril", [d.input([4, 5])], { k: -1 })),
  cast(d) {
    const [x, n] = [d.input([5]), d.integers([5], -1, 2)];
    d.out(d.one("cast", [x], { dtype: "int32" }, "int32"), d.one("cast", [n], { dtype: "float32" }));
    d.out(d.one("cast", [n], { dtype: "bool" }, "bool"), d.one("cast", [x], { dtype: "bool" }, "bool"));
    d.out(d.one("cast", [isPositive(d, [5])], { dtype: "float32" }));
  },
  resizeBilinear: Object.fromEntries(
    ["halfPixel", "alignCorners", "asymmetric", "pytorchHalfPixel"].map((coordinates): [string, Case] => [
      coordinates,
      (d) => d.out(d.one("resizeBilinear", [d.input([4, 6, 3])], { size: [7, 5], coordinates })),
    ]),
  ),
  resizeNearestNeighbor: Object.fromEntries(
    ["roundPreferCeil", "roundPreferFloor", "floor", "ceil"].map((rounding): [string, Case] => [
      rounding,
      (d) => d.out(d.one("resizeNearestNeighbor", [d.input([4, 6, 3])], { size: [7, 5], rounding })),
    ]),
  ),
  scales: (d) => d.out(d.one("resizeBilinear", [d.input([4, 6, 3])], { size: [6, 9], scales: [1.5, 1.5] })),
  depthToSpace: Object.fromEntries(
    ["DCR", "CRD"].map((order): [string, Case] => [
      order,
      (d) => d.out(d.one("depthToSpace", [d.input(image)], { blockSize: 2, order })),
    ]),
  ),
  spaceToDepth: Object.fromEntries(
    ["DCR", "CRD"].map((order): [string, Case] => [
      order,
      (d) => d.out(d.one("spaceToDepth", [d.input(image)], { blockSize: 2, order })),
    ]),
  ),
  instanceNorm(d) {
    const x = d.input(image);
    d.out(d.one("instanceNorm", [x, weight(8), weight(8)], { epsilon: 1e-3 }), d.one("instanceNorm", [x]));
  },
  localResponseNormalization: Object.fromEntries(
    Object.entries({ odd: 2, even: [1, 2] }).map(([kind, depthRadius]): [string, Case] => [
      kind,
      (d) => {
        const attributes = { depthRadius, bias: 1.5, alpha: 0.2, beta: 0.6 };
        d.out(d.one("localResponseNormalization", [d.input(image)], attributes));
      },
    ]),
  ),
  simpleRnn: (d) => d.out(d.one("simpleRnn", [d.input([4, 2]), weight(2, 3), weight(3, 3), weight(3)])),
  gru(d) {
    const [x, weights] = [d.input([4, 2]), [weight(2, 9), weight(3, 9), weight(2, 9)]];
    const attributes = { more: ["h"], returnState: true, goBackwards: true };
    d.out(d.one("gru", [x, ...weights]));
    d.out(...d.all("gru", [x, ...weights, d.input([3])], attributes, ["float32", "float32"]));
    d.out(d.one("gru", [x, weight(2, 9), weight(3, 9), weight(9)], { resetAfter: false }));
  },
  lstm: {
    plain(d) {
      const [x, weights] = [d.input([4, 2]), [weight(2, 12), weight(3, 12), weight(12)]];
      d.out(d.one("lstm", [x, ...weights]), d.one("lstm", [x, ...weights, weight(3, 3)]));
    },
    options(d) {
      const operands = [d.input([4, 2]), weight(2, 12), weight(3, 12), weight(12), weight(3, 3)];
      const attributes = { goBackwards: true, activation: "relu", recurrentActivation: "hardSigmoid" };
      const more = ["peepholes", "h", "c"];
      d.out(d.one("lstm", operands, attributes));
      const states = [d.input([3]), d.input([3])];
      const kinds = ["float32", "float32", "float32"] as const;
      d.out(...d.all("lstm", [...operands, ...states], { ...attributes, more, returnState: true }, kinds));
    },
  },
};

/** Each case under a name of its own. */
export const namedCases: readonly (readonly [string, Case])[] = Object.entries(onnxCases).flatMap(([name, each]) =>
  typeof each === "function"
    ? [[name, each] as const]
    : Object.entries(each).map(([part, one]) => [`${name}, ${part}`, one] as const),
);

/** Those that onnxruntime has no kernel for: it takes a neighbourhood of odd size alone. */
export const unjudged: readonly string[] = ["localResponseNormalization, even"];

export function drafted(draw: Case): Draft {
  const draft = new Draft();
  draw(draft);
  return draft;
}
