// What a convolution is told: whole numbers that src/ops/conv/geometry.ts writes once, in this order. Letters of conv.ts are in brackets.

@unmanaged
export class Geometry {
  batch: isize;
  /** Of the input [h, w, c]. */
  height: isize;
  width: isize;
  channels: isize;
  /** Output channels [f]. */
  filters: isize;
  kernelHeight: isize;
  kernelWidth: isize;
  outHeight: isize;
  outWidth: isize;
  strideY: isize;
  strideX: isize;
  /** Zeros above and left of the input. Those below and right follow from the sizes. */
  padTop: isize;
  padLeft: isize;
  dilationY: isize;
  dilationX: isize;
  groups: isize;
  // Rows of an image, or whole images, that a pass takes at a time: what it copies then fits the second-level cache.
  forwardRows: isize;
  forwardImages: isize;
  inputRows: isize;
  inputImages: isize;
  kernelRows: isize;
  kernelImages: isize;
  /**
   * The kernel's gradient is a sum of parts, so many rows [image · oh + oy] of the output in each, the last one less; and of a part, so many
   * rows of the kernel are made on their own. Both follow from the sizes, never from threads.
   */
  partRows: isize;
  stripeRows: isize;
  // Elements of scratch that each pass takes: what tells whether a thread has them.
  forwardScratch: isize;
  inputScratch: isize;
  kernelScratch: isize;
}

/** One axis of the input's gradient: the taps that reach the inputs first, first + stride, …; they walk the output in ascending order. */
@unmanaged
export class Taps {
  count: isize;
  /** The kernel's index at the last of them, and the step back to the one before. */
  first: isize;
  step: isize;
  /** The output that the first of them meets for the first input, and how far apart they meet it. */
  start: isize;
  dilation: isize;
}

/** The taps k with output · stride = input + pad − k · dilation. */
export function findTaps(taps: Taps, input: isize, pad: isize, stride: isize, dilation: isize, size: isize): void {
  let k: isize = 0;
  while (k < size && (input + pad - k * dilation) % stride != 0) k++;
  if (k >= size) {
    taps.count = 0;
    taps.first = 0;
    taps.step = 0;
    taps.start = 0;
    taps.dilation = 1;
    return;
  }
  let step: isize = 1;
  while ((step * dilation) % stride != 0) step++;
  const apart = (step * dilation) / stride;
  const count = (size - 1 - k) / step + 1;
  taps.count = count;
  taps.first = k;
  taps.step = step;
  taps.start = (input + pad - k * dilation) / stride - (count - 1) * apart;
  taps.dilation = apart;
}

/** ⌊a / b⌋ for b > 0. */
@inline
export function floorDivide(a: isize, b: isize): isize {
  return a >= 0 ? a / b : -((b - 1 - a) / b);
}
