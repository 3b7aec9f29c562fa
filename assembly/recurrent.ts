// The element-wise part of one step of a recurrent layer, behind the products with the kernels. Letters: u is units; a row is one sequence of the
// batch. x holds the products of the inputs, with their bias, r those of the state before. Each row goes through short passes that find it in the
// first cache, so that any activation costs one switch a pass.
//
// `mask` holds a byte for each row, 0 where this step is padding and the state stays as it is; at address 0 there is none. Backward kernels take in
// dh the gradient of the state from later steps and leave there that of the state before, without the part that goes through r: a product adds it.

import { activateRange, slopeRange } from "./activate";
import { loadSome, storeSome } from "./lanes";
import { LANES, SIZE, at } from "./vector";

@inline
function isPadding(mask: usize, row: usize): bool {
  return mask != 0 && !load<u8>(mask + row);
}

/** y = a + b */
function sums(y: usize, a: usize, b: usize, n: usize): void {
  for (let j: usize = 0; j < n; j += LANES) {
    const left = n - j;
    storeSome(at(y, j), v128.add<real>(loadSome(at(a, j), left), loadSome(at(b, j), left)), left);
  }
}

/** y = a · b */
function products(y: usize, a: usize, b: usize, n: usize): void {
  for (let j: usize = 0; j < n; j += LANES) {
    const left = n - j;
    storeSome(at(y, j), v128.mul<real>(loadSome(at(a, j), left), loadSome(at(b, j), left)), left);
  }
}

/** y = c + a · b, where y may be c */
function addProducts(y: usize, c: usize, a: usize, b: usize, n: usize): void {
  for (let j: usize = 0; j < n; j += LANES) {
    const left = n - j;
    storeSome(at(y, j), madd(loadSome(at(a, j), left), loadSome(at(b, j), left), loadSome(at(c, j), left)), left);
  }
}

/** h = f(x + r), all [rows, u] */
export function simple_rnn_forward(
  h: usize, x: usize, r: usize, before: usize, mask: usize, units: usize, activation: i32, alpha: real, begin: usize, end: usize,
): void {
  for (let row = begin; row < end; row++) {
    const i = row * units;
    if (isPadding(mask, row)) {
      memory.copy(at(h, i), at(before, i), units * SIZE);
      continue;
    }
    sums(at(h, i), at(x, i), at(r, i), units);
    activateRange(activation, alpha, at(h, i), 0, units);
  }
}

/** dz = (dh + dy) · f′, from h, and dh = 0; where the step is padding, dz = 0 and dh += dy */
export function simple_rnn_backward(
  dz: usize, dh: usize, dy: usize, h: usize, mask: usize, units: usize, activation: i32, alpha: real, begin: usize, end: usize,
): void {
  const bytes = units * SIZE;
  for (let row = begin; row < end; row++) {
    const i = row * units;
    sums(at(dh, i), at(dh, i), at(dy, i), units);
    if (isPadding(mask, row)) {
      memory.fill(at(dz, i), 0, bytes);
      continue;
    }
    slopeRange(activation, alpha, at(dz, i), at(dh, i), at(h, i), 0, units);
    memory.fill(at(dh, i), 0, bytes);
  }
}

/**
 * With s the recurrent activation and f the other one: i = s(x₀ + r₀ + p₀ c′), j = s(x₁ + r₁ + p₁ c′), g = f(x₂ + r₂), c = j · c′ + i · g,
 * o = s(x₃ + r₃ + p₂ c), h = o · f(c), c′ the cell before. h and c are [rows, u], x and r [rows, 4u], peepholes p [3u] or 0; gates [rows, 5u]
 * keeps i, j, g, o and f(c).
 */
export function lstm_forward(
  h: usize, c: usize, gates: usize, x: usize, r: usize, before: usize, cellBefore: usize, peepholes: usize, mask: usize, units: usize,
  activation: i32, alpha: real, recurrent: i32, recurrentAlpha: real, begin: usize, end: usize,
): void {
  const bytes = units * SIZE;
  for (let row = begin; row < end; row++) {
    const hidden = at(h, row * units);
    const cell = at(c, row * units);
    const last = at(cellBefore, row * units);
    if (isPadding(mask, row)) {
      memory.copy(hidden, at(before, row * units), bytes);
      memory.copy(cell, last, bytes);
      continue;
    }
    const input = at(gates, row * 5 * units);
    const forget = input + bytes;
    const candidate = forget + bytes;
    const output = candidate + bytes;
    const active = output + bytes;
    sums(input, at(x, row * 4 * units), at(r, row * 4 * units), 4 * units);
    if (peepholes) {
      addProducts(input, input, peepholes, last, units);
      addProducts(forget, forget, peepholes + bytes, last, units);
    }
    activateRange(recurrent, recurrentAlpha, input, 0, 2 * units);
    activateRange(activation, alpha, candidate, 0, units);
    products(cell, input, candidate, units);
    addProducts(cell, cell, forget, last, units);
    if (peepholes) addProducts(output, output, peepholes + 2 * bytes, cell, units);
    activateRange(recurrent, recurrentAlpha, output, 0, units);
    memory.copy(active, cell, bytes);
    activateRange(activation, alpha, active, 0, units);
    products(hidden, output, active, units);
  }
}

/**
 * dz [rows, 4u], the gradient of x + r, from dh + dy and dc, the gradients of h and of c; leaves in dc that of the cell before. dpeepholes [rows, 3u]
 * is each row's part of the gradient of p; 0 without peepholes.
 */
export function lstm_backward(
  dz: usize, dpeepholes: usize, dh: usize, dc: usize, dy: usize, gates: usize, c: usize, cellBefore: usize, peepholes: usize, mask: usize, units: usize,
  activation: i32, alpha: real, recurrent: i32, recurrentAlpha: real, begin: usize, end: usize,
): void {
  const bytes = units * SIZE;
  for (let row = begin; row < end; row++) {
    const hidden = at(dh, row * units);
    const cell = at(dc, row * units);
    const last = at(cellBefore, row * units);
    const input = at(dz, row * 4 * units);
    const parts = at(dpeepholes, row * 3 * units);
    sums(hidden, hidden, at(dy, row * units), units);
    if (isPadding(mask, row)) {
      memory.fill(input, 0, 4 * bytes);
      if (dpeepholes) memory.fill(parts, 0, 3 * bytes);
      continue;
    }
    const forget = input + bytes;
    const candidate = forget + bytes;
    const output = candidate + bytes;
    const i = at(gates, row * 5 * units);
    const j = i + bytes;
    const g = j + bytes;
    const o = g + bytes;
    const active = o + bytes;
    products(output, hidden, active, units);
    slopeRange(recurrent, recurrentAlpha, output, output, o, 0, units);
    // The place of the candidate's gradient holds that of the cell first.
    products(candidate, hidden, o, units);
    slopeRange(activation, alpha, candidate, candidate, active, 0, units);
    sums(cell, cell, candidate, units);
    if (peepholes) addProducts(cell, cell, output, peepholes + 2 * bytes, units);
    products(input, cell, g, units);
    products(forget, cell, last, units);
    products(candidate, cell, i, units);
    slopeRange(recurrent, recurrentAlpha, input, input, i, 0, 2 * units);
    slopeRange(activation, alpha, candidate, candidate, g, 0, units);
    products(cell, cell, j, units);
    memory.fill(hidden, 0, bytes);
    if (!peepholes) continue;
    addProducts(cell, cell, input, peepholes, units);
    addProducts(cell, cell, forget, peepholes + bytes, units);
    products(parts, input, last, units);
    products(parts + bytes, forget, last, units);
    products(parts + 2 * bytes, output, at(c, row * units), units);
  }
}

/** h = z · before + (1 − z) · g */
@inline
function between(h: usize, z: usize, before: usize, g: usize, units: usize): void {
  for (let j: usize = 0; j < units; j += LANES) {
    const n = units - j;
    const candidate = loadSome(at(g, j), n);
    const difference = v128.sub<real>(loadSome(at(before, j), n), candidate);
    storeSome(at(h, j), madd(loadSome(at(z, j), n), difference, candidate), n);
  }
}

/** With d the gradient of h in `between`: dz = d · (before − g), dg = d · (1 − z), and d = d · z, that of `before`. */
@inline
function betweenGradient(dz: usize, dg: usize, d: usize, z: usize, before: usize, g: usize, units: usize): void {
  for (let j: usize = 0; j < units; j += LANES) {
    const n = units - j;
    const gradient = loadSome(at(d, j), n);
    const share = loadSome(at(z, j), n);
    const difference = v128.sub<real>(loadSome(at(before, j), n), loadSome(at(g, j), n));
    storeSome(at(dz, j), v128.mul<real>(gradient, difference), n);
    storeSome(at(dg, j), v128.mul<real>(gradient, v128.sub<real>(v128.splat<real>(1), share)), n);
    storeSome(at(d, j), v128.mul<real>(gradient, share), n);
  }
}

/**
 * With the reset behind the product: z = s(x₀ + r₀), k = s(x₁ + r₁), g = f(x₂ + k · r₂), h = z · h′ + (1 − z) · g, h′ the state before. x and r are
 * [rows, 3u]; gates [rows, 3u] keeps z, k and g.
 */
export function gru_forward(
  h: usize, gates: usize, x: usize, r: usize, before: usize, mask: usize, units: usize,
  activation: i32, alpha: real, recurrent: i32, recurrentAlpha: real, begin: usize, end: usize,
): void {
  const bytes = units * SIZE;
  for (let row = begin; row < end; row++) {
    const hidden = at(h, row * units);
    const last = at(before, row * units);
    if (isPadding(mask, row)) {
      memory.copy(hidden, last, bytes);
      continue;
    }
    const z = at(gates, row * 3 * units);
    const k = z + bytes;
    const g = k + bytes;
    const from = at(x, row * 3 * units);
    const state = at(r, row * 3 * units);
    sums(z, from, state, 2 * units);
    activateRange(recurrent, recurrentAlpha, z, 0, 2 * units);
    addProducts(g, from + 2 * bytes, k, state + 2 * bytes, units);
    activateRange(activation, alpha, g, 0, units);
    between(hidden, z, last, g, units);
  }
}

/** dx and dr [rows, 3u], the gradients of x and of r, from dh + dy, the gradient of h */
export function gru_backward(
  dx: usize, dr: usize, dh: usize, dy: usize, gates: usize, r: usize, before: usize, mask: usize, units: usize,
  activation: i32, alpha: real, recurrent: i32, recurrentAlpha: real, begin: usize, end: usize,
): void {
  const bytes = units * SIZE;
  for (let row = begin; row < end; row++) {
    const hidden = at(dh, row * units);
    const update = at(dx, row * 3 * units);
    const state = at(dr, row * 3 * units);
    sums(hidden, hidden, at(dy, row * units), units);
    if (isPadding(mask, row)) {
      memory.fill(update, 0, 3 * bytes);
      memory.fill(state, 0, 3 * bytes);
      continue;
    }
    const reset = update + bytes;
    const candidate = reset + bytes;
    const z = at(gates, row * 3 * units);
    const k = z + bytes;
    const g = k + bytes;
    betweenGradient(update, candidate, hidden, z, at(before, row * units), g, units);
    slopeRange(activation, alpha, candidate, candidate, g, 0, units);
    products(reset, candidate, at(r, (row * 3 + 2) * units), units);
    slopeRange(recurrent, recurrentAlpha, update, update, z, 0, 2 * units);
    memory.copy(state, update, 2 * bytes);
    products(state + 2 * bytes, candidate, k, units);
  }
}

/** With the reset in front of the product, first: z = s(x₀ + r₀), k = s(x₁ + r₁), kept in gates, and m = k · h′ [rows, u]; r is [rows, 2u] */
export function gru_reset_forward(
  m: usize, gates: usize, x: usize, r: usize, before: usize, units: usize, recurrent: i32, recurrentAlpha: real, begin: usize, end: usize,
): void {
  for (let row = begin; row < end; row++) {
    const z = at(gates, row * 3 * units);
    sums(z, at(x, row * 3 * units), at(r, row * 2 * units), 2 * units);
    activateRange(recurrent, recurrentAlpha, z, 0, 2 * units);
    products(at(m, row * units), at(z, units), at(before, row * units), units);
  }
}

/** The last part of its gradient: dx₀, which holds that of z, and dx₁, from dm, through s; dr [rows, 2u] is both of them; dh += dm · k */
export function gru_reset_backward(
  dx: usize, dr: usize, dh: usize, dm: usize, gates: usize, before: usize, mask: usize, units: usize,
  recurrent: i32, recurrentAlpha: real, begin: usize, end: usize,
): void {
  const bytes = units * SIZE;
  for (let row = begin; row < end; row++) {
    const state = at(dr, row * 2 * units);
    if (isPadding(mask, row)) {
      memory.fill(state, 0, 2 * bytes);
      continue;
    }
    const update = at(dx, row * 3 * units);
    const z = at(gates, row * 3 * units);
    const hidden = at(dh, row * units);
    const product = at(dm, row * units);
    products(update + bytes, product, at(before, row * units), units);
    slopeRange(recurrent, recurrentAlpha, update, update, z, 0, 2 * units);
    memory.copy(state, update, 2 * bytes);
    addProducts(hidden, hidden, product, z + bytes, units);
  }
}

/** Then, with r [rows, u] the product of m: g = f(x₂ + r), kept in gates, and h = z · h′ + (1 − z) · g */
export function gru_candidate_forward(
  h: usize, gates: usize, x: usize, r: usize, before: usize, mask: usize, units: usize, activation: i32, alpha: real, begin: usize, end: usize,
): void {
  const bytes = units * SIZE;
  for (let row = begin; row < end; row++) {
    const hidden = at(h, row * units);
    const last = at(before, row * units);
    if (isPadding(mask, row)) {
      memory.copy(hidden, last, bytes);
      continue;
    }
    const z = at(gates, row * 3 * units);
    const g = z + 2 * bytes;
    sums(g, at(x, (row * 3 + 2) * units), at(r, row * units), units);
    activateRange(activation, alpha, g, 0, units);
    between(hidden, z, last, g, units);
  }
}

/** The first part of its gradient: from dh + dy dx₀, that of z itself, and dx₂, of which dr [rows, u] is a copy */
export function gru_candidate_backward(
  dx: usize, dr: usize, dh: usize, dy: usize, gates: usize, before: usize, mask: usize, units: usize,
  activation: i32, alpha: real, begin: usize, end: usize,
): void {
  const bytes = units * SIZE;
  for (let row = begin; row < end; row++) {
    const hidden = at(dh, row * units);
    const update = at(dx, row * 3 * units);
    sums(hidden, hidden, at(dy, row * units), units);
    if (isPadding(mask, row)) {
      memory.fill(update, 0, 3 * bytes);
      memory.fill(at(dr, row * units), 0, bytes);
      continue;
    }
    const candidate = update + 2 * bytes;
    const z = at(gates, row * 3 * units);
    betweenGradient(update, candidate, hidden, z, at(before, row * units), z + 2 * bytes, units);
    slopeRange(activation, alpha, candidate, candidate, z + 2 * bytes, 0, units);
    memory.copy(at(dr, row * units), candidate, bytes);
  }
}
