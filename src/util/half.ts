// The floats of 16 bits, as bit patterns in whole numbers from 0 to 65535:
//
//   float16    1 bit of sign, 5 of exponent (bias 15), 10 of fraction (IEEE 754 binary16)
//   bfloat16   1 bit of sign, 8 of exponent (bias 127), 7 of fraction: the upper half of a float32

interface Layout {
  readonly fraction: number;
  readonly bias: number;
}

const float16: Layout = { fraction: 10, bias: 15 };
const bfloat16: Layout = { fraction: 7, bias: 127 };

/** The number that a float16's bits stand for. */
export function fromFloat16(bits: number): number {
  return decode(bits, float16);
}

/** The bits of the float16 next to a number, ties to even; every NaN becomes the same one. */
export function toFloat16(value: number): number {
  return encode(value, float16);
}

/** The number that a bfloat16's bits stand for. */
export function fromBfloat16(bits: number): number {
  return decode(bits, bfloat16);
}

/** The bits of the bfloat16 next to a number, ties to even; every NaN becomes the same one. */
export function toBfloat16(value: number): number {
  return encode(value, bfloat16);
}

function decode(bits: number, { fraction, bias }: Layout): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits & 0x7fff) >> fraction;
  const rest = bits & (2 ** fraction - 1);
  if (exponent === 2 * bias + 1) return rest ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * rest * 2 ** (1 - bias - fraction);
  return sign * (2 ** fraction + rest) * 2 ** (exponent - bias - fraction);
}

const scratch = new DataView(new ArrayBuffer(8));

/** One rounding, from the double: by way of float32 there would be two. */
function encode(value: number, { fraction, bias }: Layout): number {
  if (Number.isNaN(value)) return (4 * bias + 3) << (fraction - 1);
  scratch.setFloat64(0, value);
  const sign = scratch.getUint8(0) & 0x80 ? 0x8000 : 0;
  const infinity = (2 * bias + 1) << fraction;
  if (Math.abs(value) >= 2 ** (bias + 1)) return sign | infinity;
  const exponent = Math.max(((scratch.getUint16(0) & 0x7fff) >> 4) - 1023, 1 - bias);
  // Adding 2^52 rounds to whole numbers. A fraction that rounds up to its end carries into the exponent, the largest into infinity.
  const rounded = Math.abs(value) * 2 ** (fraction - exponent) + 2 ** 52 - 2 ** 52;
  return sign | (((exponent + bias - 1) << fraction) + rounded);
}
