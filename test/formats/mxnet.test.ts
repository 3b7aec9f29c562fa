import { beforeEach, describe, expect, test } from "vitest";
import { decodeMxnet } from "../../src/formats/mxnet/params.js";
import { FormatError } from "../../src/util/errors.js";
import { toHost } from "../../src/util/file-array.js";
import { needsSharedModels, sharedModel } from "../support/format-fixtures.js";
import { mxnetFile, versions } from "../support/mxnet.js";

const decode = (bytes: Uint8Array) => decodeMxnet({ name: "m.params", bytes });

describe("files put together by hand", () => {
  test.each(Object.keys(versions) as (keyof typeof versions)[])("version %s", (version) => {
    const bytes = mxnetFile(version, { "arg:w": [2, 1], "aux:größe": [3] });
    const read = decode(bytes);
    expect([...read.keys()]).toEqual(["arg:w", "aux:größe"]);
    expect(read.get("arg:w")?.shape).toEqual([2, 1]);
    expect([...toHost("test", read.get("aux:größe") as never).data]).toEqual([0, 1, 2]);
  });

  test("a scalar has elements in version 3, and stands for none before", () => {
    expect(decode(mxnetFile("V3", { a: [] })).get("a")?.shape).toEqual([]);
    expect(decode(mxnetFile("V2", { a: [], b: [1] })).size).toBe(1);
  });

  const good = mxnetFile("V2", { a: [2] });
  const changed = (at: number, ...values: number[]) => {
    const bytes = good.slice();
    bytes.set(values, at);
    return bytes;
  };
  test.each([
    ["another kind of file", changed(0, 0x13), /byte 0: 0x112 expected, got 0x113/],
    ["a sparse array", changed(28, 1), /byte 28: a dense array expected, got storage type 1/],
    ["an unknown type", changed(52, 99), /byte 52: a type from 0 to 12 expected, got 99/],
    ["more elements than there are", changed(36, 255), /elements of 1020 bytes expected/],
    ["more arrays than there are", changed(16, 255, 255), /65535 arrays expected/],
    [
      "no array's version",
      changed(24, 0, 0, 0, 9),
      /byte 24: an array's version or number of axes expected, got 0x9000000/,
    ],
    ["a truncated file", good.slice(0, -1), /m\.params: byte 80: a name of 1 bytes expected, got 0/],
    ["more bytes", Uint8Array.from([...good, 0]), /byte 81: the end of the file expected, got 1 more/],
  ])("%s: an error that names file and byte", (_, bytes, message) => {
    expect(() => decode(bytes)).toThrow(FormatError);
    expect(() => decode(bytes)).toThrow(message);
  });
});

describe("a file that MXNet wrote", () => {
  beforeEach(needsSharedModels);

  test("the oldest version", () => {
    const arrays = decode(sharedModel("mxnet/legacy_ndarray.v0"));
    expect(arrays.size).toBe(6);
    const [first] = arrays.values();
    expect(first?.shape).toEqual([128]);
    expect([...toHost("test", first as never).data]).toEqual(Array.from({ length: 128 }, (_, i) => i));
  });
});
