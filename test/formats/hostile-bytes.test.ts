import { expect, test } from "vitest";
import { formats } from "../../src/formats/registry.js";
import { gates } from "../support/gates.js";
import { attempt, type Gate, leavesNothing, refusal } from "../support/hostile.js";

const all = await gates();

/** Attacks through every gate of a format. */
const attack = (name: string, how: (gate: Gate) => Promise<void>) =>
  test.each(formats)(`%s: ${name}`, { timeout: 120_000 }, async (format) => {
    for (const gate of all[format]) {
      if (format !== "savedModel") await gate.open(gate.sample);
      await leavesNothing(() => how(gate));
    }
  });

/** Each byte of a small file; of a larger one those around its ends, and every so many between. */
function* places({ length }: Uint8Array, count: number): Generator<number> {
  const step = Math.max(1, Math.floor(length / count));
  for (let at = 0; at < length; at += at < count / 4 || at > length - count / 4 ? 1 : step) yield at;
}

attack("cut off at each byte", async (gate) => {
  for (const end of places(gate.sample, 160)) {
    const error = await attempt(gate, gate.sample.slice(0, end), `up to byte ${end}`);
    // What ends between two fields, or in front of a blank, is a whole file too.
    if (error) expect(error.message, `${gate.name}, up to byte ${end}`).toMatch(PLACE);
  }
});

/** Where in a file something is wrong, in its own terms. */
const PLACE = /byte \d|line \d|entry "|tensor|weight|layer|input|output|node|SavedModel|parameters|file with|expected/;

attack("each byte wrong", async (gate) => {
  for (const at of places(gate.sample, 160)) {
    const was = gate.sample[at] as number;
    for (const value of [was === 0 ? 255 : 0, was ^ 1]) {
      const bytes = gate.sample.slice();
      bytes[at] = value;
      await attempt(gate, bytes, `byte ${at} is ${value}`);
    }
  }
});

/** Numbers that lengths go wrong at, as a field of 4 or 8 bytes or of a few of protobuf's. */
const lengths: readonly (readonly number[])[] = [
  ...[2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n].flatMap((n) => [fixed(n, 4, true), fixed(n, 4, false)]),
  ...[2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n].flatMap((n) => [fixed(n, 8, true), fixed(n, 8, false)]),
  varint(2n ** 31n - 1n),
  varint(2n ** 53n),
  varint(2n ** 64n - 1n),
];

function fixed(value: bigint, size: number, isLittle: boolean): number[] {
  const bytes = Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
  return isLittle ? bytes : bytes.reverse();
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0n || bytes.length === 0; rest >>= 7n) {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
  }
  return bytes;
}

/** In texts numbers are written out: `hostile-texts.test.ts` has those. */
attack("lengths of 2^31, 2^53, 2^63 and below 0 everywhere", async (gate) => {
  for (const at of places(gate.sample, 40)) {
    for (const length of lengths) {
      const bytes = gate.sample.slice();
      bytes.set(length.slice(0, bytes.length - at), at);
      await attempt(gate, bytes, `byte ${at} is ${length}`);
    }
  }
});

attack("empty, of zeros, of another format", async (gate) => {
  const others = formats.filter((format) => !all[format].includes(gate)).map((format) => all[format][0]?.sample);
  for (const bytes of [new Uint8Array(0), new Uint8Array(1), new Uint8Array(10_000), ...(others as Uint8Array[])]) {
    await (gate.name.startsWith("inspect") ? attempt : refusal)(gate, bytes, `${bytes.length} bytes`);
  }
});
