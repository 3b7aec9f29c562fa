import { expect, test } from "vitest";
import { toHostLater } from "../../src/util/file-array.js";
import { later, shapedAs } from "../../src/util/host-array.js";

test("numbers of a large array are made when they are asked for, and not kept", () => {
  let made = 0;
  const make = () => {
    made++;
    return new Float32Array(4096).fill(2);
  };
  const array = later({ dtype: "float32" }, [64, 64], make);
  const wide = shapedAs(array, [4096]);
  expect([array.shape, wide.shape, wide.dtype, made]).toEqual([[64, 64], [4096], "float32", 0]);
  expect(wide.data[4095]).toBe(2);
  expect(array.data).not.toBe(array.data);
  expect(made).toBe(3);
});

test("those of a small one at once", () => {
  const data = Float32Array.of(1, 2);
  const array = later({}, [2], () => data);
  expect([array.data, "dtype" in array]).toEqual([data, false]);
});

test("elements of a file follow it in a float type", () => {
  const halves = { dtype: "float16", shape: [2], bytes: Uint8Array.of(0, 0x3c, 0, 0x40) } as const;
  expect(toHostLater("test", halves, "float64")).toEqual({ data: Float64Array.of(1, 2), shape: [2], dtype: "float64" });
});
