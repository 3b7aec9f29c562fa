/** How many windows Caffe's pooling has along an axis: one more than whole ones where pixels are left, but none that begins behind the image. */
export function pooledSize(n: number, kernel: number, stride: number, pad: number, isFloor = false): number {
  const steps = (n + 2 * pad - kernel) / stride;
  const count = (isFloor ? Math.floor(steps) : Math.ceil(steps)) + 1;
  return pad > 0 && (count - 1) * stride >= n + pad ? count - 1 : count;
}
