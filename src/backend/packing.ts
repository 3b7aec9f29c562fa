import { ALIGN } from "./blocks.js";

/** Bytes that are needed from the call `first` to the call `last` of a program, both included; none where `last` is before `first`. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** The offset of each, and where they end together. */
export interface Packing {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

type Order = (a: Lifetime, b: Lifetime) => number;

/** Neither is best for every program, and both are quick. */
const orders: readonly Order[] = [
  (a, b) => b.bytes - a.bytes || a.first - b.first,
  (a, b) => b.bytes * (b.last - b.first + 1) - a.bytes * (a.last - a.first + 1),
];

/**
 * Places so that what is needed at one time shares no byte: largest first, each as low as it fits between those placed before it (Pisarchyk and
 * Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, "greedy by size").
 *
 * ```
 * byte ↑  | b b b b |     | d d d d |
 *         | a a a a a a a | c c c |
 *         first call ─────────────────► last call
 * ```
 */
export function pack(lifetimes: readonly Lifetime[]): Packing {
  const least = mostAtOnce(lifetimes);
  let best: Packing | undefined;
  for (const order of orders) {
    const found = packIn(order, lifetimes);
    if (!best || found.bytes < best.bytes) best = found;
    if (best.bytes === least) break;
  }
  return best as Packing;
}

/** The bytes that are needed at one time: no packing has fewer. */
export function mostAtOnce(lifetimes: readonly Lifetime[]): number {
  const changes = lifetimes.flatMap(({ bytes, first, last }) =>
    last < first
      ? []
      : [
          { call: first, bytes: aligned(bytes) },
          { call: last + 1, bytes: -aligned(bytes) },
        ],
  );
  changes.sort((a, b) => a.call - b.call || a.bytes - b.bytes);
  let [most, now] = [0, 0];
  for (const { bytes } of changes) {
    now += bytes;
    most = Math.max(most, now);
  }
  return most;
}

function packIn(order: Order, lifetimes: readonly Lifetime[]): Packing {
  const offsets = lifetimes.map(() => 0);
  const of = (i: number) => lifetimes[i] as Lifetime;
  const used = lifetimes.flatMap(({ first, last }, i) => (last < first ? [] : [i]));
  used.sort((a, b) => order(of(a), of(b)) || a - b);
  /** Those that have a place, by offset. */
  const placed: number[] = [];
  let end = 0;
  for (const i of used) {
    const { bytes, first, last } = of(i);
    const size = aligned(bytes);
    let offset = 0;
    for (const j of placed) {
      const other = of(j);
      if (other.last < first || last < other.first) continue;
      const from = offsets[j] as number;
      if (from >= offset + size) break;
      offset = Math.max(offset, from + aligned(other.bytes));
    }
    offsets[i] = offset;
    const next = placed.findIndex((j) => (offsets[j] as number) > offset);
    placed.splice(next < 0 ? placed.length : next, 0, i);
    end = Math.max(end, offset + size);
  }
  return { offsets, bytes: end };
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN || ALIGN;
}
