// Functions of one number in plain arithmetic, the same bits on every engine, where `Math.exp`, `Math.cos` and `Math.pow` are not.
// Relative error ≤ 1e-15 throughout.

const LN2_HIGH = 0.6931471803691238; // its last 21 bits are 0: times a whole number it is exact
const LN2_LOW = 1.9082149292705877e-10;

/** base^exponent for a whole exponent, by repeated squaring. */
export function integerPower(base: number, exponent: number): number {
  if (exponent < 0) return 1 / integerPower(base, -exponent);
  let result = 1;
  // With the sign V8 knows a number and keeps it in a register: without, each square is an object.
  let square = +base;
  for (let n = exponent; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result *= square;
    if (n > 1) square *= square;
  }
  return result;
}

/** 1 − base^exponent for 0 ≤ base < 1 and a whole exponent ≥ 0. */
export function oneMinusPower(base: number, exponent: number): number {
  // base^exponent ≤ e^(−exponent · (1 − base)), and 1 less e^−40 is 1: so it is soon after the first steps of training.
  return exponent * (1 - base) > 40 ? 1 : 1 - integerPower(base, exponent);
}

/** eˣ: 2ⁿ · eʳ with |r| ≤ ½ ln 2, eʳ by its Taylor polynomial. */
export function exp(x: number): number {
  if (!(x < 710)) return Number.isNaN(x) ? x : Number.POSITIVE_INFINITY;
  if (x < -746) return 0;
  const n = Math.round(x / (LN2_HIGH + LN2_LOW));
  const high = x - n * LN2_HIGH;
  const low = n * LN2_LOW;
  const r = high - low;
  let sum = 1;
  for (let k = 16; k > 1; k--) sum = 1 + (r / k) * sum;
  const value = 1 + r * sum;
  // In two halves: 2ⁿ alone may be out of range.
  const half = Math.floor(n / 2);
  return value * integerPower(2, half) * integerPower(2, n - half);
}

/** ln x: x = 2ⁿ · m with √½ ≤ m < √2, ln m = 2 (s + s³/3 + s⁵/5 + …) with s = (m − 1) / (m + 1). */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let m = x;
  let n = 0;
  for (; m >= Math.SQRT2; n++) m /= 2;
  for (; m < Math.SQRT1_2; n--) m *= 2;
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let tail = 0;
  for (let k = 25; k >= 3; k -= 2) tail = z * (1 / k + tail);
  return n * LN2_HIGH + (n * LN2_LOW + 2 * s * tail + 2 * s);
}

/** xʸ for x > 0. */
export function power(x: number, y: number): number {
  const whole = Math.floor(y);
  return integerPower(x, whole) * exp((y - whole) * log(x));
}

/** cos(πx). The reduction is exact, so the zeros at ½, 1½, … are. */
export function cosPi(x: number): number {
  const turn = Math.abs(x) % 2;
  const half = turn > 1 ? 2 - turn : turn;
  if (half > 0.5) return -cosPi(1 - half);
  return half <= 0.25 ? cosTaylor(Math.PI * half) : sinTaylor(Math.PI * (0.5 - half));
}

function cosTaylor(x: number): number {
  const z = x * x;
  let sum = 1;
  for (let k = 20; k > 0; k -= 2) sum = 1 - (z / (k * (k - 1))) * sum;
  return sum;
}

function sinTaylor(x: number): number {
  const z = x * x;
  let sum = 1;
  for (let k = 21; k > 1; k -= 2) sum = 1 - (z / (k * (k - 1))) * sum;
  return x * sum;
}
