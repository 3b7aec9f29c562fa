// Cross-entropies over the rows of a matrix, from logits and from probabilities: `loss` [rows] gets one number a row; begin, end count
// rows. Integer labels are bytes or 32-bit words (`width` 1 or 4); one that is no class makes its row's loss NaN and reads nothing.
// From logits the gradient comes in the same pass where `dlogits` is not 0: it is written (not added to) for rows that count `share` each in
// the whole loss, times their `weights` [rows], which may be 0.

import { log, sigmoid, softplus } from "./math";
import { addToRow, divideRow, exponentials, loadSome, oneHotAt, pushLane, rowMax, rowSum, shareOf, storeSome, writeToRow } from "./row";
import { LANES, at, map } from "./vector";

/** Probabilities are kept this far from 0 and 1 before their logarithm is taken, as Keras does. */
const EPSILON: real = 1e-7;

@inline
function clip(p: v128): v128 {
  // In this order of arguments pmax and pmin hand NaN on.
  return v128.pmin<real>(v128.pmax<real>(p, v128.splat<real>(EPSILON)), v128.splat<real>(1 - EPSILON));
}

/** The label of a row, or −1 where it is not below `classes`. */
@inline
function labelOf(labels: usize, row: usize, width: usize, classes: usize): i32 {
  const label = width == 4 ? load<u32>(labels + 4 * row) : <u32>load<u8>(labels + row);
  return label < <u32>classes ? <i32>label : -1;
}

class First {
  @inline of(a: v128, b: v128, p: v128, q: v128): v128 {
    return a;
  }
}

/** d · (z − max); 0 where d is 0, even at z = −∞. */
class WeightedLogit {
  @inline of(z: v128, d: v128, m: v128, q: v128): v128 {
    return v128.and(v128.mul<real>(d, v128.sub<real>(z, m)), v128.ne<real>(d, v128.splat<real>(0)));
  }
}

class SoftmaxCrossEntropyGradient {
  @inline of(y: v128, d: v128, sum: v128, q: v128): v128 {
    return v128.sub<real>(v128.mul<real>(y, sum), d);
  }
}

/**
 * output = softmax z; loss = Σ labels · (ln Σ e^(z − max) − (z − max)), from the logits, so exact however large they are. One logarithm
 * serves as many rows as it has lanes: it is a third of the time at 10 classes.
 */
export function softmax_crossentropy_forward(
  loss: usize, output: usize, dlogits: usize, logits: usize, labels: usize, weights: usize, share: real,
  classes: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row += LANES) {
    const last = row + LANES;
    let sums = zero;
    let totals = zero;
    let weighted = zero;
    for (let r = row; r < last; r++) {
      let sum: real = 1;
      let weight: real = 0;
      let own: real = 0;
      if (r < end) {
        const z = at(logits, r * classes);
        const y = at(output, r * classes);
        const d = at(labels, r * classes);
        const m = v128.splat<real>(rowMax(z, classes));
        sum = exponentials(y, z, m, classes);
        divideRow(y, v128.splat<real>(sum), classes);
        weight = rowSum<First>(d, d, zero, zero, classes);
        own = rowSum<WeightedLogit>(z, d, m, zero, classes);
        if (dlogits) {
          const g = v128.splat<real>(shareOf(r, weights, share));
          writeToRow<SoftmaxCrossEntropyGradient>(at(dlogits, r * classes), y, d, v128.splat<real>(weight), zero, g, classes);
        }
      }
      sums = pushLane(sums, sum);
      totals = pushLane(totals, weight);
      weighted = pushLane(weighted, own);
    }
    storeSome(at(loss, row), v128.sub<real>(v128.mul<real>(log(sums), totals), weighted), end - row);
  }
}

/** dlogits += (output · Σ labels − labels) · dloss, which is (y − d) · dloss for labels that sum to 1 */
export function softmax_crossentropy_backward(
  dlogits: usize, dloss: usize, output: usize, labels: usize, classes: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const d = at(labels, row * classes);
    const sum = v128.splat<real>(rowSum<First>(d, d, zero, zero, classes));
    const g = v128.splat<real>(load<real>(at(dloss, row)));
    addToRow<SoftmaxCrossEntropyGradient>(at(dlogits, row * classes), at(output, row * classes), d, sum, zero, g, classes);
  }
}

/** d[j] = (y[j] − one-hot label) · g */
@inline
function sparseGradient(d: usize, y: usize, label: i32, g: real, classes: usize): void {
  const zero = v128.splat<real>(0);
  for (let j: usize = 0; j < classes; j += LANES) {
    const n = classes - j;
    const difference = v128.sub<real>(loadSome(at(y, j), n), oneHotAt(label, j));
    storeSome(at(d, j), madd(difference, v128.splat<real>(g), zero), n);
  }
}

/** As above with integer labels. */
export function softmax_crossentropy_sparse_forward(
  loss: usize, output: usize, dlogits: usize, logits: usize, labels: usize, weights: usize, share: real,
  width: usize, classes: usize, begin: usize, end: usize,
): void {
  for (let row = begin; row < end; row += LANES) {
    const last = row + LANES;
    let sums = v128.splat<real>(0);
    let own = sums;
    for (let r = row; r < last; r++) {
      let sum: real = 1;
      let z: real = 0;
      if (r < end) {
        const from = at(logits, r * classes);
        const y = at(output, r * classes);
        const m = rowMax(from, classes);
        sum = exponentials(y, from, v128.splat<real>(m), classes);
        divideRow(y, v128.splat<real>(sum), classes);
        const label = labelOf(labels, r, width, classes);
        z = label < 0 ? <real>NaN : load<real>(at(from, label)) - m;
        if (dlogits) sparseGradient(at(dlogits, r * classes), y, label, shareOf(r, weights, share), classes);
      }
      sums = pushLane(sums, sum);
      own = pushLane(own, z);
    }
    storeSome(at(loss, row), v128.sub<real>(log(sums), own), end - row);
  }
}

/** dlogits += (output − one-hot label) · dloss */
export function softmax_crossentropy_sparse_backward(
  dlogits: usize, dloss: usize, output: usize, labels: usize, width: usize, classes: usize, begin: usize, end: usize,
): void {
  for (let row = begin; row < end; row++) {
    const into = at(dlogits, row * classes);
    const y = at(output, row * classes);
    const label = labelOf(labels, row, width, classes);
    const g = v128.splat<real>(load<real>(at(dloss, row)));
    for (let j: usize = 0; j < classes; j += LANES) {
      const n = classes - j;
      const d = v128.sub<real>(loadSome(at(y, j), n), oneHotAt(label, j));
      storeSome(at(into, j), madd(d, g, loadSome(at(into, j), n)), n);
    }
  }
}

class Sigmoid {
  @inline of(x: v128): v128 {
    return sigmoid(x);
  }
}

/** max(z, 0) − z · t + ln(1 + e^−|z|) as |z| · c + softplus(−|z|) with c = 1 − t for z > 0, else t; 0 · ∞ is 0 here. */
class SigmoidCrossEntropy {
  @inline of(z: v128, t: v128, p: v128, q: v128): v128 {
    const c = v128.bitselect(v128.sub<real>(v128.splat<real>(1), t), t, v128.gt<real>(z, v128.splat<real>(0)));
    const magnitude = v128.abs<real>(z);
    const linear = v128.and(v128.mul<real>(magnitude, c), v128.ne<real>(c, v128.splat<real>(0)));
    return v128.add<real>(linear, softplus(v128.neg<real>(magnitude)));
  }
}

class Difference {
  @inline of(a: v128, b: v128, p: v128, q: v128): v128 {
    return v128.sub<real>(a, b);
  }
}

/** output = sigmoid z; loss = mean of −t · ln output − (1 − t) · ln(1 − output), from the logits */
export function sigmoid_crossentropy_forward(
  loss: usize, output: usize, dlogits: usize, logits: usize, targets: usize, weights: usize, share: real,
  columns: usize, begin: usize, end: usize,
): void {
  map<Sigmoid>(output, logits, begin * columns, end * columns);
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const i = row * columns;
    const sum = rowSum<SigmoidCrossEntropy>(at(logits, i), at(targets, i), zero, zero, columns);
    store<real>(at(loss, row), sum / <real>columns);
    if (dlogits) {
      const g = v128.splat<real>(shareOf(row, weights, share) / <real>columns);
      writeToRow<Difference>(at(dlogits, i), at(output, i), at(targets, i), zero, zero, g, columns);
    }
  }
}

/** dlogits += (output − targets) · dloss / columns */
export function sigmoid_crossentropy_backward(
  dlogits: usize, dloss: usize, output: usize, targets: usize, columns: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const i = row * columns;
    const g = v128.splat<real>(load<real>(at(dloss, row)) / <real>columns);
    addToRow<Difference>(at(dlogits, i), at(output, i), at(targets, i), zero, zero, g, columns);
  }
}

class BinaryCrossentropy {
  @inline of(y: v128, t: v128, p: v128, q: v128): v128 {
    const one = v128.splat<real>(1);
    const c = clip(y);
    const right = v128.mul<real>(t, log(c));
    return v128.add<real>(right, v128.mul<real>(v128.sub<real>(one, t), log(v128.sub<real>(one, c))));
  }
}

/** (y − t) / (y · (1 − y)); 0 where y is clipped. */
class BinaryCrossentropyGradient {
  @inline of(y: v128, t: v128, p: v128, q: v128): v128 {
    const c = clip(y);
    const g = v128.div<real>(v128.sub<real>(c, t), v128.mul<real>(c, v128.sub<real>(v128.splat<real>(1), c)));
    return v128.andnot(g, v128.or(v128.lt<real>(y, c), v128.gt<real>(y, c)));
  }
}

/** loss = mean of −t · ln y − (1 − t) · ln(1 − y), y a probability, clipped */
export function binary_crossentropy_forward(
  loss: usize, y: usize, targets: usize, columns: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const i = row * columns;
    store<real>(at(loss, row), -rowSum<BinaryCrossentropy>(at(y, i), at(targets, i), zero, zero, columns) / <real>columns);
  }
}

/** dy += (y − t) / (y · (1 − y)) · dloss / columns where y is not clipped */
export function binary_crossentropy_backward(
  dy: usize, dloss: usize, y: usize, targets: usize, columns: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const i = row * columns;
    const g = v128.splat<real>(load<real>(at(dloss, row)) / <real>columns);
    addToRow<BinaryCrossentropyGradient>(at(dy, i), at(y, i), at(targets, i), zero, zero, g, columns);
  }
}

class LogOfShare {
  @inline of(y: v128, d: v128, sum: v128, q: v128): v128 {
    return v128.mul<real>(d, log(clip(v128.div<real>(y, sum))));
  }
}

/** d where y / sum is not clipped. */
class Unclipped {
  @inline of(y: v128, d: v128, sum: v128, q: v128): v128 {
    const share = v128.div<real>(y, sum);
    return v128.and(d, v128.eq<real>(share, clip(share)));
  }
}

/** slope − d / y, the latter where y / sum is not clipped. */
class ShareGradient {
  @inline of(y: v128, d: v128, sum: v128, slope: v128): v128 {
    const share = v128.div<real>(y, sum);
    return v128.sub<real>(slope, v128.and(v128.div<real>(d, y), v128.eq<real>(share, clip(share))));
  }
}

/** loss = −Σ labels · ln(y / Σ y), the shares clipped */
export function categorical_crossentropy_forward(
  loss: usize, y: usize, labels: usize, classes: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const i = row * classes;
    const sum = v128.splat<real>(rowSum<First>(at(y, i), at(y, i), zero, zero, classes));
    store<real>(at(loss, row), -rowSum<LogOfShare>(at(y, i), at(labels, i), sum, zero, classes));
  }
}

/** dy += (Σ labels / Σ y − labels / y) · dloss over the labels whose share is not clipped */
export function categorical_crossentropy_backward(
  dy: usize, dloss: usize, y: usize, labels: usize, classes: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const i = row * classes;
    const sum = v128.splat<real>(rowSum<First>(at(y, i), at(y, i), zero, zero, classes));
    const weight = v128.splat<real>(rowSum<Unclipped>(at(y, i), at(labels, i), sum, zero, classes));
    const g = v128.splat<real>(load<real>(at(dloss, row)));
    addToRow<ShareGradient>(at(dy, i), at(y, i), at(labels, i), sum, v128.div<real>(weight, sum), g, classes);
  }
}

/** loss = −ln(y[label] / Σ y), the share clipped */
export function sparse_categorical_crossentropy_forward(
  loss: usize, y: usize, labels: usize, width: usize, classes: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const from = at(y, row * classes);
    const label = labelOf(labels, row, width, classes);
    const sum = rowSum<First>(from, from, zero, zero, classes);
    const share = label < 0 ? <real>NaN : load<real>(at(from, label)) / sum;
    store<real>(at(loss, row), -v128.extract_lane<real>(log(clip(v128.splat<real>(share))), 0));
  }
}

/** dy += (1 / Σ y − one-hot / y) · dloss where the label's share is not clipped */
export function sparse_categorical_crossentropy_backward(
  dy: usize, dloss: usize, y: usize, labels: usize, width: usize, classes: usize, begin: usize, end: usize,
): void {
  const zero = v128.splat<real>(0);
  for (let row = begin; row < end; row++) {
    const from = at(y, row * classes);
    const label = labelOf(labels, row, width, classes);
    if (label < 0) continue;
    const sum = rowSum<First>(from, from, zero, zero, classes);
    const own = load<real>(at(from, label));
    const share = own / sum;
    if (share < EPSILON || share > 1 - EPSILON) continue;
    const into = at(dy, row * classes);
    const g = v128.splat<real>(load<real>(at(dloss, row)));
    const slope = v128.splat<real>(1 / sum);
    const weight = v128.splat<real>(1 / own);
    for (let j: usize = 0; j < classes; j += LANES) {
      const n = classes - j;
      const d = v128.sub<real>(slope, v128.mul<real>(oneHotAt(label, j), weight));
      storeSome(at(into, j), madd(d, g, loadSome(at(into, j), n)), n);
    }
  }
}
