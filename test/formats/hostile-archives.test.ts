import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { inspect, load } from "../../src/formats/index.js";
import type { NodeProto, TensorProto } from "../../src/formats/onnx/schema.js";
import { openZip } from "../../src/formats/zip.js";
import { crc32 } from "../../src/util/crc32.js";
import { FormatError } from "../../src/util/errors.js";
import { archiveOf, type Entry } from "../support/archive.js";
import { gates, text } from "../support/gates.js";
import { type Gate, leavesNothing, refusal } from "../support/hostile.js";
import { node, onnxFile } from "../support/onnx-file.js";

const all = await gates();
/** Those that take an archive. */
const archives: Gate[] = Object.values(all)
  .flat()
  .filter(({ sample, name }) => sample[0] === 0x50 && sample[1] === 0x4b && !name.startsWith("inspect"));

const MEGA = 2 ** 20;
const zeros = (size: number) => new Uint8Array(size);
/** Four megabytes, packed once. */
const zeroes = {
  data: zeros(4 * MEGA),
  deflated: true,
  raw: deflateRawSync(zeros(4 * MEGA)),
  crc: crc32(zeros(4 * MEGA)),
};

/** What an archive's own entries become, or what lies beside them. */
const lies: Record<string, (entries: readonly Entry[]) => Uint8Array> = {
  "640 MB of zeros in a few kilobytes": (entries) =>
    archiveOf([...entries, ...Array.from({ length: 160 }, (_, i) => ({ ...zeroes, name: `x${i}` }))]),
  "4 GB declared": (entries) => archiveOf(entries.map((each) => ({ ...each, deflated: true, size: 2 ** 32 - 2 }))),
  "2^53 bytes by zip64": (entries) =>
    archiveOf(entries.map((each) => ({ ...each, deflated: true, wide: [2n ** 53n, 10n, 0n] }))),
  "2^64 − 1 bytes by zip64": (entries) =>
    archiveOf(entries.map((each) => ({ ...each, wide: [2n ** 64n - 1n, 2n ** 64n - 1n, 0n] }))),
  "a place of 2^63 by zip64": (entries) => archiveOf(entries.map((each) => ({ ...each, wide: [4n, 4n, 2n ** 63n] }))),
  "less declared than is there": (entries) =>
    archiveOf(entries.map((each) => ({ ...each, data: zeros(MEGA), deflated: true, size: 100 }))),
  "entries that share their data": (entries) =>
    archiveOf([...entries, ...Array.from({ length: 100 }, (_, i) => ({ ...zeroes, name: `x${i}`, at: 0 }))]),
  "an entry that covers the ones behind": (entries) => {
    const whole = archiveOf(entries);
    return archiveOf(
      entries.map((each, i) => (i === 0 ? { ...each, packed: whole.length, size: whole.length } : each)),
    );
  },
  "a name twice": (entries) => archiveOf([...entries, ...entries]),
  "65,535 entries in a directory of a few bytes": (entries) => archiveOf(entries, { count: 65534 }),
  "a directory in front of the file": (entries) => archiveOf(entries, { at: 0 }),
  "a directory behind the file": (entries) => archiveOf(entries, { at: 2 ** 32 - 2 }),
  "a directory of the whole file": (entries) => archiveOf(entries, { size: 2 ** 32 - 2 }),
  "a password": (entries) => archiveOf(entries.map((each) => ({ ...each, flags: 1 }))),
  "another checksum": (entries) => archiveOf(entries.map((each) => ({ ...each, crc: 1 }))),
  ...Object.fromEntries(
    ["../up", "a/../../up", "/root", "\\root", "C:\\up", "C:up", "a\0b", "..\\up", "", "%2e%2e/up"].map(
      (name): [string, (entries: readonly Entry[]) => Uint8Array] => [
        `the name ${JSON.stringify(name)}`,
        (entries) => archiveOf([...entries, { name, data: zeros(1) }]),
      ],
    ),
  ),
};

test.each(archives)("$name: archives that lie are refused", { timeout: 120_000 }, async (gate) => {
  const zip = await openZip("test", { name: "sample", bytes: gate.sample });
  const entries = zip.names.map((name) => ({ name, data: zip.read(name).bytes }));
  await gate.open(archiveOf(entries));
  for (const [how, lie] of Object.entries(lies)) {
    await leavesNothing(async () => {
      const error = await refusal(gate, lie(entries), how);
      expect(error.message, `${gate.name}, ${how}`).toMatch(/byte \d+|entry "/);
    });
  }
});

/** A folder with a model's, and beside it what no file may be led to. */
const root = mkdtempSync(join(tmpdir(), "wasmgrad-hostile-"));
const folder = join(root, "model");
mkdirSync(folder);
writeFileSync(join(root, "secret"), new Uint8Array(64));
afterAll(() => rmSync(root, { recursive: true }));

const outside = [
  "../secret",
  "./../secret",
  "a/../../secret",
  "..\\secret",
  join(root, "secret"),
  pathToFileURL(join(root, "secret")).href,
  "%2e%2e/secret",
  ".%2E/secret",
  "%2e%2e%2fsecret",
  "http://localhost:1/secret",
  "data:,secret",
  "C:\\secret",
  "//host/secret",
  "a\0b",
];

/** Models whose weights lie elsewhere, by the file's name. */
const leading: Record<string, (location: string) => Promise<Uint8Array>> = {
  "m.onnx": (value) =>
    onnxFile({
      node: [node("Add", ["x", "w"], ["y"]) as NodeProto],
      initializer: [
        {
          name: "w",
          dims: [4],
          dataType: 1,
          dataLocation: 1,
          externalData: [{ key: "location", value }],
        } as unknown as TensorProto,
      ],
    }),
  "model.json": async (path) => {
    const gate = all.tfjs[0] as Gate;
    const json = JSON.parse(new TextDecoder().decode(gate.sample));
    json.weightsManifest[0].paths = [path];
    return text(json);
  },
};

test.each(Object.keys(leading))("%s leads to no file outside of its folder", async (name) => {
  const file = join(folder, name);
  for (const location of outside) {
    writeFileSync(file, await (leading[name] as (location: string) => Promise<Uint8Array>)(location));
    for (const source of [file, pathToFileURL(file)]) {
      for (const open of [load, inspect]) {
        const found = open(source);
        await expect(found, location).rejects.toThrow(FormatError);
        await expect(found, location).rejects.toThrow(/own folder/);
      }
    }
  }
  expect(readdirSync(root).sort()).toEqual(["model", "secret"]);
});

test("a shard many times over is refused", async () => {
  const gate = all.tfjs[0] as Gate;
  const json = JSON.parse(new TextDecoder().decode(gate.sample));
  json.weightsManifest[0].paths = Array(100_000).fill("group1-shard1of1.bin");
  expect((await refusal(gate, text(json), "many shards")).message).toMatch(/each shard once/);
});
