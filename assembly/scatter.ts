// Rows x [count, inner] put to places in y [n, inner], in their order: of equal places the last one stays, and a sum has the same bits
// everywhere. A place out of 0 … n − 1 is passed over. The range is over the rows of x.

import { at } from "./vector";

/** y[places[j], :] = x[j, :], elements of `item` bytes */
export function scatter_items(
  y: usize, x: usize, places: usize, n: usize, inner: usize, item: usize, begin: usize, end: usize,
): void {
  const bytes = inner * item;
  for (let j = begin; j < end; j++) {
    const place = <usize>load<i32>(places + (j << 2));
    if (place < n) memory.copy(y + place * bytes, x + j * bytes, bytes);
  }
}

class Add {
  @inline of(a: real, b: real): real { return a + b; }
}
class Mul {
  @inline of(a: real, b: real): real { return a * b; }
}
class Max {
  @inline of(a: real, b: real): real { return max<real>(a, b); }
}
class Min {
  @inline of(a: real, b: real): real { return min<real>(a, b); }
}

@inline
function scatter<F>(y: usize, x: usize, places: usize, n: usize, inner: usize, begin: usize, end: usize): void {
  for (let j = begin; j < end; j++) {
    const place = <usize>load<i32>(places + (j << 2));
    if (place >= n) continue;
    const to = at(y, place * inner);
    const from = at(x, j * inner);
    for (let c: usize = 0; c < inner; c++) {
      store<real>(at(to, c), changetype<F>(0).of(load<real>(at(to, c)), load<real>(at(from, c))));
    }
  }
}

/** y[places[j], :] += x[j, :] */
export function scatter_add(y: usize, x: usize, places: usize, n: usize, inner: usize, begin: usize, end: usize): void {
  scatter<Add>(y, x, places, n, inner, begin, end);
}

/** y[places[j], :] *= x[j, :] */
export function scatter_mul(y: usize, x: usize, places: usize, n: usize, inner: usize, begin: usize, end: usize): void {
  scatter<Mul>(y, x, places, n, inner, begin, end);
}

/** y[places[j], :] = the greater of it and x[j, :]; NaN where one is NaN */
export function scatter_max(y: usize, x: usize, places: usize, n: usize, inner: usize, begin: usize, end: usize): void {
  scatter<Max>(y, x, places, n, inner, begin, end);
}

/** y[places[j], :] = the lesser of it and x[j, :]; NaN where one is NaN */
export function scatter_min(y: usize, x: usize, places: usize, n: usize, inner: usize, begin: usize, end: usize): void {
  scatter<Min>(y, x, places, n, inner, begin, end);
}
