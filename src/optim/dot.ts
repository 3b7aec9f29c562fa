import type { Kernels } from "#kernels/kernels";

/** Doubles of scratch that `addDot` takes. */
export const DOT_PARTS = 64;

/** Elements of a part at least: a thread's work for about 2 µs. */
const LEAST = 4096;

/**
 * The double at `y` += Σ a[i] · b[i], begin ≤ i < end: in one go where it is short, else in at most 64 parts, which threads share. How it is
 * cut follows from its length alone.
 *
 * @param parts the address of DOT_PARTS doubles
 */
export function addDot(k: Kernels, y: number, parts: number, a: number, b: number, begin: number, end: number): void {
  const part = Math.max(LEAST, Math.ceil((end - begin) / DOT_PARTS));
  const count = Math.ceil((end - begin) / part);
  if (count <= 1) {
    k.dot_product(y, a, b, begin, end);
    return;
  }
  k.dot_parts(parts, a, b, begin, end, part, 0, count);
  k.add_parts(y, parts, count);
}
