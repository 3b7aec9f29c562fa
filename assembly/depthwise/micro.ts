// The inner loops of a depthwise convolution: lanes are channels. Steps and gaps are in bytes; the kernel's are of their own, as in the
// gradient of the input it is walked backwards.
import { loadSome, storeSome } from "../lanes";
import { LANES } from "../vector";

@unmanaged
export class Loop {
  countX: isize;
  stepX: usize;
  kernelX: usize;
  countY: isize;
  /** From the end of one row of taps to the next. */
  gapY: usize;
  kernelY: usize;
}

/** c_r = start + Σ over the taps of p_r · k for `pixels` pixels and 2 · LANES channels. */
@inline
function pixels(count: i32, c0: usize, c1: usize, c2: usize, c3: usize, start: usize, k: usize, p0: usize, p1: usize, p2: usize, p3: usize, loop: Loop): void {
  let a0 = v128.load(start ? start : c0);
  let b0 = v128.load(start ? start : c0, 16);
  let a1 = count > 1 ? v128.load(start ? start : c1) : a0;
  let b1 = count > 1 ? v128.load(start ? start : c1, 16) : a0;
  let a2 = count > 1 ? v128.load(start ? start : c2) : a0;
  let b2 = count > 1 ? v128.load(start ? start : c2, 16) : a0;
  let a3 = count > 1 ? v128.load(start ? start : c3) : a0;
  let b3 = count > 1 ? v128.load(start ? start : c3, 16) : a0;
  const stepX = loop.stepX;
  const kernelX = loop.kernelX;
  for (let y = loop.countY; y > 0; y--) {
    for (let x = loop.countX; x > 0; x--) {
      const low = v128.load(k);
      const high = v128.load(k, 16);
      a0 = madd(v128.load(p0), low, a0);
      b0 = madd(v128.load(p0, 16), high, b0);
      p0 += stepX;
      if (count > 1) {
        a1 = madd(v128.load(p1), low, a1);
        b1 = madd(v128.load(p1, 16), high, b1);
        a2 = madd(v128.load(p2), low, a2);
        b2 = madd(v128.load(p2, 16), high, b2);
        a3 = madd(v128.load(p3), low, a3);
        b3 = madd(v128.load(p3, 16), high, b3);
        p1 += stepX;
        p2 += stepX;
        p3 += stepX;
      }
      k += kernelX;
    }
    const gapY = loop.gapY;
    p0 += gapY;
    if (count > 1) {
      p1 += gapY;
      p2 += gapY;
      p3 += gapY;
    }
    k += loop.kernelY;
  }
  v128.store(c0, a0);
  v128.store(c0, b0, 16);
  if (count > 1) {
    v128.store(c1, a1);
    v128.store(c1, b1, 16);
    v128.store(c2, a2);
    v128.store(c2, b2, 16);
    v128.store(c3, a3);
    v128.store(c3, b3, 16);
  }
}

export function fourPixels(c0: usize, c1: usize, c2: usize, c3: usize, start: usize, k: usize, p0: usize, p1: usize, p2: usize, p3: usize, loop: Loop): void {
  pixels(4, c0, c1, c2, c3, start, k, p0, p1, p2, p3, loop);
}

/**
 * A row of pixels, `groups` times four of them, of kernels three taps wide whose taps lie as far apart as the pixels: six loads serve twelve
 * products. `bytes` of channels are whole vectors; `start` as in `row`.
 */
export function threeWide(c: usize, cStep: usize, start: usize, startStep: usize, k: usize, p: usize, pStep: usize, groups: isize, bytes: usize, loop: Loop): void {
  const kernelX = loop.kernelX;
  const kernelY = 3 * kernelX + loop.kernelY;
  const rowStep = 3 * loop.stepX + loop.gapY;
  for (; groups > 0; groups--) {
    for (let o: usize = 0; o < bytes; o += 16) {
      const c0 = c + o;
      const c1 = c0 + cStep;
      const c2 = c1 + cStep;
      const c3 = c2 + cStep;
      const s = start + (startStep ? o : 0);
      let a0 = v128.load(start ? s : c0);
      let a1 = v128.load(start ? s : c1);
      let a2 = v128.load(start ? s : c2);
      let a3 = v128.load(start ? s : c3);
      let q = p + o;
      let w = k + o;
      for (let y = loop.countY; y > 0; y--) {
        const k0 = v128.load(w);
        const k1 = v128.load(w + kernelX);
        const k2 = v128.load(w + 2 * kernelX);
        let x = q;
        let v = v128.load(x);
        a0 = madd(v, k0, a0);
        x += pStep;
        v = v128.load(x);
        a0 = madd(v, k1, a0);
        a1 = madd(v, k0, a1);
        x += pStep;
        v = v128.load(x);
        a0 = madd(v, k2, a0);
        a1 = madd(v, k1, a1);
        a2 = madd(v, k0, a2);
        x += pStep;
        v = v128.load(x);
        a1 = madd(v, k2, a1);
        a2 = madd(v, k1, a2);
        a3 = madd(v, k0, a3);
        x += pStep;
        v = v128.load(x);
        a2 = madd(v, k2, a2);
        a3 = madd(v, k1, a3);
        x += pStep;
        a3 = madd(v128.load(x), k2, a3);
        q += rowStep;
        w += kernelY;
      }
      v128.store(c0, a0);
      v128.store(c1, a1);
      v128.store(c2, a2);
      v128.store(c3, a3);
    }
    c += 4 * cStep;
    p += 4 * pStep;
  }
}

export function onePixel(c: usize, start: usize, k: usize, p: usize, loop: Loop): void {
  pixels(1, c, 0, 0, 0, start, k, p, 0, 0, 0, loop);
}

/** As `onePixel` for `width` ≤ LANES channels. */
export function fewChannels(c: usize, width: usize, start: usize, k: usize, p: usize, loop: Loop): void {
  let sum = loadSome(start ? start : c, width);
  const stepX = loop.stepX;
  const kernelX = loop.kernelX;
  for (let y = loop.countY; y > 0; y--) {
    for (let x = loop.countX; x > 0; x--) {
      sum = madd(loadSome(p, width), loadSome(k, width), sum);
      p += stepX;
      k += kernelX;
    }
    p += loop.gapY;
    k += loop.kernelY;
  }
  storeSome(c, sum, width);
}

/**
 * dk_r += Σ over the pixels of p_r · d for `count` taps and `width` channels, 2 · LANES at most. Pixels lie `stepX` apart for p, `kernelX` for
 * d. Sums begin at 0 and are added at the end. Three taps are six sums and eight loads: of ten loads, which V8 moves to the front, some spill.
 */
@inline
function taps(count: i32, few: bool, k0: usize, k1: usize, k2: usize, width: usize, d: usize, p0: usize, p1: usize, p2: usize, images: isize, imageGap: usize, loop: Loop): void {
  let a0 = v128.splat<real>(0);
  let b0 = a0;
  let a1 = a0;
  let b1 = a0;
  let a2 = a0;
  let b2 = a0;
  const stepX = loop.stepX;
  const kernelX = loop.kernelX;
  for (; images > 0; images--) {
    for (let y = loop.countY; y > 0; y--) {
      for (let x = loop.countX; x > 0; x--) {
        const low = few ? loadSome(d, width) : v128.load(d);
        a0 = madd(few ? loadSome(p0, width) : v128.load(p0), low, a0);
        if (count > 1) {
          a1 = madd(few ? loadSome(p1, width) : v128.load(p1), low, a1);
          a2 = madd(few ? loadSome(p2, width) : v128.load(p2), low, a2);
        }
        if (!few) {
          const high = v128.load(d, 16);
          b0 = madd(v128.load(p0, 16), high, b0);
          if (count > 1) {
            b1 = madd(v128.load(p1, 16), high, b1);
            b2 = madd(v128.load(p2, 16), high, b2);
          }
        }
        p0 += stepX;
        if (count > 1) {
          p1 += stepX;
          p2 += stepX;
        }
        d += kernelX;
      }
      const gapY = loop.gapY;
      p0 += gapY;
      if (count > 1) {
        p1 += gapY;
        p2 += gapY;
      }
    }
    p0 += imageGap;
    if (count > 1) {
      p1 += imageGap;
      p2 += imageGap;
    }
  }
  addSome(k0, a0, width);
  if (count > 1) {
    addSome(k1, a1, width);
    addSome(k2, a2, width);
  }
  if (few) return;
  addSome(k0 + 16, b0, LANES);
  if (count > 1) {
    addSome(k1 + 16, b1, LANES);
    addSome(k2 + 16, b2, LANES);
  }
}

@inline
function addSome(y: usize, v: v128, width: usize): void {
  storeSome(y, v128.add<real>(loadSome(y, width), v), width);
}

export function threeTaps(k: usize, kStep: usize, d: usize, p0: usize, p1: usize, p2: usize, images: isize, imageGap: usize, loop: Loop): void {
  taps(3, false, k, k + kStep, k + 2 * kStep, 2 * LANES, d, p0, p1, p2, images, imageGap, loop);
}

export function oneTap(k: usize, d: usize, p: usize, images: isize, imageGap: usize, loop: Loop): void {
  taps(1, false, k, 0, 0, 2 * LANES, d, p, 0, 0, images, imageGap, loop);
}

export function oneTapOfFew(k: usize, width: usize, d: usize, p: usize, images: isize, imageGap: usize, loop: Loop): void {
  taps(1, true, k, 0, 0, width, d, p, 0, 0, images, imageGap, loop);
}
