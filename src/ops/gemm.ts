import type { Kernels } from "#kernels/kernels";
import { empty, type Tensor } from "../tensor/tensor.js";
import { sizeOf } from "../util/dtypes.js";

/** A·B, A·Bᵀ and Aᵀ·B: how A and B lie. */
export type Form = "gemm_nn" | "gemm_nt" | "gemm_tn";

/** C[m, n] (+)= A·B over k, by the address of each. */
export interface Product {
  c: number;
  a: number;
  b: number;
  m: number;
  n: number;
  k: number;
}

/** What happens to C beside: it is added to, or begins with the bias at this address (0: none) and goes through an activation. */
export interface Finish {
  accumulate: boolean;
  bias?: number;
  code?: number;
  alpha?: number;
}

type Sizes = Pick<Product, "m" | "n" | "k">;

// The blocks of assembly/gemm.ts; a tile has at most so many columns, in f32 that the engine joins to 256 bits.
const BLOCK_K = 512;
const TILE_ROWS = 5;
const TILE_COLUMNS = 16;
const LINE = 16;

/** Fewer rows than this read B where it is: packing it takes longer than it saves. */
const ROWS_THAT_PACK = 11;

const roundUp = (count: number, unit: number) => Math.ceil(count / unit) * unit;

/** Whether B is packed first. A single row or column needs no tiles. */
function packs(form: Form, { m, n }: Sizes): boolean {
  return n > 1 && m > 1 && (form === "gemm_nt" || m >= ROWS_THAT_PACK);
}

/** B in panels, for the worst case of both widths. */
const panelSize = ({ n, k }: Sizes): number => roundUp(n, TILE_COLUMNS) * k;

/** What each thread has for itself: an edge tile, a stripe of A and one panel of B, each in whole cache lines. */
function threadScratch({ k }: Sizes): number {
  const steps = Math.min(k, BLOCK_K);
  return roundUp(TILE_ROWS * TILE_COLUMNS, LINE) + roundUp(TILE_ROWS * steps, LINE) + TILE_COLUMNS * steps;
}

/** Room for each of these products: for what a thread has for itself, then for B in panels. */
export function scratchFor(like: Tensor, ...products: readonly (readonly [Form, Sizes])[]): Tensor {
  const sizes = products.map(([form, p]) => roundUp(threadScratch(p), LINE) + (packs(form, p) ? panelSize(p) : 0));
  return empty([Math.max(0, ...sizes)], like.dtype);
}

/** Runs a product, with the scratch that `scratchFor` made for it among others. */
export function product(kernels: Kernels, form: Form, p: Product, scratch: Tensor, finish: Finish): void {
  packedProduct(kernels, form, p, scratch, pack(kernels, form, p, scratch), finish);
}

/** Packs the B of a product, where that pays, and says where: for all products of the same B and sizes, as long as the scratch is theirs alone. */
export function pack(kernels: Kernels, form: Form, p: Sizes & Pick<Product, "b">, scratch: Tensor): number {
  const { b, n, k } = p;
  if (!packs(form, p) || k === 0) return 0;
  const panels = scratch.at + roundUp(threadScratch(p), LINE) * sizeOf(scratch.dtype);
  kernels.gemm_pack(panels, b, form === "gemm_nt" ? 1 : 0, n, k, 0, n);
  return panels;
}

/** Runs a product whose B `pack` has packed at `panels`. */
export function packedProduct(
  kernels: Kernels,
  form: Form,
  { c, a, b, m, n, k }: Product,
  scratch: Tensor,
  panels: number,
  { accumulate, bias = 0, code = 0, alpha = 0 }: Finish,
): void {
  kernels[form](c, a, b, panels, bias, m, n, k, accumulate ? 1 : 0, code, alpha, scratch.at, 0, m);
}
