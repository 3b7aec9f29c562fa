import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";

interface Packed {
  shape: number[];
  values: (number | string)[];
  dtype: "float" | "int32" | "bool";
}

interface Golden {
  op: string;
  note: string;
  args: unknown[];
  results: Packed[];
}

const operations: Record<string, unknown> = { ...wg };

const isPacked = (value: unknown): value is Packed => value !== null && typeof value === "object" && "dtype" in value;

const unpack = ({ shape, values, dtype }: Packed, float: FloatDType): wg.Tensor =>
  wg.tensor(Float64Array.from(values, Number), shape, dtype === "float" ? float : dtype);

/** Arguments, and options, with their tensors. */
function filled(value: unknown, float: FloatDType): unknown {
  if (isPacked(value)) return unpack(value, float);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each, float)]));
}

/** By fixtures/onnx-operations.py. */
const golden = JSON.parse(
  readFileSync(new URL("../fixtures/onnx-operations.json", import.meta.url), "utf8"),
) as Golden[];

describe.each(backends)("against ONNX's reference evaluator on $name", ({ use }) => {
  for (const [i, { op, note, args, results }] of golden.entries()) {
    test(`${i} ${op} ${note}`, async () => {
      await use();
      for (const [float, within] of [
        ["float64", 1e-12],
        ["float32", 3e-6],
      ] as const) {
        const run = operations[op] as (...args: unknown[]) => wg.Tensor | object;
        const made = run(...args.map((each) => filled(each, float)));
        const list = made instanceof wg.Tensor ? [made] : Object.values(made);
        expect(list.length).toBe(results.length);
        list.forEach((each: wg.Tensor, k) => {
          const want = results[k] as Packed;
          expect(each.shape).toEqual(want.shape);
          expect(each.dtype).toBe(want.dtype === "float" ? float : want.dtype);
          expectClose(each.toTypedArray(), want.values.map(Number), within, within, float);
        });
      }
    });
  }
});
