// The matrix product in three forms. Letters: C is [m, n]; A is [m, k], or [k, m] where its form is `t`; B is [k, n], or [n, k].
//
// Each element of C is one sum: it starts as bias, C or 0 and takes k in ascending order, one madd after the other. No path splits or
// reorders it, so neither tiles nor threads nor the batch size change a bit. Blocks over k keep that, since a tile begins with what C holds.
//
//   for a block of NC columns                       B: KC × NC, packed by gemm_pack, stays in the second-level cache
//     for a block of KC steps of k
//       for a stripe of TILE_ROWS rows              A: TILE_ROWS × KC, packed, stays in the first
//         for a panel of TILE_COLUMNS columns       one tile of C in registers
//
// Packing B is a call of its own, so that threads share what is packed, and is left out where too few rows would use it.
import { activateRange } from "./activate";
import { dots } from "./gemm/dots";
import { TILE_COLUMNS, TILE_ROWS, rowTimes, tileOf } from "./gemm/micro";
import { copyPart, packAcross, packAlong, panelAcross, panelAlong } from "./gemm/pack";
import { LANES, SIZE, at, loadTail, storeTail } from "./vector";

// The sizes of the blocks, and the layouts of panels and scratch below, are known to src/ops/gemm.ts too.
@inline
const KC: usize = 512;
@inline
const NC: usize = 256;

@inline
const NN: i32 = 0;
@inline
const NT: i32 = 1;
@inline
const TN: i32 = 2;

/** The rows of C before the first product: bias or 0. */
function start(c: usize, bias: usize, n: usize, begin: usize, end: usize): void {
  if (!bias) {
    memory.fill(at(c, begin * n), 0, (end - begin) * n * SIZE);
    return;
  }
  for (let i = begin; i < end; i++) {
    const row = at(c, i * n);
    let j: usize = 0;
    for (; j + LANES <= n; j += LANES) v128.store(at(row, j), v128.load(at(bias, j)));
    if (j < n) storeTail(at(row, j), loadTail(at(bias, j), n - j), n - j);
  }
}

/** A tile of fewer than TILE_COLUMNS columns goes through `buffer`. */
function edge(rows: usize, columns: usize, c: usize, cStep: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: usize, buffer: usize): void {
  const step = TILE_COLUMNS * SIZE;
  for (let r: usize = 0; r < rows; r++) copyPart(buffer + r * step, c + r * cStep, columns);
  tileOf(rows, buffer, step, a, aStep, b, bStep, k);
  for (let r: usize = 0; r < rows; r++) copyPart(c + r * cStep, buffer + r * step, columns);
}

/** Steps of k in a block: blocks of one size, as far as that goes. */
@inline
function blockOf(k: usize): usize {
  const blocks = (k + KC - 1) / KC;
  return (k + blocks - 1) / blocks;
}

@inline
function inPanels(n: usize): usize {
  return (n + TILE_COLUMNS - 1) & ~(TILE_COLUMNS - 1);
}

/**
 * B in the order in which tiles read it: block after block of k, in each panel after panel. B is [k, n], or [n, k] where `along` is 1.
 * The range is one of columns; `begin` is a multiple of 16, so of TILE_COLUMNS.
 */
export function gemm_pack(panels: usize, b: usize, along: i32, n: usize, k: usize, begin: usize, end: usize): void {
  const block = blockOf(k);
  const padded = inPanels(n);
  for (let pc: usize = 0; pc < k; pc += block) {
    const steps = min<usize>(block, k - pc);
    for (let j = begin; j < end; j += TILE_COLUMNS) {
      const y = at(panels, pc * padded + j * steps);
      const width = min<usize>(TILE_COLUMNS, end - j);
      if (along) panelAlong(y, at(b, j * k + pc), k * SIZE, width, steps);
      else panelAcross(y, at(b, pc * n + j), n * SIZE, width, steps);
    }
  }
}

/** C[begin … end] += product, by tiles. Without panels B, [k, n], is read where it is, but for a last panel that is not whole. */
@inline
function tiles(form: i32, c: usize, a: usize, b: usize, panels: usize, m: usize, n: usize, k: usize, scratch: usize, begin: usize, end: usize): void {
  const cStep = n * SIZE;
  const aStep = (form == TN ? m : k) * SIZE;
  const bStep = panels ? TILE_COLUMNS * SIZE : n * SIZE;
  const block = blockOf(k);
  const padded = inPanels(n);
  const buffer = scratch;
  const stripe = buffer + ((TILE_ROWS * TILE_COLUMNS * SIZE + 63) & ~63);
  const last = stripe + ((TILE_ROWS * block * SIZE + 63) & ~63);
  // Packing A across k pays where enough panels read it.
  const packA = form != TN || n > 2 * TILE_COLUMNS;
  for (let jc: usize = 0; jc < n; jc += NC) {
    const columns = min<usize>(NC, n - jc);
    for (let pc: usize = 0; pc < k; pc += block) {
      const steps = min<usize>(block, k - pc);
      const origin = panels ? at(panels, pc * padded + jc * steps) : at(b, pc * n + jc);
      const panelBytes = panels ? steps * TILE_COLUMNS * SIZE : TILE_COLUMNS * SIZE;
      const rest = columns & (TILE_COLUMNS - 1);
      if (!panels && rest) panelAcross(last, at(origin, columns - rest), bStep, rest, steps);
      for (let i = begin; i < end; i += TILE_ROWS) {
        const rows = min<usize>(TILE_ROWS, end - i);
        let pa = stripe;
        let paStep = rows * SIZE;
        if (form != TN) packAlong(stripe, rows, at(a, i * k + pc), aStep, rows, steps);
        else if (packA) packAcross(stripe, at(a, pc * m + i), aStep, rows, steps);
        else {
          pa = at(a, pc * m + i);
          paStep = aStep;
        }
        const row = at(c, i * n + jc);
        let panel = origin;
        let j: usize = 0;
        for (; j + TILE_COLUMNS <= columns; j += TILE_COLUMNS, panel += panelBytes) {
          tileOf(rows, at(row, j), cStep, pa, paStep, panel, bStep, steps);
        }
        if (rest) edge(rows, rest, at(row, j), cStep, pa, paStep, panels ? panel : last, TILE_COLUMNS * SIZE, steps, buffer);
      }
    }
  }
}

@inline
function product(
  form: i32,
  c: usize,
  a: usize,
  b: usize,
  panels: usize,
  bias: usize,
  m: usize,
  n: usize,
  k: usize,
  accumulate: i32,
  activation: i32,
  alpha: real,
  scratch: usize,
  begin: usize,
  end: usize,
): void {
  if (begin >= end || !n) return;
  if (!accumulate) start(c, bias, n, begin, end);
  if (k) {
    const y = at(c, begin * n);
    if (n == 1 && form != TN) dots(y, at(a, begin * k), k * SIZE, b, end - begin, k);
    else if (n == 1) rowTimes(y, b, SIZE, at(a, begin), m * SIZE, end - begin, k);
    else if (end - begin == 1 && form == NT) dots(y, b, k * SIZE, at(a, begin * k), n, k);
    else if (end - begin == 1 && form == NN) rowTimes(y, at(a, begin * k), SIZE, b, n * SIZE, n, k);
    else if (end - begin == 1) rowTimes(y, at(a, begin), m * SIZE, b, n * SIZE, n, k);
    else tiles(form, c, a, b, panels, m, n, k, scratch, begin, end);
  }
  if (activation) activateRange(activation, alpha, c, begin * n, end * n);
}

/**
 * C = f(A·B + bias), or C += A·B where `accumulate` is 1. `panels` is B as gemm_pack has packed it, or 0, with which B is read in place. A
 * bias at address 0 is none; f has the number `activation` in activate.ts.
 */
export function gemm_nn(
  c: usize,
  a: usize,
  b: usize,
  panels: usize,
  bias: usize,
  m: usize,
  n: usize,
  k: usize,
  accumulate: i32,
  activation: i32,
  alpha: real,
  scratch: usize,
  begin: usize,
  end: usize,
): void {
  product(NN, c, a, b, panels, bias, m, n, k, accumulate, activation, alpha, scratch, begin, end);
}

/** As `gemm_nn` with B [n, k]: A·Bᵀ. Without panels it takes one row, or one column. */
export function gemm_nt(
  c: usize,
  a: usize,
  b: usize,
  panels: usize,
  bias: usize,
  m: usize,
  n: usize,
  k: usize,
  accumulate: i32,
  activation: i32,
  alpha: real,
  scratch: usize,
  begin: usize,
  end: usize,
): void {
  product(NT, c, a, b, panels, bias, m, n, k, accumulate, activation, alpha, scratch, begin, end);
}

/** As `gemm_nn` with A [k, m]: Aᵀ·B. */
export function gemm_tn(
  c: usize,
  a: usize,
  b: usize,
  panels: usize,
  bias: usize,
  m: usize,
  n: usize,
  k: usize,
  accumulate: i32,
  activation: i32,
  alpha: real,
  scratch: usize,
  begin: usize,
  end: usize,
): void {
  product(TN, c, a, b, panels, bias, m, n, k, accumulate, activation, alpha, scratch, begin, end);
}
