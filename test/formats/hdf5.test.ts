import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import type { Hdf5Value } from "../../src/formats/hdf5/data.js";
import { decodeHdf5, type Hdf5Dataset, type Hdf5Group, hdf5At } from "../../src/formats/hdf5/decode.js";
import { encodeHdf5, type Hdf5Input } from "../../src/formats/hdf5/encode.js";
import { FormatError } from "../../src/util/errors.js";
import { fromHost } from "../../src/util/file-array.js";
import {
  formatFixtures,
  needsSharedModels,
  pythonWith,
  sharedModel,
  sharedModels,
  unpacked,
} from "../support/format-fixtures.js";
import { plain } from "../support/plain.js";

/** By h5py: test/fixtures/formats/hdf5.py. */
const fixtures = formatFixtures<unknown>("hdf5");
const decode = (bytes: Uint8Array) => decodeHdf5("test", { name: "m.h5", bytes });
const script = new URL("../fixtures/formats/hdf5.py", import.meta.url).pathname;

/** All that is in a file, elements too. */
function tree(object: Hdf5Group | Hdf5Dataset): unknown {
  const attributes = plain(object.attributes);
  if (object.kind === "dataset")
    return { kind: "dataset", attributes, shape: [...object.shape], value: plain(object.read()) };
  return {
    kind: "group",
    attributes,
    members: Object.fromEntries([...object.members].map(([name, each]) => [name, tree(each)])),
  };
}

describe("reads what h5py writes", () => {
  for (const [name, written] of Object.entries(fixtures)) {
    if (name.startsWith("refused")) continue;
    test(name, async () => {
      const content = written.content as { members: Record<string, unknown>; attributes: Record<string, unknown> };
      // What a soft link points to is not followed, and an attribute without elements is an empty one here.
      delete content.members.link;
      const read = tree(await decode(unpacked(written))) as typeof content;
      delete read.attributes.none;
      expect(read).toEqual(content);
    });
  }

  test("by path; what two links lead to is one object", async () => {
    const root = await decode(unpacked(fixtures.texts as (typeof fixtures)[string]));
    expect(hdf5At(root, "deep/er/w")?.kind).toBe("dataset");
    expect(hdf5At(root, "/deep//er")).toBe(hdf5At(root, "again/er"));
    expect(hdf5At(root, "")).toBe(root);
    expect([hdf5At(root, "deep/nothing"), hdf5At(root, "d/x")]).toEqual([undefined, undefined]);
  });
});

describe("writes what h5py reads", () => {
  const array = (data: Float32Array | Int32Array, shape: number[]) => ({ value: fromHost("test", { data, shape }) });
  const text = (shape: number[], ...texts: string[]) => ({ dtype: "string" as const, shape, texts });
  const long = fromHost("test", { data: Float64Array.of(1, -(2 ** 40)), shape: [2] }, "int64");
  const input: Hdf5Input = {
    attributes: new Map<string, Hdf5Value>([
      ["model_config", text([], "größe ".repeat(20000))],
      ["layer_names", text([3], "dense", "b", "größe")],
      ["numbers", long],
    ]),
    members: new Map<string, Hdf5Input>([
      ["w", { ...array(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]), attributes: new Map([["unit", text([], "m")]]) }],
      ["empty", array(new Float32Array(0), [0, 3])],
      ["scalar", array(Int32Array.of(7), [])],
      ["g", { members: new Map(Array.from({ length: 40 }, (_, i) => [`d${i}`, { value: long }])) }],
    ]),
  };
  const expected = (each: Hdf5Input): unknown => {
    const attributes = plain(each.attributes ?? new Map());
    if (each.value) return { kind: "dataset", attributes, shape: [...each.value.shape], value: plain(each.value) };
    return {
      kind: "group",
      attributes,
      members: plain(new Map(Array.from(each.members ?? [], ([k, v]) => [k, expected(v)]))),
    };
  };

  test("and decodeHdf5", async () => {
    expect(tree(await decode(await encodeHdf5("test", input)))).toEqual(expected(input));
  });

  test("judged by h5py", async (context) => {
    const python = pythonWith(context, "h5py");
    const read = execFileSync(python, [script, "check"], { input: await encodeHdf5("test", input), encoding: "utf8" });
    expect(JSON.parse(read)).toEqual(expected(input));
  });

  test("refuses what it cannot store", async () => {
    const half: Hdf5Value = { dtype: "float16", shape: [0], bytes: new Uint8Array(0) };
    await expect(encodeHdf5("save", { members: new Map([["h", { value: half }]]) })).rejects.toThrow(
      /^save: HDF5 array \/h expected of float32, .* got float16/,
    );
    const names = text([3000], ...Array.from({ length: 3000 }, (_, i) => `a long name of a layer ${i}`));
    await expect(encodeHdf5("save", { attributes: new Map([["names", names]]) })).rejects.toThrow(
      /@names expected at most 64512 bytes, got 84000/,
    );
    await expect(encodeHdf5("save", { members: new Map([["a/b", {}]]) })).rejects.toThrow(
      /without \/ and not empty, got "a\/b"/,
    );
  });
});

describe("refuses", () => {
  test.each([
    [
      "many links, latest",
      /a group whose links lie in its header expected, got more of them in a heap \(write the file with h5py's default libver/,
    ],
    ["chunks, latest", /chunks of version 3 expected, got class 2 of version 4/],
    ["lzf", /the filters gzip, shuffle and fletcher32 expected, got number 32000/],
    ["compound", /numbers or texts expected, got compounds/],
  ])("%s", async (name, message) => {
    const read = async () => tree(await decode(unpacked(fixtures[`refused: ${name}`] as (typeof fixtures)[string])));
    await expect(read()).rejects.toThrow(FormatError);
    await expect(read()).rejects.toThrow(message);
  });

  test("other files, and files that end early", async () => {
    await expect(decode(new Uint8Array(0))).rejects.toThrow(/m\.h5: byte 0: the signature of HDF5 expected, got none/);
    await expect(decode(new Uint8Array(5000))).rejects.toThrow(FormatError);
    const whole = unpacked(fixtures.types as (typeof fixtures)[string]);
    for (const end of [8, 9, 50, 95, 100, 500, 1000]) {
      await expect(decode(whole.slice(0, end)), `${end}`).rejects.toThrow(FormatError);
    }
  });
});

describe("Keras's files beside the repository", () => {
  beforeEach(needsSharedModels);

  const files = () =>
    readdirSync(`${sharedModels}/keras`, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".h5"));

  test("every one opens, every dataset is read", async () => {
    for (const name of files()) {
      const root = await decode(sharedModel(`keras/${name}`));
      expect(JSON.stringify(tree(root)).length, name).toBeGreaterThan(500);
    }
    const root = await decode(sharedModel("keras/weights/dense_tensorflow_2.h5"));
    const kernel = hdf5At(root, "model_weights/dense_1/dense_1/kernel:0");
    expect(kernel?.kind === "dataset" && plain(kernel.read())).toMatchObject({ dtype: "float32", shape: [4, 6] });
    expect(root.attributes.get("backend")).toEqual({ dtype: "string", shape: [], texts: ["tensorflow"] });
  });

  test("judged by h5py", async (context) => {
    const python = pythonWith(context, "h5py");
    for (const name of files()) {
      const bytes = sharedModel(`keras/${name}`);
      const read = execFileSync(python, [script, "check"], { input: bytes, encoding: "utf8", maxBuffer: 2 ** 28 });
      expect(tree(await decode(bytes)), name).toEqual(JSON.parse(read));
    }
  });
});
