// The matrix product in three forms. Letters: C is [m, n]; A is [m, k], or [k, m] where its form is `t`; B is [k, n], or [n, k].
//
// Each element of C is one sum: it starts as bias, C or 0 and takes k in ascending order, one madd after the other. No path splits or
// reorders it, so neither tiles nor threads nor the batch size change a bit. Blocks over k keep that, since a tile begins with what C holds.
//
//   for a block of NC columns                       B: KC × NC, packed, stays in the second-level cache
//     for a block of KC steps of k
//       for a stripe of TILE_ROWS rows              A: TILE_ROWS × KC, packed, stays in the first
//         for a panel of TILE_COLUMNS columns       one tile of C in registers
import { activateRange } from "./activate";
import { dots } from "./gemm/dots";
import { TILE_COLUMNS, TILE_ROWS, rowTimes, tileOf } from "./gemm/micro";
import { packAcross, packAlong, panelAcross, panelAlong } from "./gemm/pack";
import { LANES, SIZE, at, loadTail, storeTail } from "./vector";

// The sizes of the blocks, and the layout of scratch below, are known to src/ops/matmul.ts too.
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

/** `count` < TILE_COLUMNS elements from `x` to `y`. */
function copyPart(y: usize, x: usize, count: usize): void {
  if (count >= LANES) {
    v128.store(y, v128.load(x));
    count -= LANES;
    x += 16;
    y += 16;
  }
  if (count) storeTail(y, loadTail(x, count), count);
}

/** A tile of fewer than TILE_COLUMNS columns goes through `buffer`. */
function edge(rows: usize, columns: usize, c: usize, cStep: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: usize, buffer: usize): void {
  const step = TILE_COLUMNS * SIZE;
  for (let r: usize = 0; r < rows; r++) copyPart(buffer + r * step, c + r * cStep, columns);
  tileOf(rows, buffer, step, a, aStep, b, bStep, k);
  for (let r: usize = 0; r < rows; r++) copyPart(c + r * cStep, buffer + r * step, columns);
}

/** C[begin … end] += product, by tiles. */
@inline
function tiles(form: i32, c: usize, a: usize, b: usize, m: usize, n: usize, k: usize, scratch: usize, begin: usize, end: usize): void {
  const cStep = n * SIZE;
  const aStep = (form == TN ? m : k) * SIZE;
  const bStep = (form == NT ? k : n) * SIZE;
  const blocks = (k + KC - 1) / KC;
  const block = (k + blocks - 1) / blocks;
  const buffer = scratch;
  const stripe = buffer + ((TILE_ROWS * TILE_COLUMNS * SIZE + 63) & ~63);
  const panels = stripe + ((TILE_ROWS * block * SIZE + 63) & ~63);
  // Packing B pays where enough rows use it; packing A across k where enough panels do.
  const packB = form == NT || end - begin > 2 * TILE_ROWS;
  const packA = form != TN || n > 2 * TILE_COLUMNS;
  for (let jc: usize = 0; jc < n; jc += NC) {
    const columns = min<usize>(NC, n - jc);
    for (let pc: usize = 0; pc < k; pc += block) {
      const steps = min<usize>(block, k - pc);
      const panelBytes = steps * TILE_COLUMNS * SIZE;
      const origin = form == NT ? at(b, jc * k + pc) : at(b, pc * n + jc);
      if (form == NT) {
        for (let j: usize = 0, y = panels; j < columns; j += TILE_COLUMNS, y += panelBytes) {
          panelAlong(y, origin + j * bStep, bStep, min<usize>(TILE_COLUMNS, columns - j), steps);
        }
      } else {
        for (let j: usize = 0, y = panels; j < columns; j += TILE_COLUMNS, y += panelBytes) {
          const width = min<usize>(TILE_COLUMNS, columns - j);
          if (packB || width < TILE_COLUMNS) panelAcross(y, at(origin, j), bStep, width, steps);
        }
      }
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
        let panel = panels;
        let j: usize = 0;
        for (; j + TILE_COLUMNS <= columns; j += TILE_COLUMNS, panel += panelBytes) {
          if (packB) tileOf(rows, at(row, j), cStep, pa, paStep, panel, TILE_COLUMNS * SIZE, steps);
          else tileOf(rows, at(row, j), cStep, pa, paStep, at(origin, j), bStep, steps);
        }
        if (j < columns) {
          edge(rows, columns - j, at(row, j), cStep, pa, paStep, panel, TILE_COLUMNS * SIZE, steps, buffer);
        }
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
    else tiles(form, c, a, b, m, n, k, scratch, begin, end);
  }
  if (activation) activateRange(activation, alpha, c, begin * n, end * n);
}

/** C = f(A·B + bias), or C += A·B where `accumulate` is 1. A bias at address 0 is none; f has the number `activation` in activate.ts. */
export function gemm_nn(
  c: usize,
  a: usize,
  b: usize,
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
  product(NN, c, a, b, bias, m, n, k, accumulate, activation, alpha, scratch, begin, end);
}

/** As `gemm_nn` with B [n, k]: A·Bᵀ. */
export function gemm_nt(
  c: usize,
  a: usize,
  b: usize,
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
  product(NT, c, a, b, bias, m, n, k, accumulate, activation, alpha, scratch, begin, end);
}

/** As `gemm_nn` with A [k, m]: Aᵀ·B. */
export function gemm_tn(
  c: usize,
  a: usize,
  b: usize,
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
  product(TN, c, a, b, bias, m, n, k, accumulate, activation, alpha, scratch, begin, end);
}
