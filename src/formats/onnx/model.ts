import type { FileArray, FileDType } from "../../util/file-array.js";
import type { FileTexts } from "../texts.js";

export type OnnxTensor = FileArray | FileTexts;

/** What a value is: a tensor, with its shape where it is known (a number, a name, or null for each axis), or a container of such. */
export type OnnxType =
  | {
      readonly kind: "tensor";
      readonly dtype: FileDType | "string" | "undefined";
      readonly shape?: readonly (number | string | null)[];
    }
  | { readonly kind: "sequence" | "optional"; readonly element: OnnxType }
  | { readonly kind: "map"; readonly key: FileDType | "string" | "undefined"; readonly element: OnnxType };

export interface OnnxValue {
  readonly name: string;
  readonly type?: OnnxType;
}

/** Whole numbers beyond 2^53 are the next number that JavaScript has; the largest of 64 bits, which ONNX uses for "to the end", is 2^63. */
export type OnnxAttribute =
  | { readonly kind: "float" | "int"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "tensor"; readonly value: OnnxTensor }
  | { readonly kind: "graph"; readonly value: OnnxGraph }
  | { readonly kind: "type"; readonly value: OnnxType }
  | { readonly kind: "floats" | "ints"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensors"; readonly value: readonly OnnxTensor[] }
  | { readonly kind: "graphs"; readonly value: readonly OnnxGraph[] }
  | { readonly kind: "types"; readonly value: readonly OnnxType[] }
  /** Within a function: the attribute of this name of the node that calls it; `of` is its kind. */
  | { readonly kind: "reference"; readonly value: string; readonly of: string };

export interface OnnxNode {
  readonly opType: string;
  /** "" is ONNX's own. */
  readonly domain: string;
  readonly name: string;
  /** Names of values; "" is an optional one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  readonly overload?: string;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly values: readonly OnnxValue[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
}

export interface OnnxFunction {
  readonly name: string;
  readonly domain: string;
  readonly overload?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Names of attributes, and those that have a default. */
  readonly attributes: readonly string[];
  readonly defaults: ReadonlyMap<string, OnnxAttribute>;
  readonly nodes: readonly OnnxNode[];
  readonly opsets: ReadonlyMap<string, number>;
}

export interface OnnxModel {
  readonly irVersion: number;
  /** Versions of the operator sets by domain; "" is ONNX's own. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly domain: string;
  readonly modelVersion: number;
  readonly docString: string;
  readonly graph: OnnxGraph;
  readonly functions: readonly OnnxFunction[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** Element types by their numbers in TensorProto.DataType; those beyond have no arrays here. */
export const onnxDTypes: Readonly<Record<number, FileDType | "string" | "undefined">> = {
  0: "undefined",
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  8: "string",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
};

export const onnxCodes: ReadonlyMap<string, number> = new Map(
  Object.entries(onnxDTypes).map(([code, dtype]) => [dtype, Number(code)]),
);

/** Kinds of attributes by their numbers in AttributeProto.AttributeType. */
export const attributeKinds: Readonly<Record<number, Exclude<OnnxAttribute["kind"], "reference">>> = {
  1: "float",
  2: "int",
  3: "string",
  4: "tensor",
  5: "graph",
  6: "floats",
  7: "ints",
  8: "strings",
  9: "tensors",
  10: "graphs",
  13: "type",
  14: "types",
};

export const attributeCodes: ReadonlyMap<string, number> = new Map(
  Object.entries(attributeKinds).map(([code, kind]) => [kind, Number(code)]),
);
