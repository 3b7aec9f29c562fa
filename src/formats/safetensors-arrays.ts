import { encodeRawSafetensors } from "../model/encode-safetensors.js";
import { decodeRawSafetensors } from "../model/safetensors.js";
import { type FileArray, type FileDType, fileItemBytes } from "../util/file-array.js";
import type { NamedBytes } from "../util/file-source.js";

/** Types of safetensors, by their codes. */
const codes: Readonly<Record<string, FileDType>> = {
  F16: "float16",
  BF16: "bfloat16",
  F32: "float32",
  F64: "float64",
  I8: "int8",
  I16: "int16",
  I32: "int32",
  I64: "int64",
  U8: "uint8",
  U16: "uint16",
  U32: "uint32",
  U64: "uint64",
  BOOL: "bool",
};
const sizes = new Map(Object.entries(codes).map(([code, dtype]) => [code, fileItemBytes(dtype)]));
const codeOf = new Map(Object.entries(codes).map(([code, dtype]) => [dtype, code]));

interface SafetensorsArrays {
  readonly tensors: ReadonlyMap<string, FileArray>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The tensors of a safetensors file in whatever types they have, not converted. @throws FormatError */
export function decodeSafetensorsArrays({ bytes, name }: NamedBytes): SafetensorsArrays {
  const { tensors, metadata } = decodeRawSafetensors(bytes, name, sizes);
  const arrays = Array.from(tensors, ([key, { code, shape, bytes: elements }]): [string, FileArray] => [
    key,
    { dtype: codes[code] as FileDType, shape, bytes: elements },
  ]);
  return { tensors: new Map(arrays), metadata };
}

/** A safetensors file as parts. */
export function encodeSafetensorsArrays({ tensors, metadata }: SafetensorsArrays): Uint8Array[] {
  const raw = Array.from(
    tensors,
    ([key, { dtype, shape, bytes }]) => [key, { code: codeOf.get(dtype) as string, shape, bytes }] as const,
  );
  return encodeRawSafetensors({ tensors: new Map(raw), metadata });
}
