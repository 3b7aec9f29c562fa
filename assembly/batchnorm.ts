// Batch normalisation of x [rows, channels], row-major. All sums run down the rows: chunks of CHUNK rows are summed on their own
// (`partials` [chunks, channels]), then joined in a pairwise tree. Both depend on `rows` alone.

import { GROUP, normalizeRows, optional, SquaredDeviation, sumGradientRows, sumRows, Value } from "./channels";
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

/** y = (x − mean) · inverse · gamma + beta; gamma and beta may be 0 (1 and 0 then); begin, end count rows */
export function batchnorm_forward(
  y: usize, x: usize, mean: usize, inverse: usize, gamma: usize, beta: usize,
  channels: usize, begin: usize, end: usize,
): void {
  const first = begin * channels * SIZE;
  normalizeRows(y + first, x + first, mean, inverse, gamma, beta, end - begin, channels);
}

/** partials[chunk] = Σ dy[row, c], then Σ dy[row, c] · (x[row, c] − mean[c]), over the rows of the chunk; begin, end count chunks of 64 rows */
export function batchnorm_backward_sums(
  partials: usize, dy: usize, x: usize, mean: usize, rows: usize, channels: usize, begin: usize, end: usize,
): void {
  const stride = channels * SIZE;
  for (let chunk = begin; chunk < end; chunk++) {
    const row = chunk * CHUNK;
    const first = row * stride;
    sumGradientRows(partials + 2 * chunk * stride, dy + first, x + first, mean, min(CHUNK, rows - row), channels);
  }
}

/**
 * sums[0, c] = Σ dy, sums[1, c] = Σ dy · x̂ with x̂ = (x − mean) · inverse; dgamma += sums[1], dbeta += sums[0] where their addresses are
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
function backwardRows(
  dx: usize, dy: usize, x: usize, mean: usize, inverse: usize, gamma: usize, sums: usize,
  n: v128, stride: usize, group: bool, i: usize, count: usize,
): void {
  const m = loadSome(at(mean, i), count);
  const deviation = loadSome(at(inverse, i), count);
  const scale = v128.mul<real>(deviation, optional(gamma, i, count, 1));
  const average = v128.div<real>(loadSome(at(sums, i), count), n);
  const slope = v128.div<real>(v128.mul<real>(loadSome(at(sums + stride, i), count), deviation), n);
  let p = at(x, i);
  let q = at(dy, i);
  let into = at(dx, i);
  for (let r: usize = group ? GROUP : 1; r > 0; r--) {
    const centred = v128.sub<real>(loadSome(q, count), average);
    const g = v128.sub<real>(centred, v128.mul<real>(v128.sub<real>(loadSome(p, count), m), slope));
    storeSome(into, madd(g, scale, loadSome(into, count)), count);
    p += stride;
    q += stride;
    into += stride;
  }
}

/** dx += gamma · inverse · (dy − sums[0] / rows − x̂ · sums[1] / rows); gamma may be 0; begin, end count rows */
export function batchnorm_backward(
  dx: usize, dy: usize, x: usize, mean: usize, inverse: usize, gamma: usize, sums: usize,
  rows: usize, channels: usize, begin: usize, end: usize,
): void {
  const stride = channels * SIZE;
  const whole = channels - (channels % LANES);
  const n = v128.splat<real>(<real>rows);
  let row = begin;
  while (row < end) {
    const group = row + GROUP <= end;
    const step = row * stride;
    for (let i: usize = 0; i < whole; i += LANES) {
      backwardRows(dx + step, dy + step, x + step, mean, inverse, gamma, sums, n, stride, group, i, LANES);
    }
    if (whole < channels) {
      backwardRows(dx + step, dy + step, x + step, mean, inverse, gamma, sums, n, stride, group, whole, channels - whole);
    }
    row += group ? GROUP : 1;
  }
}

/** dx += gamma · inverse · dy, where mean and inverse do not depend on x; gamma may be 0; begin, end count rows */
export function batchnorm_inference_backward(
  dx: usize, dy: usize, inverse: usize, gamma: usize, channels: usize, begin: usize, end: usize,
): void {
  for (let row = begin; row < end; row++) {
    const p = at(dy, row * channels);
    const into = at(dx, row * channels);
    for (let i: usize = 0; i < channels; i += LANES) {
      const count = min(LANES, channels - i);
      const scale = v128.mul<real>(loadSome(at(inverse, i), count), optional(gamma, i, count, 1));
      storeSome(at(into, i), madd(loadSome(at(p, i), count), scale, loadSome(at(into, i), count)), count);
    }
  }
}
