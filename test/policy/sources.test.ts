import { expect, test } from "vitest";
import { linesWith, read, sourcesIn } from "../support/sources.js";

const kernels = sourcesIn("assembly");
const library = sourcesIn("src");
const inParts = (...parts: string[]): string[] =>
  library.filter((path) => parts.includes(path.split("/")[1] as string));

test("a file has at most 400 lines", () => {
  const long = [...kernels, ...library].map((path) => [path, read(path).split("\n").length - 1] as const);
  expect(long.filter(([, lines]) => lines > 400)).toEqual([]);
});

test("training takes no Math function whose last bits differ between engines", () => {
  // Exact by ECMAScript or IEEE 754, so the same everywhere: abs, ceil, floor, round, trunc, sign, sqrt, min, max, fround, imul, clz32.
  const differing =
    /\bMath\.(random|exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|sinh|cosh|tanh|asin|acos|atan|atan2|asinh|acosh|atanh|hypot|cbrt)\b/;
  const parts = inParts("ops", "nn", "optim", "model", "tensor", "data");
  expect(parts.flatMap((path) => linesWith(path, differing))).toEqual([]);
});

test("kernels use no Math", () => {
  expect(kernels.flatMap((path) => linesWith(path, /\b(Math|NativeMath|NativeMathf|JSMath|Mathf)\./))).toEqual([]);
});

test("only src/backend/memory.ts touches the buffer of the WebAssembly memory", () => {
  const others = library.filter((path) => path !== "src/backend/memory.ts");
  expect(others.flatMap((path) => linesWith(path, /\bwasm\.(buffer|grow)\b|new WebAssembly\.Memory\b/))).toEqual([]);
});

test("no source needs eval", () => {
  expect(library.flatMap((path) => linesWith(path, /\beval\(|new Function\(|\bFunction\(["'`]/))).toEqual([]);
});

test("no code waits to be written", () => {
  const todo = [...kernels, ...library].filter((path) => /\b(TODO|FIXME|XXX|HACK)\b/.test(read(path)));
  expect(todo).toEqual([]);
});
