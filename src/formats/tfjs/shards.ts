import { DTypeError, FormatError } from "../../util/errors.js";
import { type FileArray, type FileDType, fileItemBytes, fromHost, toHost } from "../../util/file-array.js";
import type { NamedBytes } from "../../util/file-source.js";
import { isInFolder } from "../../util/own-path.js";
import { sizeOfShape } from "../../util/shapes.js";
import type { FileTexts } from "../texts.js";

// TensorFlow.js's weights (tfjs-core, io/types.ts and io_utils.ts): the JSON has `weightsManifest`, groups of
//
//   { paths: ["group1-shard1of2.bin", …], weights: [{ name, shape, dtype, quantization? }, …] }
//
// The group's shards, one behind the other, hold its weights, one behind the other, little-endian. A bool is a byte; a text is u32 length and
// UTF-8; a float may be quantized: as float16, or as uint8 or uint16 with value = scale · q + min.

export interface TfjsWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** "optimizer" of what belongs to the training, behind the model's own. */
  readonly group?: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

export interface TfjsGroup {
  readonly paths: readonly string[];
  readonly weights: readonly TfjsWeight[];
}

/** Weights by their names. */
export type TfjsWeights = ReadonlyMap<string, FileArray | FileTexts>;

const dtypes: Readonly<Record<string, FileDType>> = {
  float32: "float32",
  int32: "int32",
  bool: "bool",
  uint8: "uint8",
};

/**
 * The groups that `model.json`'s `weightsManifest` lists.
 *
 * @param name begins errors: "load: model.json"
 * @throws FormatError where it is none, or a path leads out of the model's folder
 */
export function checkManifest(name: string, manifest: unknown): readonly TfjsGroup[] {
  const bad = (expected: string) => new FormatError(`${name}: weightsManifest: ${expected} expected`);
  if (!Array.isArray(manifest)) throw bad("an array of groups { paths, weights }");
  for (const group of manifest) {
    const { paths, weights } = (group ?? {}) as Partial<TfjsGroup>;
    if (!Array.isArray(paths) || !paths.every((path) => typeof path === "string") || !Array.isArray(weights)) {
      throw bad("an array of groups { paths, weights }");
    }
    const outside = paths.find((path) => !isInFolder(path));
    if (outside !== undefined) throw bad(`shards in the model's own folder, not ${JSON.stringify(outside)},`);
    const again = paths.find((path, i) => paths.indexOf(path) !== i);
    if (again !== undefined) throw bad(`each shard once, not ${JSON.stringify(again)} again,`);
    for (const weight of weights) checkWeight(weight, bad);
  }
  return manifest;
}

function checkWeight(weight: Partial<TfjsWeight> | null, bad: (expected: string) => FormatError): void {
  const { name, shape, dtype, quantization } = weight ?? {};
  const isShape = Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof name !== "string" || typeof dtype !== "string" || !isShape) throw bad("weights { name, shape, dtype }");
  if (quantization === undefined) return;
  const { dtype: packed, scale, min } = (quantization ?? {}) as NonNullable<TfjsWeight["quantization"]>;
  const isLinear = packed === "uint8" || packed === "uint16";
  if (packed !== "float16" && !(isLinear && Number.isFinite(scale) && Number.isFinite(min))) {
    throw bad(`weight "${name}" quantized as float16, or as uint8 or uint16 with scale and min,`);
  }
}

/**
 * The weights of a group by name, quantized ones as float32 (int32 where the weight is of that type).
 *
 * @param shards in the order of the group's paths; their names begin errors
 * @throws FormatError that names shard and byte where they are shorter or longer than the weights
 */
export function decodeShards(group: TfjsGroup, shards: readonly NamedBytes[]): Map<string, FileArray | FileTexts> {
  const bytes = joined(shards);
  const bad = (at: number, expected: string, got: string) => {
    let shard = 0;
    let begin = 0;
    while (shard + 1 < shards.length && at >= begin + (shards[shard] as NamedBytes).bytes.length) {
      begin += (shards[shard++] as NamedBytes).bytes.length;
    }
    const name = shards[shard]?.name ?? "no shards";
    return new FormatError(`${name}: byte ${at - begin}: ${expected} expected, got ${got}; fetch the shards again`);
  };
  const weights = new Map<string, FileArray | FileTexts>();
  let at = 0;
  for (const weight of group.weights) {
    const { name, shape, dtype, quantization } = weight;
    const what = `weight "${name}"`;
    const count = sizeOfShape(shape);
    if (weights.has(name)) throw bad(at, `${what} once`, "it again");
    if (dtype === "string") {
      if (4 * count > bytes.length - at)
        throw bad(at, `${count} texts of ${what}`, `${bytes.length - at} bytes to the end`);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const texts: string[] = [];
      for (let i = 0; i < count; i++) {
        const length = at + 4 <= bytes.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY;
        if (length > bytes.length - at - 4)
          throw bad(at, `text ${i} of ${what}`, `${bytes.length - at} bytes to the end`);
        texts.push(new TextDecoder().decode(bytes.subarray(at + 4, at + 4 + length)));
        at += 4 + length;
      }
      weights.set(name, { dtype, shape, texts });
      continue;
    }
    const own = Object.hasOwn(dtypes, dtype) ? dtypes[dtype] : undefined;
    if (!own)
      throw bad(at, `${what} of ${Object.keys(dtypes).join(", ")} or string`, JSON.stringify(dtype.slice(0, 40)));
    const stored = quantization ? (quantization.dtype as FileDType) : own;
    const size = count * fileItemBytes(stored);
    if (size > bytes.length - at) throw bad(at, `${size} bytes of ${what}`, `${bytes.length - at} to the end`);
    const raw: FileArray = { dtype: stored, shape, bytes: bytes.subarray(at, at + size) };
    weights.set(name, quantization ? dequantized(what, weight, raw) : raw);
    at += size;
  }
  if (at !== bytes.length) throw bad(at, "the end of the weights", `${bytes.length - at} more bytes`);
  return weights;
}

/** By TensorFlow.js's own arithmetic: doubles, rounded to float32 at the end; for int32 to the nearest whole number. */
function dequantized(what: string, { dtype, quantization }: TfjsWeight, raw: FileArray): FileArray {
  const { scale = 1, min = 0, dtype: packed } = quantization as NonNullable<TfjsWeight["quantization"]>;
  const { data, shape } = toHost(what, raw, "float64");
  if (packed !== "float16") data.forEach((q, i) => (data[i] = q * scale + min));
  if (dtype === "int32") data.forEach((value, i) => (data[i] = Math.round(value)));
  return fromHost(what, { data, shape }, dtype === "int32" ? "int32" : "float32");
}

function joined(shards: readonly NamedBytes[]): Uint8Array {
  if (shards.length === 1) return (shards[0] as NamedBytes).bytes;
  const out = new Uint8Array(shards.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  for (const { bytes } of shards) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}

/** TensorFlow.js's own size of a shard. */
const SHARD = 4 * 1024 * 1024;

/**
 * Weights as one group with its shards, named as TensorFlow.js's converter names them. int64 and float64 are to be converted first.
 *
 * @param options.optimizer what an optimizer keeps, behind the weights
 * @throws DTypeError for a type that TensorFlow.js lacks
 */
export function encodeShards(
  weights: ReadonlyMap<string, FileArray>,
  {
    shardBytes = SHARD,
    optimizer = new Map(),
  }: { shardBytes?: number; optimizer?: ReadonlyMap<string, FileArray> } = {},
): { group: TfjsGroup; shards: Uint8Array[] } {
  const specs: TfjsWeight[] = [];
  const arrays = [...weights, ...optimizer];
  for (const [i, [name, { dtype, shape }]] of arrays.entries()) {
    if (!Object.hasOwn(dtypes, dtype)) {
      throw new DTypeError(
        `save: weight "${name}" expected of ${Object.keys(dtypes).join(", ")}, got ${dtype}; convert it first`,
      );
    }
    specs.push({ name, shape, dtype, ...(i < weights.size ? {} : { group: "optimizer" }) });
  }
  const all = joined(arrays.map(([name, { bytes }]) => ({ name, bytes })));
  const count = Math.max(1, Math.ceil(all.length / shardBytes));
  const shards = Array.from({ length: count }, (_, i) => all.subarray(i * shardBytes, (i + 1) * shardBytes));
  return { group: { paths: shards.map((_, i) => `group1-shard${i + 1}of${count}.bin`), weights: specs }, shards };
}
