import { type Cut, ruleOf } from "./cuts.js";
import type { Memory } from "./memory.js";

// The layout of assembly/threads.ts.
export const JOB_BYTES = 256;
const PER = 36;
const OUTPUT = 40;
const TAIL = 72;
const ARGUMENTS = 80;
const MOST_CHUNKS = 64;

/** Bytes that a worker copies before it begins a block, at most: what its slot has room for, and what stays in the first cache. */
export const SAVED_BYTES = 512 * 1024;
const CACHED = 16 * 1024;

/** Bytes of scratch that a thread has of its own: the most that a product takes, in f64. */
export const SCRATCH_BYTES = 1100 * 1024;

/** What sharing must be worth, in nanoseconds of one thread's work. */
export const grain = {
  /** Less work than this one thread does sooner by itself; measured, see bench/README.md. */
  call: 20_000,
  /** A chunk takes at least so long: ten times what it costs to claim one. */
  chunk: 2_500,
};

/** How a call is shared: chunks of `step`, of which a claim takes `least` to `most`; a worker goes in blocks where it has to save. */
interface Shares {
  cut: Cut;
  step: number;
  chunks: number;
  least: number;
  most: number;
  block: number;
}

/** What a call comes to on several threads; undefined where one is better. It follows from the call alone, never from the threads. */
function shares(memory: Memory, name: string, args: readonly number[], bytesEach: number): Shares | undefined {
  const cut = ruleOf(name)?.(args, memory);
  if (!cut) return undefined;
  const begin = args[args.length - 2] as number;
  const size = (args[args.length - 1] as number) - begin;
  const { unit, cost, adds, least = 1, per = 1, scratch = 0 } = cut;
  if (!(cost * size > grain.call) || scratch * bytesEach > SCRATCH_BYTES) return undefined;
  const step = unit * Math.ceil(Math.max(size / MOST_CHUNKS, grain.chunk / cost) / unit);
  const chunks = Math.ceil(size / step);
  if (chunks < 2) return undefined;
  const saved = adds.reduce((sum, [, width]) => sum + (width * bytesEach) / per, 0);
  // What a worker can save at a time: all that it takes where calls are dear, else what stays in the first cache.
  const room = saved === 0 ? size : per * Math.floor((least > 1 ? SAVED_BYTES : CACHED) / (saved * per));
  const most = saved > 0 && least > 1 ? Math.max(1, Math.floor(room / step)) : chunks;
  const block = least > 1 ? Math.min(room, most * step) : Math.max(per, room);
  if (block < 1 || block * saved > SAVED_BYTES) return undefined;
  return { cut, step, chunks, least: Math.min(most, Math.ceil(least / step)), most, block };
}

/** Writes the job of a call at `at`, if threads pay; false: they do not, and nothing is written. */
export function writeJob(
  memory: Memory,
  at: number,
  number: number,
  name: string,
  args: readonly number[],
  bytesEach: number,
): boolean {
  const found = shares(memory, name, args, bytesEach);
  if (!found) return false;
  const { cut, step, chunks, least, most, block } = found;
  const count = args.length - 2;
  const { u32, f64 } = memory;
  const word = at >>> 2;
  u32[word] = number;
  u32[word + 1] = args[count] as number;
  u32[word + 2] = args[count + 1] as number;
  u32[word + 3] = step;
  u32[word + 4] = chunks;
  u32[word + 5] = least;
  u32[word + 6] = most;
  u32[word + 7] = block;
  u32[word + 8] = cut.adds.length;
  u32[(at + PER) >>> 2] = cut.per ?? 1;
  u32[(at + TAIL) >>> 2] = (cut.tail ?? 0) * bytesEach;
  cut.adds.forEach(([argument, width], i) => {
    const output = (at + OUTPUT + 8 * i) >>> 2;
    u32[output] = args[argument] as number;
    u32[output + 1] = width * bytesEach;
  });
  for (let i = 0; i < count; i++) f64[((at + ARGUMENTS) >>> 3) + i] = args[i] as number;
  return true;
}
