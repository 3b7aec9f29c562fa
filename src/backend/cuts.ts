import type { Kernels } from "#kernels/kernels";
import { type GeometryWords, geometryAt } from "./geometry.js";
import type { Memory } from "./memory.js";

/** How one call of a kernel can be shared. */
export interface Cut {
  /** Nanoseconds that one of the range takes on one thread, roughly: what decides whether threads pay. */
  cost: number;
  /** Chunks begin at multiples of this, so that no two threads write to one cache line. */
  unit: number;
  /** Outputs that the kernel adds into or moves: the argument's place, and elements for one of the range. */
  adds: readonly (readonly [argument: number, width: number])[];
  /** The fewest of the range that are worth a call of their own. */
  least?: number;
  /** Elements of scratch that a thread needs, where they depend on the sizes. */
  scratch?: number;
}

type Rule = (args: readonly number[], memory: Memory) => Cut | undefined;

/** Elements to a cache line, in f32. */
const LINE = 16;

/** y[i] = …, or dx[i] += …, with an output in argument 0. */
const each =
  (cost: number, adds = false): Rule =>
  (args) => ({ cost, unit: LINE, adds: written(args, adds, 1) });

/** The same for rows of as many elements as argument `width` says. */
const rows =
  (cost: number, width: number, adds = false): Rule =>
  (args) => {
    const columns = args[width] as number;
    return { cost: cost * columns, unit: unitFor(columns), adds: written(args, adds, columns) };
  };

/** A loss for each row, from as many elements as argument `width` says. */
const losses =
  (cost: number, width: number): Rule =>
  (args) => ({ cost: cost * (args[width] as number), unit: LINE, adds: [] });

/** Outputs are the arguments of these places, element by element. */
const moves =
  (cost: number, ...places: number[]): Rule =>
  () => ({ cost, unit: LINE, adds: places.map((place) => [place, 1] as const) });

/** y over the blocks of x [outer, reduce, inner]. */
const reduction: Rule = ([, , reduce, , block]) => ({
  cost: 0.2 * Math.min(reduce as number, block as number),
  unit: LINE,
  adds: [],
});

const TILE_ROWS = 5;

/** Each call packs B anew, which takes as long as eight rows. */
const gemm: Rule = ([, , , , , n = 0, k = 0, accumulate]) => ({
  cost: 0.062 * n * k + 0.3 * n,
  unit: TILE_ROWS,
  adds: accumulate ? [[0, n]] : [],
  least: 12 * TILE_ROWS,
});

/** Only whole planes or bands of them are written; what they add into lies in strips. */
const planes: Rule = (args) => {
  const [rowsOf, columns, accumulate] = [args[7], args[8], args[11]] as [number, number, number];
  return accumulate ? undefined : { cost: Math.min(16, rowsOf) * columns, unit: 1, adds: [] };
};

/** Nanoseconds of a multiplication and an addition in a convolution, and in one of single channels. */
const MULTIPLY_ADD = 0.07;
const DEPTHWISE = 0.12;
/** Pixels that are worth packing the kernel and copying the rows that a window reaches beyond a chunk. */
const LEAST_PIXELS = 128;

/** Taps of a sum: all that one output is made of. */
const sumOf = ({ kh, kw, c, groups }: GeometryWords): number => kh * kw * (c / groups);
const rowsOfPixels = (width: number): number => Math.max(2, Math.ceil(LEAST_PIXELS / width));

/** Rows of the output; argument `shape` is the geometry's place. */
const convolved =
  (each: number, shape: number): Rule =>
  (args, memory) => {
    const g = geometryAt(memory, args[shape] as number);
    const { ow, f, forwardScratch: scratch } = g;
    const adds = args[shape + 1] ? ([[0, ow * f]] as const) : [];
    return { cost: each * ow * f * sumOf(g), unit: 1, adds, least: rowsOfPixels(ow), scratch };
  };

/** Rows of the input's gradient, to which is added where `adds` says so. */
const convolvedBack =
  (each: number, shape: number, adds: (args: readonly number[]) => boolean): Rule =>
  (args, memory) => {
    const g = geometryAt(memory, args[shape] as number);
    const { h, w, c, oh, ow, f, inputScratch: scratch } = g;
    const cost = (each * ow * f * sumOf(g) * oh) / h;
    return { cost, unit: 1, adds: adds(args) ? [[0, w * c]] : [], least: rowsOfPixels(w), scratch };
  };

/** Parts of the kernel's gradient, or their stripes: a thread that takes a whole part copies x and dy once. */
const kernelParts =
  (each: number, stripesOf: (g: GeometryWords) => number): Rule =>
  (args, memory) => {
    const g = geometryAt(memory, args[3] as number);
    const { ow, f, partRows, kernelScratch: scratch } = g;
    const cost = (each * partRows * ow * f * sumOf(g)) / stripesOf(g);
    return { cost, unit: 1, adds: [], scratch };
  };

const ADDS = true;

const rules: Partial<Record<keyof Kernels, Rule>> = {
  gemm_nn: gemm,
  gemm_nt: gemm,
  gemm_tn: gemm,
  bias_backward: ([, , count = 0]) => ({ cost: 0.15 * count, unit: LINE, adds: [[0, 1]] }),

  softmax_forward: rows(1.5, 2),
  softmax_backward: rows(0.7, 3, ADDS),
  log_softmax_forward: rows(1.5, 2),
  log_softmax_backward: rows(1.5, 3, ADDS),
  softmax_crossentropy_forward: losses(2, 4),
  softmax_crossentropy_backward: rows(0.7, 4, ADDS),
  softmax_crossentropy_sparse_forward: losses(1.7, 5),
  softmax_crossentropy_sparse_backward: rows(0.7, 5, ADDS),
  sigmoid_crossentropy_forward: losses(3, 4),
  sigmoid_crossentropy_backward: rows(0.7, 4, ADDS),
  binary_crossentropy_forward: losses(3, 3),
  binary_crossentropy_backward: rows(1, 4, ADDS),
  categorical_crossentropy_forward: losses(2, 3),
  categorical_crossentropy_backward: rows(1, 4, ADDS),
  sparse_categorical_crossentropy_forward: losses(0.3, 4),
  sparse_categorical_crossentropy_backward: rows(0.6, 5, ADDS),
  squared_error_forward: losses(0.3, 4),
  squared_error_backward: rows(0.5, 5, ADDS),
  absolute_error_forward: losses(0.3, 3),
  absolute_error_backward: rows(0.5, 4, ADDS),
  huber_forward: losses(0.4, 4),
  huber_backward: rows(0.5, 5, ADDS),

  conv_forward: convolved(MULTIPLY_ADD, 4),
  conv_backward_input: convolvedBack(MULTIPLY_ADD, 4, (args) => args[5] !== 0),
  conv_backward_kernel: kernelParts(MULTIPLY_ADD, (g) => Math.ceil(sumOf(g) / g.stripeRows)),
  depthwise_forward: convolved(DEPTHWISE, 4),
  depthwise_backward_input: convolvedBack(DEPTHWISE, 3, () => ADDS),
  depthwise_backward_kernel: kernelParts(DEPTHWISE, () => 1),

  // A range of these sums is one of chunks of 64 rows.
  batchnorm_sums: ([, , , channels = 0]) => ({ cost: 64 * 0.2 * channels, unit: 1, adds: [] }),
  batchnorm_squares: ([, , , , channels = 0]) => ({ cost: 64 * 0.25 * channels, unit: 1, adds: [] }),
  batchnorm_backward_sums: ([, , , , , channels = 0]) => ({ cost: 64 * 0.4 * channels, unit: 1, adds: [] }),
  batchnorm_forward: rows(0.3, 6),
  batchnorm_backward: rows(0.5, 8, ADDS),
  batchnorm_inference_backward: rows(0.4, 4, ADDS),

  sgd_update: moves(0.4, 0),
  momentum_update: moves(0.6, 0, 2),
  nesterov_update: moves(0.6, 0, 2),
  lion_update: moves(0.6, 0, 2),
  adam_update: moves(1, 0, 2, 3),
  amsgrad_update: moves(1.2, 0, 2, 3, 4),
  adamax_update: moves(1, 0, 2, 3),
  nadam_update: moves(1, 0, 2, 3),
  adagrad_update: moves(0.9, 0, 2),
  adadelta_update: moves(1.2, 0, 2, 3),
  rmsprop_update: moves(0.9, 0, 2),
  rmsprop_centered_update: moves(1, 0, 2, 3),
  rmsprop_momentum_update: moves(1, 0, 2, 3),
  rmsprop_centered_momentum_update: moves(1.2, 0, 2, 3, 4),
  penalty_backward: each(0.4, ADDS),
  clip_to_norm: each(0.3, ADDS),
  multiply_by: each(0.3),
  add_scaled: each(0.4, ADDS),
  move_towards: each(0.4, ADDS),

  reduce_sum: reduction,
  reduce_sum_of_squares: reduction,
  reduce_sum_of_magnitudes: reduction,
  reduce_product: reduction,
  reduce_maximum: reduction,
  reduce_minimum: reduction,
  reduce_maximum_magnitude: reduction,
  arg_peak: ([, , reduce = 0]) => ({ cost: reduce, unit: LINE, adds: [] }),

  dropout_forward: each(0.8),
  dropout_backward: each(0.5, ADDS),
  random_uniform: each(1),
  random_normal: each(4),
  random_truncated_normal: each(5),
  // Its scratch holds the picture within a border.
  warp_images: ([, , , , , height = 0, width = 0, channels = 0, outHeight = 0, outWidth = 0]) => ({
    cost: 2 * channels * outHeight * outWidth,
    unit: 1,
    adds: [],
    scratch: 16 + (height + 3) * (width + 3) * channels,
  }),
  filter_lines: ([, , , taps = 0, , columns = 0]) => ({ cost: 0.2 * taps * columns, unit: 4, adds: [] }),

  transpose_planes: planes,
  copy_planes: planes,
  strided_copy: each(0.6),
  gather_forward: ([, , , , , inner = 0, item = 0]) => ({ cost: 5 + 0.1 * inner * item, unit: LINE, adds: [] }),
  one_hot: rows(0.6, 2),
  copy: each(0.2),
  fill: each(0.12),
  fill_int32: each(0.3),
  fill_uint8: each(0.05),
  accumulate_into: each(0.3, ADDS),
  activation_backward: each(1, ADDS),
  select_forward: each(0.6),
  select_backward: each(0.6, ADDS),
  select_items: each(0.8),
  subtract_from: each(0.3, ADDS),
};

/** Costs of kernels that go element by element, and of those whose names do not say that they are simple. */
const SIMPLE = 0.35;
const slow: Readonly<Record<string, number>> = {
  elu: 1.2,
  selu: 1.2,
  tanh: 1.5,
  sigmoid: 1.2,
  softplus: 2,
  silu: 1.2,
  gelu: 2,
  gelu_tanh: 1.5,
  exp: 1,
  expm1: 1.5,
  log: 1.5,
  log1p: 2,
  sin: 2,
  cos: 2,
  erf: 2,
  pow: 4,
  div: 0.6,
  div_no_nan: 0.7,
  shifted_exp: 1.2,
  shifted_log: 1.5,
  cast: 0.6,
};

/** Families that are known by name: y = f(x), y = f(a, b), and their gradients, which add. */
const unary =
  /^(relu|leaky_relu|elu|selu|tanh|sigmoid|softplus|hard_sigmoid|silu|gelu|gelu_tanh|exp|expm1|log|log1p|sqrt|rsqrt|reciprocal|square|abs|neg|sign|floor|ceil|round|sin|cos|erf|clip|cast)_(forward|backward|to_\w+|from_\w+)$/;
const binary = /^(add|sub|mul|div|div_no_nan|pow|maximum|minimum|squared_difference)_(forward|backward(_a|_b)?)$/;
const plain =
  /^(equal|not_equal|less|less_equal|logical_\w+|mark_peaks|mark_magnitude_peaks|sign_times|product_share|shifted_exp|shifted_log|divide_by|square_root|is_nan|is_finite)$/;

/** How the kernel of this name is cut, if it is. */
export function ruleOf(name: string): Rule | undefined {
  const known = rules[name as keyof Kernels];
  if (known) return known;
  const family = unary.exec(name) ?? binary.exec(name);
  if (family) return each(slow[family[1] as string] ?? SIMPLE, (family[2] as string).includes("backward"));
  return plain.test(name) ? each(slow[name] ?? SIMPLE) : undefined;
}

/** What must be put back before a range is done again: an output that is added into, or that is an input at the same time. */
function written(args: readonly number[], adds: boolean, width: number): Cut["adds"] {
  return adds || args.indexOf(args[0] as number, 1) > 0 ? [[0, width]] : [];
}

/** So many rows of `columns` elements as fill cache lines: at least one of a wide matrix. */
function unitFor(columns: number): number {
  return Math.max(1, Math.ceil(LINE / Math.max(1, columns)));
}
