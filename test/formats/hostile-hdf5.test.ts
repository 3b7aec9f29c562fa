import { expect, test } from "vitest";
import { gates } from "../support/gates.js";
import { attempt, type Gate, leavesNothing, refusal } from "../support/hostile.js";

const keras = (await gates()).keras;
const gateOf = (name: string) => keras.find((each) => each.name === name) as Gate;
const victims = [gateOf("load, .h5"), gateOf("loadWeights, .weights.h5")];

const words = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Where structures of an HDF5 file begin: those with a signature, and what addresses in the file point at. */
function structuresIn(bytes: Uint8Array): number[] {
  const found = new Set<number>([0]);
  const text = Buffer.from(bytes).toString("latin1");
  for (const signature of ["TREE", "SNOD", "HEAP", "GCOL", "OHDR", "OCHK"]) {
    for (let at = text.indexOf(signature); at >= 0; at = text.indexOf(signature, at + 1)) found.add(at);
  }
  const view = words(bytes);
  // An object header of version 1: 1, 0, a number of messages, one reference.
  for (let at = 0; at + 16 <= bytes.length; at += 8) {
    if (view.getUint16(at, true) === 1 && view.getUint32(at + 4, true) === 1) found.add(at);
  }
  return [...found];
}

/** Places whose 8 bytes are the address of a structure. */
function pointersIn(bytes: Uint8Array, structures: readonly number[]): number[] {
  const wanted = new Set(structures.filter((at) => at > 0).map(BigInt));
  const view = words(bytes);
  const places = Array.from({ length: Math.floor((bytes.length - 8) / 8) }, (_, i) => 8 * i);
  return places.filter((at) => wanted.has(view.getBigUint64(at, true)));
}

test.each(victims)(
  "$name: every pointer to every structure, so that trees, headers and groups hold themselves",
  async (gate) => {
    await gate.open(gate.sample);
    const structures = structuresIn(gate.sample);
    const pointers = pointersIn(gate.sample, structures);
    expect(structures.length).toBeGreaterThan(5);
    expect(pointers.length).toBeGreaterThan(5);
    let refused = 0;
    await leavesNothing(async () => {
      for (const pointer of pointers) {
        for (const structure of structures) {
          const bytes = gate.sample.slice();
          words(bytes).setBigUint64(pointer, BigInt(structure), true);
          if (await attempt(gate, bytes, `byte ${pointer} points at ${structure}`)) refused++;
        }
      }
    });
    expect(refused).toBeGreaterThan(pointers.length);
  },
);

/** Files with one number of a structure changed. @param at from the structure's signature on */
function changed(sample: Uint8Array, signature: string, at: number, size: 1 | 2 | 8, value: bigint): Uint8Array[] {
  const text = Buffer.from(sample).toString("latin1");
  const out: Uint8Array[] = [];
  for (let begin = text.indexOf(signature); begin >= 0; begin = text.indexOf(signature, begin + 1)) {
    const bytes = sample.slice();
    if (size === 8) words(bytes).setBigUint64(begin + at, value, true);
    else if (size === 2) words(bytes).setUint16(begin + at, Number(value), true);
    else words(bytes).setUint8(begin + at, Number(value));
    out.push(bytes);
  }
  return out;
}

test.each([
  ["a tree of 65,535 entries", "TREE", 6, 2, 65535n],
  ["a tree 255 levels high", "TREE", 5, 1, 255n],
  ["65,535 symbols", "SNOD", 6, 2, 65535n],
  ["a heap of 2^53 bytes", "HEAP", 8, 8, 2n ** 53n],
  ["a heap of 2^64 − 1 bytes", "HEAP", 8, 8, 2n ** 64n - 1n],
  ["a heap that lies behind the file", "HEAP", 24, 8, 2n ** 40n],
  ["a heap that lies in the superblock", "HEAP", 24, 8, 0n],
] as const)("%s", async (how, signature, at, size, value) => {
  for (const gate of victims) {
    for (const bytes of changed(gate.sample, signature, at, size, value)) {
      expect((await refusal(gate, bytes, how)).message).toMatch(/byte \d+/);
    }
  }
});

test("a header that is continued in itself", async () => {
  for (const gate of victims) {
    const structures = structuresIn(gate.sample);
    const view = words(gate.sample);
    // A continuation: type 16 of 16 bytes, then where it goes on and how far.
    for (let at = 0; at + 24 <= gate.sample.length; at += 8) {
      if (view.getUint16(at, true) !== 16 || view.getUint16(at + 2, true) !== 16) continue;
      for (const structure of [at, at - 16, ...structures]) {
        const bytes = gate.sample.slice();
        words(bytes).setBigUint64(at + 8, BigInt(Math.max(0, structure)), true);
        words(bytes).setBigUint64(at + 16, BigInt(bytes.length - Math.max(0, structure)), true);
        await attempt(gate, bytes, `byte ${at} goes on at ${structure}`);
      }
    }
  }
});
