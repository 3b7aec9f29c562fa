import { describe, expect, test } from "vitest";
import { DTypeError } from "../../src/util/errors.js";
import { type FileDType, fortranStrides, fromHost, inOrder, toHost } from "../../src/util/file-array.js";

const host = (values: number[]) => ({ data: Float64Array.from(values), shape: [values.length] });

describe("a file's types", () => {
  const whole: Record<string, number[]> = {
    int8: [-128, 127],
    int16: [-32768, 32767],
    int32: [-(2 ** 31), 2 ** 31 - 1],
    int64: [-(2 ** 53), 2 ** 53],
    uint8: [0, 255],
    uint16: [0, 65535],
    uint32: [0, 2 ** 32 - 1],
    uint64: [0, 2 ** 53],
  };
  test.each(Object.entries(whole))("%s: its ends go in and come back, one beyond them is refused", (name, ends) => {
    const dtype = name as FileDType;
    const array = fromHost("test", host(ends), dtype);
    expect([...toHost("test", array, "float64").data]).toEqual(ends);
    expect(() => fromHost("test", host([0, (ends[0] as number) * 2 ** 20 - 1]), dtype)).toThrow(DTypeError);
    expect(() => fromHost("w", host([0, 0.5]), dtype)).toThrow(
      `w: element 1 expected a whole number that ${dtype} holds, got 0.5 of float64`,
    );
    expect(() => fromHost("test", host([Number.NaN]), dtype)).toThrow(DTypeError);
  });

  test("as a tensor's types: the one that loses least, or the one asked for", () => {
    const kinds = {
      float16: "float32",
      bfloat16: "float32",
      int8: "int32",
      int64: "int32",
      uint8: "uint8",
      bool: "bool",
    };
    for (const [dtype, to] of Object.entries(kinds)) {
      const array = fromHost("test", host([0, 1]), dtype as FileDType);
      const back = toHost("test", array);
      expect([back.dtype, ...back.data], dtype).toEqual([to, 0, 1]);
      expect(toHost("test", array, "float64").data).toEqual(Float64Array.of(0, 1));
    }
    const long = fromHost("test", host([1, 2 ** 40]), "int64");
    expect(() => toHost("m.pt: tensor w", long)).toThrow(
      /^m\.pt: tensor w: element 1 expected a whole number that int32 holds, got 1099511627776 of int64/,
    );
    expect([...toHost("test", long, "float32").data]).toEqual([1, 2 ** 40]);
    expect([...toHost("test", fromHost("test", host([0, -2, Number.NaN])), "bool").data]).toEqual([0, 1, 1]);
  });

  test("booleans are 0 and 1, whatever byte the file has", () => {
    expect([...toHost("test", { dtype: "bool", shape: [3], bytes: Uint8Array.of(0, 1, 7) }).data]).toEqual([0, 1, 1]);
  });
});

describe("the order of elements", () => {
  const bytes = Uint8Array.from({ length: 24 }, (_, i) => i);
  test("Fortran's becomes C's", () => {
    const shape = [2, 3, 4];
    expect(fortranStrides(shape)).toEqual([1, 2, 6]);
    const layout = { shape, strides: fortranStrides(shape), offset: 0, littleEndian: true };
    expect([...inOrder(bytes, 1, layout)].slice(0, 6)).toEqual([0, 6, 12, 18, 2, 8]);
  });

  test("what is in order already is not copied; the other byte order is turned", () => {
    const layout = { shape: [2, 2], strides: [2, 1], offset: 1, littleEndian: true };
    expect(inOrder(bytes, 2, layout).buffer).toBe(bytes.buffer);
    expect([...inOrder(bytes, 2, layout)]).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...inOrder(bytes, 2, { ...layout, littleEndian: false })]).toEqual([3, 2, 5, 4, 7, 6, 9, 8]);
    expect([...inOrder(bytes, 1, { shape: [2, 2], strides: [0, 3], offset: 4, littleEndian: true })]).toEqual([
      4, 7, 4, 7,
    ]);
  });
});
