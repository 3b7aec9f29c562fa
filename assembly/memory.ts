import { LANES, at, loadTail, storeTail } from "./vector";

/** y[i] = value */
export function fill(y: usize, value: real, begin: usize, end: usize): void {
  const v = v128.splat<real>(value);
  let i = begin;
  for (; i + LANES <= end; i += LANES) v128.store(at(y, i), v);
  if (i < end) storeTail(at(y, i), v, end - i);
}

/** y[i] = x[i] */
export function copy(y: usize, x: usize, begin: usize, end: usize): void {
  memory.copy(at(y, begin), at(x, begin), (end - begin) * sizeof<real>());
}

/** y[i] += x[i] */
export function accumulate_into(y: usize, x: usize, begin: usize, end: usize): void {
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    v128.store(at(y, i), v128.add<real>(v128.load(at(y, i)), v128.load(at(x, i))));
  }
  if (i < end) {
    const n = end - i;
    storeTail(at(y, i), v128.add<real>(loadTail(at(y, i), n), loadTail(at(x, i), n)), n);
  }
}
