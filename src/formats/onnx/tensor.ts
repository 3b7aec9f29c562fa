import { FormatError } from "../../util/errors.js";
import { type FileDType, fileItemBytes } from "../../util/file-array.js";
import type { NamedBytes } from "../../util/file-source.js";
import { isInFolder } from "../../util/own-path.js";
import { showShape, sizeOfShape } from "../../util/shapes.js";
import { type OnnxTensor, onnxCodes, onnxDTypes } from "./model.js";
import type { TensorProto } from "./schema.js";

/** Files beside the model that hold tensors, by the names in it. */
export type ExternalFiles = ReadonlyMap<string, NamedBytes>;

const EXTERNAL = 1;

/** @throws FormatError that names the tensor where its data are not those of its shape and type, or are outside and not given */
export function tensorOf(file: NamedBytes, proto: TensorProto, external: ExternalFiles): OnnxTensor {
  const bad = (expected: string, got: string) =>
    new FormatError(`${file.name}: tensor "${proto.name ?? ""}": ${expected} expected, got ${got}`);
  const { dims: shape } = proto;
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0)) throw bad("a shape of sizes ≥ 0", showShape(shape));
  const dtype = onnxDTypes[proto.dataType ?? 0];
  if (dtype === undefined || dtype === "undefined") {
    throw bad(`one of the types ${[...onnxCodes.keys()].slice(1).join(", ")}`, `data_type ${proto.dataType ?? 0}`);
  }
  const count = sizeOfShape(shape);
  if (dtype === "string") {
    if (proto.stringData.length !== count) throw bad(`${count} texts`, `${proto.stringData.length}`);
    const decoder = new TextDecoder();
    return { dtype, shape, texts: proto.stringData.map((bytes) => decoder.decode(bytes)) };
  }
  const need = count * fileItemBytes(dtype);
  const bytes =
    proto.dataLocation === EXTERNAL
      ? externalBytes(proto, need, external, bad)
      : (proto.rawData ?? fieldBytes(proto, dtype, count));
  if (bytes.length !== need) throw bad(`${need} bytes for shape ${showShape(shape)} of ${dtype}`, `${bytes.length}`);
  return { dtype, shape, bytes };
}

/** The elements where they lie in a field for their type. */
function fieldBytes(proto: TensorProto, dtype: FileDType, count: number): Uint8Array {
  const none = new Uint8Array(0);
  if (dtype === "float32") return proto.floatData ?? none;
  if (dtype === "float64") return proto.doubleData ?? none;
  const wide =
    dtype === "int64" ? proto.int64Data : dtype === "uint64" || dtype === "uint32" ? proto.uint64Data : undefined;
  const values: readonly (number | bigint)[] = wide ?? proto.int32Data;
  if (values.length !== count) return none;
  const item = fileItemBytes(dtype);
  const bytes = new Uint8Array(count * item);
  const view = new DataView(bytes.buffer);
  // The lower bytes: a 16-bit float is its bits in a whole number of 32, and small integers are widened.
  values.forEach((value, i) => {
    if (item === 8) view.setBigUint64(8 * i, BigInt.asUintN(64, BigInt(value)), true);
    else if (item === 4) view.setUint32(4 * i, Number(value), true);
    else if (item === 2) view.setUint16(2 * i, Number(value), true);
    else view.setUint8(i, Number(value));
  });
  return bytes;
}

function externalBytes(
  proto: TensorProto,
  need: number,
  external: ExternalFiles,
  bad: (expected: string, got: string) => FormatError,
): Uint8Array {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location") ?? "";
  const data = external.get(location);
  if (!data) throw bad("its external file beside the model", `none named "${location}"`);
  const offset = Number(entries.get("offset") ?? 0);
  const length = Number(entries.get("length") ?? need);
  const left = data.bytes.length - offset;
  if (!(Number.isSafeInteger(offset) && offset >= 0) || length !== need || need > left) {
    throw bad(`${need} bytes in "${location}" of ${data.bytes.length}`, `${length} from byte ${offset} on`);
  }
  return data.bytes.subarray(offset, offset + need);
}

/** The files that tensors name. @throws FormatError for a name that leads out of the model's folder */
export function checkLocation(file: NamedBytes, tensor: TensorProto): string | undefined {
  if (tensor.dataLocation !== EXTERNAL) return undefined;
  const location = tensor.externalData.find(({ key }) => key === "location")?.value ?? "";
  if (!isInFolder(location)) {
    throw new FormatError(
      `${file.name}: tensor "${tensor.name ?? ""}": an external file in the model's own folder expected, got "${location}"`,
    );
  }
  return location;
}
