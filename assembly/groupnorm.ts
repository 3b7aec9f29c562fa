// Group normalization of x [batch, positions, channels]: mean and variance over all positions and the channels of a group, in each image by
// itself. begin, end count images; in the backward pass, positions of all images.

import { Identity } from "./activate";
import { normalizeRows, optional, SquaredDeviation, sumGradientRows, sumRows, Value } from "./channels";
import { loadSome, storeSome } from "./lanes";
import { accumulate_into } from "./memory";
import { LANES, SIZE, at } from "./vector";

/** Positions that are summed by themselves first: bounds how rounding grows in large images. */
const BLOCK: usize = 64;

/** sums[c] = Σ F(x[position, c], mean[c]); `block` [channels] is scratch. */
@inline
function sumPositions<F>(sums: usize, block: usize, x: usize, mean: usize, positions: usize, channels: usize): void {
  sumRows<F>(sums, x, mean, min(BLOCK, positions), channels);
  for (let i = BLOCK; i < positions; i += BLOCK) {
    sumRows<F>(block, at(x, i * channels), mean, min(BLOCK, positions - i), channels);
    accumulate_into(sums, block, 0, channels);
  }
}

/** Every one of `count` elements becomes their sum, divided by n. */
@inline
function shareMean(x: usize, count: usize, n: real): real {
  let sum: real = 0;
  for (let c: usize = 0; c < count; c++) sum += load<real>(at(x, c));
  const mean = sum / n;
  for (let c: usize = 0; c < count; c++) store<real>(at(x, c), mean);
  return mean;
}

/**
 * y = (x − mean) · inverse · gamma + beta, inverse = 1 / √(variance + epsilon); mean and inverse [batch, channels] repeat each group's in
 * its channels; gamma and beta may be 0 (1 and 0 then)
 */
export function groupnorm_forward(
  y: usize, mean: usize, inverse: usize, x: usize, gamma: usize, beta: usize,
  epsilon: real, positions: usize, channels: usize, groups: usize, begin: usize, end: usize,
): void {
  if (positions == 0) return;
  const width = channels / groups;
  const n = <real>(positions * width);
  for (let image = begin; image < end; image++) {
    const p = at(x, image * positions * channels);
    // Its first row holds a block's sums until it is written.
    const q = at(y, image * positions * channels);
    const m = at(mean, image * channels);
    const v = at(inverse, image * channels);
    sumPositions<Value>(m, q, p, 0, positions, channels);
    for (let c: usize = 0; c < channels; c += width) shareMean(at(m, c), width, n);
    sumPositions<SquaredDeviation>(v, q, p, m, positions, channels);
    for (let c: usize = 0; c < channels; c += width) {
      const deviation = <real>1 / sqrt<real>(shareMean(at(v, c), width, n) + epsilon);
      for (let i = c; i < c + width; i++) store<real>(at(v, i), deviation);
    }
    normalizeRows<Identity>(q, p, m, v, gamma, beta, positions, channels);
  }
}

/**
 * sums[image] = Σ dy, then Σ dy · x̂ with x̂ = (x − mean) · inverse, then the means over the group of gamma · dy and of gamma · dy · x̂, each
 * [channels]; gamma may be 0; begin, end count images
 */
export function groupnorm_backward_sums(
  sums: usize, dy: usize, x: usize, mean: usize, inverse: usize, gamma: usize,
  positions: usize, channels: usize, groups: usize, begin: usize, end: usize,
): void {
  const width = channels / groups;
  const n = <real>(positions * width);
  for (let image = begin; image < end; image++) {
    const s = at(sums, 4 * image * channels);
    const block = at(s, 2 * channels);
    const m = at(mean, image * channels);
    const first = image * positions * channels;
    sumGradientRows<Identity>(s, at(dy, first), at(x, first), m, 0, 0, false, min(BLOCK, positions), channels);
    for (let i = BLOCK; i < positions; i += BLOCK) {
      const row = first + i * channels;
      sumGradientRows<Identity>(block, at(dy, row), at(x, row), m, 0, 0, false, min(BLOCK, positions - i), channels);
      accumulate_into(s, block, 0, 2 * channels);
    }
    const products = at(s, channels);
    const v = at(inverse, image * channels);
    for (let c: usize = 0; c < channels; c += LANES) {
      const count = channels - c;
      storeSome(at(products, c), v128.mul<real>(loadSome(at(products, c), count), loadSome(at(v, c), count)), count);
    }
    for (let c: usize = 0; c < channels; c++) {
      const scale = gamma ? load<real>(at(gamma, c)) : <real>1;
      store<real>(at(block, c), load<real>(at(s, c)) * scale);
      store<real>(at(block, channels + c), load<real>(at(products, c)) * scale);
    }
    for (let c: usize = 0; c < channels; c += width) {
      shareMean(at(block, c), width, n);
      shareMean(at(block, channels + c), width, n);
    }
  }
}

@inline
function addGradient(
  dx: usize, dy: usize, x: usize, mean: usize, inverse: usize, gamma: usize, average: usize, slope: usize,
  row: usize, c: usize, count: usize,
): void {
  const deviation = loadSome(at(inverse, c), count);
  const normal = v128.mul<real>(v128.sub<real>(loadSome(at(x, row + c), count), loadSome(at(mean, c), count)), deviation);
  const g = v128.mul<real>(loadSome(at(dy, row + c), count), optional(gamma, c, count, 1));
  const centred = v128.sub<real>(g, loadSome(at(average, c), count));
  const own = v128.sub<real>(centred, v128.mul<real>(normal, loadSome(at(slope, c), count)));
  const into = at(dx, row + c);
  storeSome(into, madd(own, deviation, loadSome(into, count)), count);
}

/** dx += inverse · (gamma · dy − mean of gamma · dy − x̂ · mean of gamma · dy · x̂), from the sums above; begin, end count positions */
export function groupnorm_backward(
  dx: usize, sums: usize, dy: usize, x: usize, mean: usize, inverse: usize, gamma: usize,
  positions: usize, channels: usize, begin: usize, end: usize,
): void {
  const whole = channels - (channels % LANES);
  let position = begin;
  while (position < end) {
    const image = position / positions;
    const last = min(end, (image + 1) * positions);
    const average = at(sums, (4 * image + 2) * channels);
    const slope = at(average, channels);
    const m = at(mean, image * channels);
    const v = at(inverse, image * channels);
    for (; position < last; position++) {
      const row = position * channels;
      for (let c: usize = 0; c < whole; c += LANES) addGradient(dx, dy, x, m, v, gamma, average, slope, row, c, LANES);
      if (whole < channels) addGradient(dx, dy, x, m, v, gamma, average, slope, row, whole, channels - whole);
    }
  }
}
