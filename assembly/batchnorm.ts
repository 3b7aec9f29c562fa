// Batch normalisation of x [rows, channels], row-major. All sums run down the rows: chunks of CHUNK rows are summed on their own
// (`partials` [chunks, channels]), then joined in a pairwise tree. Both depend on `rows` alone.

import {
  ELU, Elu, HARD_SIGMOID, HARD_SIGMOID_KERAS2, HardSigmoid, HardSigmoidKeras2, IDENTITY, Identity, LEAKY_RELU, LeakyRelu, RELU, Relu, SELU, SIGMOID,
  SOFTPLUS, Selu, Sigmoid, Softplus, TANH, Tanh, activateRange,
} from "./activate";
import { GROUP, before, normalizeRows, optional, SquaredDeviation, sumGradientRows, sumRows, Value } from "./channels";
import { loadSome, storeSome } from "./row";
import { LANES, SIZE, at } from "./vector";

/** Rows that one partial sum holds: few enough for accuracy, enough that the partials are a sixty-fourth of the data. */
const CHUNK: usize = 64;

@inline
function sumChunks<F>(partials: usize, x: usize, mean: usize, rows: usize, channels: usize, begin: usize, end: usize): void {
  const stride = channels * SIZE;
  for (let chunk = begin; chunk < end; chunk++) {
    const row = chunk * CHUNK;
    sumRows<F>(partials + chunk * stride, x + row * stride, mean, min(CHUNK, rows - row), channels);
  }
}

/** The sum over all chunks at column `i` of partials [chunks, width]; overwrites that column. */
@inline
function join(partials: usize, chunks: usize, width: usize, i: usize, count: usize): v128 {
  const stride = width * SIZE;
  const first = at(partials, i);
  for (let step: usize = 1; step < chunks; step *= 2) {
    for (let chunk: usize = 0; chunk + step < chunks; chunk += 2 * step) {
      const p = first + chunk * stride;
      storeSome(p, v128.add<real>(loadSome(p, count), loadSome(p + step * stride, count)), count);
    }
  }
  return loadSome(first, count);
}

/** partials[chunk, c] = Σ x[row, c] over the rows of the chunk; begin, end count chunks of 64 rows */
export function batchnorm_sums(partials: usize, x: usize, rows: usize, channels: usize, begin: usize, end: usize): void {
  sumChunks<Value>(partials, x, 0, rows, channels, begin, end);
}

/** partials[chunk, c] = Σ (x[row, c] − mean[c])² over the rows of the chunk; begin, end count chunks of 64 rows */
export function batchnorm_squares(partials: usize, x: usize, mean: usize, rows: usize, channels: usize, begin: usize, end: usize): void {
  sumChunks<SquaredDeviation>(partials, x, mean, rows, channels, begin, end);
}

/** mean[c] = Σ partials[chunk, c] / rows; uses up the partials; begin, end count channels */
export function batchnorm_mean(mean: usize, partials: usize, rows: usize, channels: usize, begin: usize, end: usize): void {
  const chunks = (rows + CHUNK - 1) / CHUNK;
  const n = v128.splat<real>(<real>rows);
  for (let i = begin; i < end; i += LANES) {
    const count = min(LANES, end - i);
    storeSome(at(mean, i), v128.div<real>(join(partials, chunks, channels, i, count), n), count);
  }
}

/**
 * variance[c] = Σ partials[chunk, c] / rows; inverse[c] = 1 / √(variance[c] + epsilon); moving = moving · momentum + batch · (1 − momentum)
 * for mean and correction · variance where their addresses are not 0; uses up the partials; begin, end count channels
 */
export function batchnorm_variance(
  inverse: usize, movingMean: usize, movingVariance: usize, mean: usize, partials: usize,
  momentum: real, epsilon: real, correction: real, rows: usize, channels: usize, begin: usize, end: usize,
): void {
  const chunks = (rows + CHUNK - 1) / CHUNK;
  const n = v128.splat<real>(<real>rows);
  for (let i = begin; i < end; i += LANES) {
    const count = min(LANES, end - i);
    const variance = v128.div<real>(join(partials, chunks, channels, i, count), n);
    storeSome(at(inverse, i), inverseDeviation(variance, epsilon), count);
    if (movingMean) move(at(movingMean, i), loadSome(at(mean, i), count), momentum, count);
    if (movingVariance) move(at(movingVariance, i), v128.mul<real>(variance, v128.splat<real>(correction)), momentum, count);
  }
}

@inline
function move(p: usize, batch: v128, momentum: real, count: usize): void {
  const kept = v128.mul<real>(loadSome(p, count), v128.splat<real>(momentum));
  storeSome(p, madd(batch, v128.splat<real>(1 - momentum), kept), count);
}

@inline
function inverseDeviation(variance: v128, epsilon: real): v128 {
  return v128.div<real>(v128.splat<real>(1), v128.sqrt<real>(v128.add<real>(variance, v128.splat<real>(epsilon))));
}

/** inverse[c] = 1 / √(variance[c] + epsilon) */
export function batchnorm_inverse(inverse: usize, variance: usize, epsilon: real, begin: usize, end: usize): void {
  for (let i = begin; i < end; i += LANES) {
    const count = min(LANES, end - i);
    storeSome(at(inverse, i), inverseDeviation(loadSome(at(variance, i), count), epsilon), count);
  }
}

/** Elements that are normalized, then given to their activation while they are in the first cache. */
const BLOCK: usize = 1024;

/**
 * y = f((x − mean) · inverse · gamma + beta), f the activation of number `kind` (see activate.ts); gamma and beta may be 0 (1 and 0 then);
 * begin, end count rows
 */
export function batchnorm_forward(
  y: usize, x: usize, mean: usize, inverse: usize, gamma: usize, beta: usize, kind: i32, alpha: real,
  channels: usize, begin: usize, end: usize,
): void {
  if (kind == RELU) {
    const first = begin * channels;
    return normalizeRows<Relu>(at(y, first), at(x, first), mean, inverse, gamma, beta, end - begin, channels);
  }
  const step = kind == IDENTITY ? end - begin : max<usize>(GROUP, BLOCK / max<usize>(1, channels));
  for (let row = begin; row < end; row += step) {
    const rows = min(step, end - row);
    const first = row * channels;
    normalizeRows<Identity>(at(y, first), at(x, first), mean, inverse, gamma, beta, rows, channels);
    activateRange(kind, alpha, y, first, first + rows * channels);
  }
}

// The gradients below are those of dz = dy · f′, told from y as dy is read; without an activation dz is dy, and y may be 0.

function gradientChunks<F>(
  partials: usize, dy: usize, x: usize, mean: usize, y: usize, alpha: real, fused: bool,
  rows: usize, channels: usize, begin: usize, end: usize,
): void {
  for (let chunk = begin; chunk < end; chunk++) {
    const row = chunk * CHUNK;
    const i = row * channels;
    const sums = at(partials, 2 * chunk * channels);
    sumGradientRows<F>(sums, at(dy, i), at(x, i), mean, at(y, i), alpha, fused, min(CHUNK, rows - row), channels);
  }
}

/** partials[chunk] = Σ dz[row, c], then Σ dz[row, c] · (x[row, c] − mean[c]), over the rows of the chunk; begin, end count chunks of 64 rows */
export function batchnorm_backward_sums(
  partials: usize, dy: usize, x: usize, mean: usize, y: usize, kind: i32, alpha: real,
  rows: usize, channels: usize, begin: usize, end: usize,
): void {
  switch (kind) {
    case IDENTITY: return gradientChunks<Identity>(partials, dy, x, mean, y, alpha, false, rows, channels, begin, end);
    case RELU: return gradientChunks<Relu>(partials, dy, x, mean, y, alpha, true, rows, channels, begin, end);
    case LEAKY_RELU: return gradientChunks<LeakyRelu>(partials, dy, x, mean, y, alpha, true, rows, channels, begin, end);
    case ELU: return gradientChunks<Elu>(partials, dy, x, mean, y, alpha, true, rows, channels, begin, end);
    case SELU: return gradientChunks<Selu>(partials, dy, x, mean, y, alpha, true, rows, channels, begin, end);
    case TANH: return gradientChunks<Tanh>(partials, dy, x, mean, y, alpha, true, rows, channels, begin, end);
    case SIGMOID: return gradientChunks<Sigmoid>(partials, dy, x, mean, y, alpha, true, rows, channels, begin, end);
    case SOFTPLUS: return gradientChunks<Softplus>(partials, dy, x, mean, y, alpha, true, rows, channels, begin, end);
    case HARD_SIGMOID: return gradientChunks<HardSigmoid>(partials, dy, x, mean, y, alpha, true, rows, channels, begin, end);
    case HARD_SIGMOID_KERAS2: return gradientChunks<HardSigmoidKeras2>(partials, dy, x, mean, y, alpha, true, rows, channels, begin, end);
  }
}

/**
 * sums[0, c] = Σ dz, sums[1, c] = Σ dz · x̂ with x̂ = (x − mean) · inverse; dgamma += sums[1], dbeta += sums[0] where their addresses are
 * not 0; uses up the partials; begin, end count channels
 */
export function batchnorm_backward_parameters(
  dgamma: usize, dbeta: usize, sums: usize, partials: usize, inverse: usize,
  rows: usize, channels: usize, begin: usize, end: usize,
): void {
  const chunks = (rows + CHUNK - 1) / CHUNK;
  for (let i = begin; i < end; i += LANES) {
    const count = min(LANES, end - i);
    const sum = join(partials, chunks, 2 * channels, i, count);
    const product = v128.mul<real>(join(partials, chunks, 2 * channels, channels + i, count), loadSome(at(inverse, i), count));
    storeSome(at(sums, i), sum, count);
    storeSome(at(sums, channels + i), product, count);
    if (dbeta) storeSome(at(dbeta, i), v128.add<real>(loadSome(at(dbeta, i), count), sum), count);
    if (dgamma) storeSome(at(dgamma, i), v128.add<real>(loadSome(at(dgamma, i), count), product), count);
  }
}

@inline
function backwardSome<F>(
  dx: usize, dy: usize, x: usize, mean: usize, inverse: usize, gamma: usize, sums: usize, y: usize, alpha: v128, fused: bool,
  accumulate: bool, n: v128, stride: usize, group: bool, i: usize, count: usize,
): void {
  const m = loadSome(at(mean, i), count);
  const deviation = loadSome(at(inverse, i), count);
  const scale = v128.mul<real>(deviation, optional(gamma, i, count, 1));
  const average = v128.div<real>(loadSome(at(sums, i), count), n);
  const slope = v128.div<real>(v128.mul<real>(loadSome(at(sums + stride, i), count), deviation), n);
  const zero = v128.splat<real>(0);
  let p = at(x, i);
  let q = at(dy, i);
  let s = at(y, i);
  let into = at(dx, i);
  for (let r: usize = group ? GROUP : 1; r > 0; r--) {
    const centred = v128.sub<real>(before<F>(q, s, alpha, fused, count), average);
    const g = v128.sub<real>(centred, v128.mul<real>(v128.sub<real>(loadSome(p, count), m), slope));
    storeSome(into, madd(g, scale, accumulate ? loadSome(into, count) : zero), count);
    p += stride;
    q += stride;
    s += stride;
    into += stride;
  }
}

function backwardRows<F>(
  dx: usize, dy: usize, x: usize, mean: usize, inverse: usize, gamma: usize, sums: usize, y: usize, alpha: real, fused: bool,
  accumulate: bool, rows: usize, channels: usize, begin: usize, end: usize,
): void {
  const stride = channels * SIZE;
  const whole = channels - (channels % LANES);
  const n = v128.splat<real>(<real>rows);
  const a = v128.splat<real>(alpha);
  let row = begin;
  while (row < end) {
    const group = row + GROUP <= end;
    const t = row * stride;
    for (let i: usize = 0; i < whole; i += LANES) {
      backwardSome<F>(dx + t, dy + t, x + t, mean, inverse, gamma, sums, y + t, a, fused, accumulate, n, stride, group, i, LANES);
    }
    if (whole < channels) {
      const count = channels - whole;
      backwardSome<F>(dx + t, dy + t, x + t, mean, inverse, gamma, sums, y + t, a, fused, accumulate, n, stride, group, whole, count);
    }
    row += group ? GROUP : 1;
  }
}

/**
 * dx += gamma · inverse · (dz − sums[0] / rows − x̂ · sums[1] / rows), or = where `accumulate` is 0 and dx may be dy; gamma may be 0;
 * begin, end count rows
 */
export function batchnorm_backward(
  dx: usize, dy: usize, x: usize, mean: usize, inverse: usize, gamma: usize, sums: usize, y: usize, kind: i32, alpha: real,
  accumulate: i32, rows: usize, channels: usize, begin: usize, end: usize,
): void {
  switch (kind) {
    case IDENTITY: return backwardRows<Identity>(dx, dy, x, mean, inverse, gamma, sums, y, alpha, false, accumulate != 0, rows, channels, begin, end);
    case RELU: return backwardRows<Relu>(dx, dy, x, mean, inverse, gamma, sums, y, alpha, true, accumulate != 0, rows, channels, begin, end);
    case LEAKY_RELU: return backwardRows<LeakyRelu>(dx, dy, x, mean, inverse, gamma, sums, y, alpha, true, accumulate != 0, rows, channels, begin, end);
    case ELU: return backwardRows<Elu>(dx, dy, x, mean, inverse, gamma, sums, y, alpha, true, accumulate != 0, rows, channels, begin, end);
    case SELU: return backwardRows<Selu>(dx, dy, x, mean, inverse, gamma, sums, y, alpha, true, accumulate != 0, rows, channels, begin, end);
    case TANH: return backwardRows<Tanh>(dx, dy, x, mean, inverse, gamma, sums, y, alpha, true, accumulate != 0, rows, channels, begin, end);
    case SIGMOID: return backwardRows<Sigmoid>(dx, dy, x, mean, inverse, gamma, sums, y, alpha, true, accumulate != 0, rows, channels, begin, end);
    case SOFTPLUS: return backwardRows<Softplus>(dx, dy, x, mean, inverse, gamma, sums, y, alpha, true, accumulate != 0, rows, channels, begin, end);
    case HARD_SIGMOID: return backwardRows<HardSigmoid>(dx, dy, x, mean, inverse, gamma, sums, y, alpha, true, accumulate != 0, rows, channels, begin, end);
    case HARD_SIGMOID_KERAS2: return backwardRows<HardSigmoidKeras2>(dx, dy, x, mean, inverse, gamma, sums, y, alpha, true, accumulate != 0, rows, channels, begin, end);
  }
}

function inferenceRows<F>(
  dx: usize, dy: usize, inverse: usize, gamma: usize, y: usize, alpha: real, fused: bool, accumulate: bool,
  channels: usize, begin: usize, end: usize,
): void {
  const a = v128.splat<real>(alpha);
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const first = row * channels;
    for (let i: usize = 0; i < channels; i += LANES) {
      const count = min(LANES, channels - i);
      const scale = v128.mul<real>(loadSome(at(inverse, i), count), optional(gamma, i, count, 1));
      const dz = before<F>(at(dy, first + i), at(y, first + i), a, fused, count);
      const into = at(dx, first + i);
      storeSome(into, madd(dz, scale, accumulate ? loadSome(into, count) : zero), count);
    }
  }
}

/** dx += (or =, as above) gamma · inverse · dz, where mean and inverse do not depend on x; gamma may be 0; begin, end count rows */
export function batchnorm_inference_backward(
  dx: usize, dy: usize, inverse: usize, gamma: usize, y: usize, kind: i32, alpha: real, accumulate: i32,
  channels: usize, begin: usize, end: usize,
): void {
  switch (kind) {
    case IDENTITY: return inferenceRows<Identity>(dx, dy, inverse, gamma, y, alpha, false, accumulate != 0, channels, begin, end);
    case RELU: return inferenceRows<Relu>(dx, dy, inverse, gamma, y, alpha, true, accumulate != 0, channels, begin, end);
    case LEAKY_RELU: return inferenceRows<LeakyRelu>(dx, dy, inverse, gamma, y, alpha, true, accumulate != 0, channels, begin, end);
    case ELU: return inferenceRows<Elu>(dx, dy, inverse, gamma, y, alpha, true, accumulate != 0, channels, begin, end);
    case SELU: return inferenceRows<Selu>(dx, dy, inverse, gamma, y, alpha, true, accumulate != 0, channels, begin, end);
    case TANH: return inferenceRows<Tanh>(dx, dy, inverse, gamma, y, alpha, true, accumulate != 0, channels, begin, end);
    case SIGMOID: return inferenceRows<Sigmoid>(dx, dy, inverse, gamma, y, alpha, true, accumulate != 0, channels, begin, end);
    case SOFTPLUS: return inferenceRows<Softplus>(dx, dy, inverse, gamma, y, alpha, true, accumulate != 0, channels, begin, end);
    case HARD_SIGMOID: return inferenceRows<HardSigmoid>(dx, dy, inverse, gamma, y, alpha, true, accumulate != 0, channels, begin, end);
    case HARD_SIGMOID_KERAS2: return inferenceRows<HardSigmoidKeras2>(dx, dy, inverse, gamma, y, alpha, true, accumulate != 0, channels, begin, end);
  }
}
