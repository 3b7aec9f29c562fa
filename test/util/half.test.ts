import { describe, expect, test } from "vitest";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "../../src/util/half.js";
import { generator } from "../support/random.js";

const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);

describe.each([
  ["float16", fromFloat16, toFloat16, 0x7c00, 0x7e00],
  ["bfloat16", fromBfloat16, toBfloat16, 0x7f80, 0x7fc0],
] as const)("%s", (_, from, to, infinity, nan) => {
  test("all 65,536 values come back as they went, every NaN as the quiet one", () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 65536; bits++) {
      const value = from(bits);
      const none = (bits & 0x7fff) > infinity;
      if (Number.isNaN(value) !== none || to(value) !== (none ? nan : bits)) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  test("between neighbours the nearer one is taken, in the middle the even one", () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < infinity - 1; bits++) {
      const [low, high] = [from(bits), from(bits + 1)];
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      // A double beside the middle that float32 would round onto it.
      const [below, above] = [middle - (high - low) * 2 ** -40, middle + (high - low) * 2 ** -40];
      for (const sign of [1, -1]) {
        const expected = (b: number) => (sign === 1 ? b : b | 0x8000);
        if (to(sign * middle) !== expected(even)) wrong.push(bits);
        if (to(sign * below) !== expected(bits) || to(sign * above) !== expected(bits + 1)) wrong.push(bits);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("what is too large becomes infinite, what is too small zero with its sign", () => {
    expect([to(1e300), to(-1e300), to(Infinity), to(-Infinity)]).toEqual([
      infinity,
      infinity | 0x8000,
      infinity,
      infinity | 0x8000,
    ]);
    expect([to(5e-324), to(-5e-324), to(-0), to(0)]).toEqual([0, 0x8000, 0x8000, 0]);
  });
});

test("float16 is IEEE 754's: the numbers that everyone knows", () => {
  expect([0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x3555].map(fromFloat16)).toEqual([
    1,
    -2,
    65504,
    2 ** -14,
    2 ** -24,
    0.333251953125,
  ]);
  expect([65519.99, 65520].map(toFloat16)).toEqual([0x7bff, 0x7c00]);
});

test("bfloat16 is the upper half of a float32", () => {
  const random = generator(1);
  for (let i = 0; i < 10000; i++) {
    words[0] = Math.floor(random() * 2 ** 32) & 0xffff0000;
    const value = floats[0] as number;
    if (Number.isNaN(value)) continue;
    expect(toBfloat16(value)).toBe((words[0] as number) >>> 16);
    expect(fromBfloat16((words[0] as number) >>> 16)).toBe(value);
  }
});
