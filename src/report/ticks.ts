/** A place on an axis, with what is written there. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

/**
 * Round steps of 1, 2 or 5 times a power of ten: the smallest that cuts `span` into at most `count` pieces.
 *
 * @param isWhole no step below 1: there is no half epoch
 */
export function niceStep(
  span: number,
  count: number,
  isWhole = false,
): { readonly factor: number; readonly power: number } {
  let power = Math.floor(Math.log10(span / count));
  if (isWhole) power = Math.max(power, 0);
  for (; ; power++) {
    for (const factor of [1, 2, 5]) if (span / (factor * tenTo(power)) <= count * (1 + 1e-9)) return { factor, power };
  }
}

/** Round values from `min` to `max`, at most `count` steps. */
export function linearTicks(min: number, max: number, count: number, isWhole = false): Tick[] {
  const { factor, power } = niceStep(max - min, count, isWhole);
  const step = factor * tenTo(power);
  const first = Math.ceil(min / step - 1e-6);
  const last = Math.floor(max / step + 1e-6);
  // Multiples by whole numbers, divided once: 3 · 0.1 would be 0.30000000000000004.
  const values = Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => {
    const units = (first + i) * factor;
    return (power < 0 ? units / tenTo(-power) : units * tenTo(power)) + 0;
  });
  const label = labels(values, step, power);
  return values.map((at) => ({ at, label: label(at) }));
}

/** Ticks between two decimal logarithms, at logarithms: powers of ten; with 2 and 5 between them where few; plain round values within one. */
export function logTicks(min: number, max: number, count: number): Tick[] {
  const decades = max - min;
  if (decades >= 2.5) {
    const stride = Math.ceil(decades / count);
    const first = Math.ceil((min - 1e-9) / stride) * stride;
    return range(first, max, stride).map((at) => ({ at, label: numberText(tenTo(at)) }));
  }
  const factors = decades >= 0.7 ? [1, 2, 5] : [];
  const ticks = range(Math.floor(min), max, 1)
    .flatMap((power) => factors.map((factor) => factor * tenTo(power)))
    .map((value) => ({ at: Math.log10(value), label: numberText(value) }))
    .filter(({ at }) => at >= min - 1e-9 && at <= max + 1e-9);
  if (ticks.length >= 2 && ticks.length <= count + 1) return ticks;
  const powers = ticks.filter(({ label }) => /^(0\.0*)?1[0,]*(e|$)/.test(label));
  if (powers.length >= 2) return powers;
  return linearTicks(10 ** min, 10 ** max, Math.min(count, 5)).flatMap(({ at, label }) =>
    at > 0 ? [{ at: Math.log10(at), label }] : [],
  );
}

/** One number by itself, to four significant digits. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return exponential(Number(value.toPrecision(4)).toExponential());
  return grouped(String(Number(value.toPrecision(size >= 1e4 ? 6 : 4))));
}

/** How the values of one axis are written: all with the same decimals, as few as tell them apart. */
function labels(values: readonly number[], step: number, power: number): (value: number) => string {
  const largest = Math.max(...values.map(Math.abs), step);
  const decimals = Math.max(0, -power);
  if (largest >= 1e6 || decimals > 9 || (largest < 1e-3 && decimals > 4)) {
    const digits = Math.min(Math.max(Math.floor(Math.log10(largest) + 1e-9) - power, 0), 15);
    return (value) => (value === 0 ? "0" : exponential(value.toExponential(digits).replace(/(\.\d*?)0+e/, "$1e")));
  }
  return (value) => grouped(value.toFixed(decimals));
}

/** `-1.5e+6` → `−1.5e6`. */
function exponential(text: string): string {
  return text.replace(/\.e/, "e").replace("e+", "e").replace(/^-/, "−");
}

/** `-12000.5` → `−12,000.5`. */
function grouped(text: string): string {
  const [whole = "", fraction] = text.split(".");
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return (fraction === undefined ? digits : `${digits}.${fraction}`).replace("-", "−");
}

/** Exact where `10 ** n` may be off by a bit. */
function tenTo(power: number): number {
  return Number(`1e${power}`);
}

function range(from: number, to: number, stride: number): number[] {
  return Array.from({ length: Math.max(Math.floor((to - from) / stride + 1e-9) + 1, 0) }, (_, i) => from + i * stride);
}
