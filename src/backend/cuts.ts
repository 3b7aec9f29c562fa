import type { Kernels } from "#kernels/kernels";
import { elementwiseFamily } from "./families.js";
import { type GeometryWords, geometryAt } from "./geometry.js";
import type { Memory } from "./memory.js";

/** How one call of a kernel can be shared. */
export interface Cut {
  /** Nanoseconds that one of the range takes on one thread, roughly: what decides whether threads pay. */
  cost: number;
  /** Chunks begin at multiples of this, so that no two threads write to one cache line. */
  unit: number;
  /** Outputs that the kernel adds into or moves: the argument's place, and elements for one of the range, or for `per` of it. */
  adds: readonly (readonly [argument: number, width: number])[];
  /** How many of the range have such a width together; `unit` is a multiple of it. Default 1. */
  per?: number;
  /** Elements at the end of each width that are not of this output. Default 0. */
  tail?: number;
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

/** `rows` that are added to where argument `accumulate` says so. */
const gradientRows =
  (cost: number, width: number, accumulate: number): Rule =>
  (args, memory) =>
    rows(cost, width, args[accumulate] !== 0)(args, memory);

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
  cost: 0.14 * Math.min(reduce as number, block as number),
  unit: LINE,
  adds: [],
});

const TILE_ROWS = 5;

const gemm: Rule = ([, , , , , , n = 0, k = 0, accumulate]) => ({
  cost: 0.062 * n * k + 0.3 * n,
  unit: TILE_ROWS,
  adds: accumulate ? [[0, n]] : [],
  least: 4 * TILE_ROWS,
});

/** Lines along the middle axis of [outer, n, inner], with n as argument `at`; where they add, whole planes [n, inner] that lie by themselves. */
const runningLines =
  (cost: number, at: number, adds: boolean): Rule =>
  (args) => {
    const [n, inner] = args.slice(at, at + 2) as [number, number];
    if (!adds) return { cost: cost * n, unit: LINE, adds: [] };
    return { cost: cost * n, unit: inner * unitFor(n * inner), per: inner, adds: [[0, n * inner]] };
  };

/** Bands of 16 rows of a plane. */
const planes =
  (cost: number): Rule =>
  (args) => ({ cost: cost * Math.min(16, args[7] as number) * (args[8] as number), unit: 1, adds: [] });

/** Elements of a part of a tensor, walked over in four axes: they lie as the places of the outermost axis do. */
const strided: Rule = (args) => {
  const [d1, d2, d3] = args.slice(2, 5) as [number, number, number];
  const sizes = [(args.at(-1) as number) / (d1 * d2 * d3), d1, d2, d3];
  const strides = args.slice(5, 9);
  let axis = 3;
  let [per, extent] = [1, 1];
  while (sizes.slice(0, axis).some((size) => size > 1)) {
    per *= sizes[axis] as number;
    extent += ((sizes[axis] as number) - 1) * (strides[axis] as number);
    axis--;
  }
  const width = strides[axis] as number;
  const tail = width - extent;
  if (tail < 0) return undefined;
  if (tail === 0 && width === per) return { cost: 0.6, unit: LINE, adds: [[0, 1]] };
  return { cost: 0.6, unit: per * unitFor(per), per, tail, adds: [[0, width]] };
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

/** Rows of x, each from `count` indices that every call reads. */
const gathered: Rule = ([, , , n = 1, count = 0, inner = 1]) => ({
  cost: (0.3 * count * inner) / n,
  unit: unitFor(inner),
  adds: [[0, inner]],
  least: Math.ceil((10 * n) / inner),
});

/** Rows of y [batch, outHeight, outWidth, channels], of windows over x; `at` is where the height of x stands. */
const windows =
  (cost: number, at: number): Rule =>
  (args) => {
    const [channels, , outWidth, tall, wide] = args.slice(at + 2, at + 7) as [number, number, number, number, number];
    const columns = outWidth * channels;
    return { cost: (cost * tall * wide + 0.2) * columns, unit: unitFor(columns), adds: [] };
  };

/** The same rows, which add into those of x: into their own where windows lie apart and leave none over, else into the image. */
const windowGradients =
  (cost: number, at: number): Rule =>
  (args, memory) => {
    const [height, , , outHeight, , tall, , stride, , top] = args.slice(at, at + 10) as number[];
    const apart =
      top === 0 && (tall as number) <= (stride as number) && height === (outHeight as number) * (stride as number);
    return { ...(windows(cost, at)(args, memory) as Cut), ...intoImages(args, at, apart ? 1 : (outHeight as number)) };
  };

/** Rows of y that are made of x or added into it; where a row of x has its own rows of y, `repeats` is true. */
const resized =
  (cost: number, adds: boolean, repeats: boolean): Rule =>
  (args) => {
    const [height, , channels, outHeight, outWidth] = args.slice(2, 7) as [number, number, number, number, number];
    const columns = outWidth * channels;
    const own = repeats && outHeight % height === 0;
    const how = adds ? intoImages(args, 2, own ? outHeight / height : outHeight) : { unit: unitFor(columns), adds: [] };
    return { cost: cost * columns, ...how };
  };

/** Rows of y of which `per` add into the same rows of x, and no others do. */
function intoImages(args: readonly number[], at: number, per: number): Pick<Cut, "unit" | "per" | "adds"> {
  const [height, width, channels, outHeight] = args.slice(at, at + 4) as [number, number, number, number];
  return { unit: per, per, adds: [[0, (height * width * channels * per) / outHeight]] };
}

/** Rows of a recurrent step, with as many units as argument `at` says; `moved` are the places of states that are moved on. */
const steps =
  (cost: number, at: number, ...moved: number[]): Rule =>
  (args) => {
    const units = args[at] as number;
    return { cost: cost * units, unit: unitFor(units), adds: moved.map((place) => [place, units] as const) };
  };

const ADDS = true;

// Without a rule, and on one thread, are kernels that only join what others summed (batchnorm_mean, batchnorm_variance,
// batchnorm_backward_parameters, add_parts, penalty_forward: a sixty-fourth of the work or less), those of one number a channel
// (batchnorm_inverse), of a short vector (dot_product: longer ones go in parts) or of a quarter nanosecond an element (first_bad_index, which
// returns a number), bound_norms, which scales columns where they are, and scatter_*, whose rows may go to one place.
const rules: Partial<Record<keyof Kernels, Rule>> = {
  gemm_pack: ([, , along, , k = 0]) => ({ cost: (along ? 0.5 : 0.3) * k, unit: LINE, adds: [] }),
  gemm_nn: gemm,
  gemm_nt: gemm,
  gemm_tn: gemm,
  bias_backward: ([, , count = 0]) => ({ cost: 0.15 * count, unit: LINE, adds: [[0, 1]] }),

  softmax_forward: rows(1.8, 2),
  softmax_backward: rows(0.7, 3, ADDS),
  log_softmax_forward: rows(1.8, 2),
  log_softmax_backward: rows(1.5, 3, ADDS),
  attention_weights_forward: rows(2, 12),
  softmax_crossentropy_forward: losses(2, 7),
  softmax_crossentropy_backward: rows(0.7, 4, ADDS),
  softmax_crossentropy_sparse_forward: losses(1.7, 8),
  softmax_crossentropy_sparse_backward: rows(0.7, 5, ADDS),
  sigmoid_crossentropy_forward: losses(3, 7),
  sigmoid_crossentropy_backward: rows(0.7, 4, ADDS),
  binary_crossentropy_forward: losses(3, 3),
  binary_crossentropy_backward: rows(1, 4, ADDS),
  categorical_crossentropy_forward: losses(2, 3),
  categorical_crossentropy_backward: rows(1, 4, ADDS),
  sparse_categorical_crossentropy_forward: losses(0.3, 4),
  sparse_categorical_crossentropy_backward: rows(0.6, 5, ADDS),
  squared_error_forward: losses(0.3, 7),
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
  batchnorm_backward_sums: ([, , , , , , , , channels = 0]) => ({ cost: 64 * 0.4 * channels, unit: 1, adds: [] }),
  batchnorm_forward: rows(0.3, 8),
  batchnorm_backward: gradientRows(0.5, 12, 10),
  batchnorm_inference_backward: gradientRows(0.4, 8, 7),

  layernorm_forward: rows(0.5, 7),
  layernorm_backward: rows(0.55, 6, ADDS),
  layernorm_backward_parameters: ([, , , , , , columns = 0]) => ({ cost: 64 * 0.4 * columns, unit: 1, adds: [] }),
  groupnorm_forward: ([, , , , , , , positions = 0, channels = 0]) => ({
    cost: 0.5 * positions * channels,
    unit: 1,
    adds: [],
  }),
  groupnorm_backward_sums: ([, , , , , , positions = 0, channels = 0]) => ({
    cost: 0.4 * positions * channels,
    unit: 1,
    adds: [],
  }),
  groupnorm_backward: rows(0.5, 8, ADDS),

  max_pool_forward: windows(0.15, 2),
  max_pool_backward: windowGradients(0.4, 4),
  average_pool_forward: windows(0.15, 2),
  average_pool_backward: windowGradients(0.2, 2),
  resize_nearest_forward: resized(0.3, false, true),
  resize_nearest_backward: resized(1, ADDS, true),
  resize_bilinear_forward: resized(2, false, false),
  resize_bilinear_backward: resized(3, ADDS, false),

  simple_rnn_forward: steps(2, 5),
  simple_rnn_backward: steps(1, 5, 1),
  lstm_forward: steps(12, 9),
  lstm_backward: steps(6, 10, 2, 3),
  gru_forward: steps(7, 6),
  gru_backward: steps(4, 8, 2),
  gru_reset_forward: steps(3.5, 5),
  gru_reset_backward: (args, memory) => {
    const cut = steps(2, 7, 2)(args, memory) as Cut;
    return { ...cut, adds: [...cut.adds, [0, 3 * (args[7] as number)]] };
  },
  gru_candidate_forward: steps(3, 6),
  gru_candidate_backward: steps(2.5, 7, 2),

  sgd_update: moves(0.25, 0),
  decay_update: moves(0.2, 0),
  momentum_update: moves(0.4, 0, 2),
  nesterov_update: moves(0.4, 0, 2),
  lion_update: moves(0.4, 0, 2),
  adam_update: moves(0.6, 0, 2, 3),
  amsgrad_update: moves(0.75, 0, 2, 3, 4),
  adamax_update: moves(0.6, 0, 2, 3),
  nadam_update: moves(0.6, 0, 2, 3),
  adagrad_update: moves(0.55, 0, 2),
  adadelta_update: moves(0.75, 0, 2, 3),
  rmsprop_update: moves(0.55, 0, 2),
  rmsprop_centered_update: moves(0.6, 0, 2, 3),
  rmsprop_momentum_update: moves(0.6, 0, 2, 3),
  rmsprop_centered_momentum_update: moves(0.75, 0, 2, 3, 4),
  // A range is one of chunks of 1024, or of parts.
  penalty_sums: () => ({ cost: 1024 * 0.3, unit: 4, adds: [] }),
  dot_parts: ([, , , , , part = 0]) => ({ cost: 0.45 * part, unit: 1, adds: [] }),
  penalty_backward: each(0.4, ADDS),
  keep_normal: moves(0.4, 0),
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

  cumsum_forward: runningLines(1.2, 2, false),
  cumsum_backward: runningLines(1.5, 2, ADDS),
  cumprod_forward: runningLines(1.5, 2, false),
  cumprod_backward: runningLines(2.5, 4, ADDS),
  top_indices: ([, , n = 0, k = 0]) => ({ cost: 2 * n + 16 * k * Math.log2(k + 1), unit: LINE, adds: [] }),

  dropout_forward: each(0.8),
  dropout_backward: (args, memory) => each(0.5, args[4] !== 0)(args, memory),
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

  transpose_planes: planes(0.5),
  copy_planes: planes(0.4),
  strided_copy: each(0.6),
  strided_accumulate: strided,
  gather_backward: gathered,
  gather_forward: ([, , , , , inner = 0, item = 0]) => ({ cost: 5 + 0.1 * inner * item, unit: LINE, adds: [] }),
  one_hot: rows(0.6, 2),
  copy: each(0.2),
  fill: each(0.12),
  fill_int32: each(0.3),
  fill_uint8: each(0.05),
  accumulate_into: each(0.3, ADDS),
  activation_gradient: each(1),
  select_forward: each(0.6),
  select_backward: each(0.6, ADDS),
  select_items: each(0.8),
  subtract_from: each(0.3, ADDS),
};

/** How the kernel of this name is cut, if it is. */
export function ruleOf(name: string): Rule | undefined {
  const known = rules[name as keyof Kernels];
  if (known) return known;
  const family = elementwiseFamily(name);
  return family && each(family.cost, family.adds);
}

/** What must be put back before a range is done again: an output that is added into, or that is an input at the same time. */
function written(args: readonly number[], adds: boolean, width: number): Cut["adds"] {
  return adds || args.indexOf(args[0] as number, 1) > 0 ? [[0, width]] : [];
}

/** So many rows of `columns` elements as fill cache lines: at least one of a wide matrix. */
function unitFor(columns: number): number {
  return Math.max(1, Math.ceil(LINE / Math.max(1, columns)));
}
