import type { LoadOptions } from "../../src/formats/files.js";

type Json = Record<string, unknown>;

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** An attribute as protobuf's JSON has it. A text in capitals that begins with DT_ is a type; `{ f }` and `{ shape }` go as they are. */
function attribute(value: unknown): unknown {
  if (typeof value === "boolean") return { b: value };
  if (typeof value === "number") return { i: String(value) };
  if (typeof value === "string") return value.startsWith("DT_") ? { type: value } : { s: base64(value) };
  if (!Array.isArray(value)) return value;
  return { list: typeof value[0] === "string" ? { s: value.map(base64) } : { i: value.map(String) } };
}

/** A node of a graph: its operator, name, inputs and attributes. */
export const node = (op: string, name: string, input: string[] = [], attr: Json = {}): Json => ({
  op,
  name,
  input,
  attr: Object.fromEntries(Object.entries(attr).map(([key, value]) => [key, attribute(value)])),
});

export const placeholder = (name: string, shape: number[], dtype = "DT_FLOAT"): Json =>
  node("Placeholder", name, [], {
    dtype,
    shape: { shape: { dim: shape.map((size) => ({ size: String(size) })) } },
  });

/** A Const with these numbers, of whole ones by the name of an int32. */
export interface Constant {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly dtype?: "float32" | "int32";
}

export const floats = (shape: readonly number[], values: readonly number[]): Constant => ({ shape, values });
export const ints = (...values: number[]): Constant => ({ shape: [values.length], values, dtype: "int32" });
export const int = (value: number): Constant => ({ shape: [], values: [value], dtype: "int32" });

/** The bytes of a `model.json`, and what `load` and `inspect` need beside it. */
export function graphModel(
  nodes: Json[],
  constants: Readonly<Record<string, Constant>> = {},
  more: Json = {},
): [Uint8Array, LoadOptions & { files: Record<string, Uint8Array> }] {
  const weights = Object.entries(constants).map(([name, { shape, dtype = "float32" }]) => ({ name, shape, dtype }));
  const bytes = Object.values(constants).map(({ values, dtype }) =>
    Buffer.from((dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values)).buffer),
  );
  const json = {
    format: "graph-model",
    modelTopology: { node: [...Object.keys(constants).map((name) => node("Const", name)), ...nodes] },
    weightsManifest: [{ paths: ["weights.bin"], weights }],
    ...more,
  };
  return [
    new TextEncoder().encode(JSON.stringify(json)),
    { format: "tfjs", files: { "weights.bin": Buffer.concat(bytes) } },
  ];
}
