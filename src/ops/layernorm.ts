import { asTensor, empty, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkNumber, checkOptions } from "../util/check.js";
import { requireFloat, sizeOf } from "../util/dtypes.js";
import { ShapeError } from "../util/errors.js";
import { normalizeAxes, type Shape, sizeOfShape } from "../util/shapes.js";
import { op } from "./op.js";
import { parameter } from "./parameter.js";
import { reduceAxes } from "./reduction.js";
import { transpose } from "./transpose.js";

export interface RmsNormOptions {
  /** Scale, of the shape of the normalized axes, in their order in x; default: 1. */
  gamma?: TensorLike | null;
  /** The normalized axes; default: −1. The last ones are the fastest: others cost two transpositions. */
  axis?: number | readonly number[];
  /** Added to the mean of squares; default 1e-6. */
  epsilon?: number;
}

export interface LayerNormOptions {
  /** Scale, of the shape of the normalized axes, in their order in x; default: 1. */
  gamma?: TensorLike | null;
  /** Offset, as gamma; default: 0. */
  beta?: TensorLike | null;
  /** The normalized axes; default: −1. The last ones are the fastest: others cost two transpositions. */
  axis?: number | readonly number[];
  /** Added to the variance; default 1e-3. */
  epsilon?: number;
}

/** Rows of one partial sum in the kernels. */
const CHUNK = 64;

interface Attributes {
  /** Where gamma and beta are among the inputs, 0 where they are left out. */
  gamma: number;
  beta: number;
  rows: number;
  columns: number;
  epsilon: number;
  centred: boolean;
}

/** Of each row: its mean, where it is subtracted, and 1 / √(variance + ε). */
interface Saved {
  mean: Tensor | undefined;
  inverse: Tensor;
}

/** Normalizes the last axes of x, seen as [rows, columns]. */
const layerNormOp = op<[x: unknown, ...parameters: unknown[]], Attributes, Saved>("layerNorm", {
  shape: ([x]) => x,
  forward(k, y, x, { rows, columns, epsilon, centred, ...where }) {
    const [input] = x;
    const mean = centred ? empty([rows], input.dtype) : undefined;
    const inverse = empty([rows], input.dtype);
    const at = (i: number) => (i > 0 ? (x[i] as Tensor).at : 0);
    const [gamma, beta] = [at(where.gamma), at(where.beta)];
    k.layernorm_forward(y.at, mean?.at ?? 0, inverse.at, input.at, gamma, beta, epsilon, columns, 0, rows);
    return { mean, inverse };
  },

  backward(k, gradients, dy, { x, attributes: { rows, columns, ...where }, saved: { mean, inverse } }) {
    const [input] = x;
    const [dx] = gradients;
    const dgamma = where.gamma > 0 ? (gradients[where.gamma] as Tensor | null) : null;
    const dbeta = where.beta > 0 ? (gradients[where.beta] as Tensor | null) : null;
    const gamma = where.gamma > 0 ? (x[where.gamma] as Tensor).at : 0;
    const m = mean?.at ?? 0;
    if (dx) k.layernorm_backward(dx.at, dy.at, input.at, m, inverse.at, gamma, columns, 0, rows);
    if (!(dgamma || dbeta) || rows === 0) return;
    const chunks = Math.ceil(rows / CHUNK);
    const partials = empty([chunks, 2 * columns], input.dtype);
    k.layernorm_backward_parameters(partials.at, dy.at, input.at, m, inverse.at, rows, columns, 0, chunks);
    const sums = empty([2 * columns], input.dtype);
    reduceAxes(sums, partials, [0], k.reduce_sum);
    if (dbeta) k.accumulate_into(dbeta.at, sums.at, 0, columns);
    if (dgamma) k.accumulate_into(dgamma.at, sums.at + columns * sizeOf(input.dtype), 0, columns);
  },
});

/**
 * Layer normalization: y = (x − μ) / √(σ² + ε) · gamma + beta, where μ and σ² (the mean of (x − μ)²) are taken over the given axes, in
 * each row by itself: no batch is needed, and training and inference are the same (Ba, Kiros and Hinton, "Layer Normalization", 2016).
 *
 * @param x of any rank ≥ 1
 * @throws ShapeError, DTypeError, ValueError
 * @example
 * wg.layerNorm([[1, 3], [20, 40]], { epsilon: 0 }).toArray(); // [[-1, 1], [-1, 1]]
 */
export function layerNorm(x: TensorLike, options: LayerNormOptions = {}): Tensor {
  checkOptions("layerNorm", options, ["gamma", "beta", "axis", "epsilon"]);
  return normalize("layerNorm", x, options, 1e-3);
}

/**
 * Root mean square normalization: y = x / √(mean of x² + ε) · gamma over the given axes: layer normalization that subtracts no mean (Zhang
 * and Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019).
 *
 * @param x of any rank ≥ 1
 * @throws ShapeError, DTypeError, ValueError
 * @example
 * wg.rmsNorm([[3, 3], [1, -7]], { epsilon: 0 }).toArray(); // [[1, 1], [0.2, -1.4]]
 */
export function rmsNorm(x: TensorLike, options: RmsNormOptions = {}): Tensor {
  checkOptions("rmsNorm", options, ["gamma", "axis", "epsilon"]);
  return normalize("rmsNorm", x, options, 1e-6);
}

function normalize(name: "layerNorm" | "rmsNorm", x: TensorLike, options: LayerNormOptions, smallest: number): Tensor {
  const t = asTensor(x, undefined, name, "x");
  requireFloat(name, "x", t.dtype);
  const epsilon = checkNumber(name, "epsilon", options.epsilon ?? smallest, { min: 0 });
  if (t.rank === 0) throw new ShapeError(`${name}: x expected a rank ≥ 1, got []; reshape it`);
  const axes = normalizeAxes(name, options.axis ?? -1, t.rank);
  const shape: Shape = axes.map((axis) => t.shape[axis] as number);
  const inputs: [TensorLike, ...TensorLike[]] = [t];
  const add = (argument: string, value: TensorLike | null | undefined): number => {
    const given = parameter(name, argument, value, shape, t, "the normalized axes");
    return given === null ? 0 : inputs.push(given) - 1;
  };
  const others = t.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
  const [rows, columns] = [sizeOfShape(others.map((i) => t.shape[i] as number)), sizeOfShape(shape)];
  const attributes = {
    gamma: add("gamma", options.gamma),
    beta: add("beta", options.beta),
    rows,
    columns,
    epsilon,
    centred: name === "layerNorm",
  };
  const order = [...others, ...axes];
  if (order.every((axis, i) => axis === i)) return layerNormOp(inputs as never, attributes);
  inputs[0] = transpose(t, order);
  const back = order.map((_, axis) => order.indexOf(axis));
  return transpose(layerNormOp(inputs as never, attributes), back);
}
