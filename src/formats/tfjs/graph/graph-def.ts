import { FormatError } from "../../../util/errors.js";
import type { OnnxAttribute } from "../../onnx/model.js";

// A GraphDef of TensorFlow (core/framework/graph.proto) as JSON, the way protobuf writes it: whole numbers of 64 bits are texts, bytes base64.
//
//   { node: [{ name, op, input: ["x", "split:1", "^first"], attr: { strides: { list: { i: ["1", …] } }, … } }, …] }
//
// `split:1` is an output other than the first, `^first` says what has to have run, which inference does not ask.

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  /** Names of values. */
  readonly inputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  /** Of a placeholder: all sizes, −1 where they are free; undefined where nothing is said. */
  readonly shape: readonly number[] | undefined;
}

/** An input or output of a model: what the caller names it, and the value. */
export interface Port {
  readonly key: string;
  readonly value: string;
}

export interface GraphDef {
  readonly nodes: ReadonlyMap<string, NodeDef>;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

export type Json = { readonly [name: string]: unknown };

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value that `x`, `x:0` or `x:1` means; that of a node's first output has the node's name. */
const valueNamed = (reference: string): string => reference.replace(/:0$/, "");

/** The node that puts out a value. */
export const nodeOf = (value: string): string => value.replace(/:\d+$/, "");

/** Which of its outputs it is. */
export const outputOf = (value: string): number => Number(/:(\d+)$/.exec(value)?.[1] ?? 0);

/**
 * The graph of a `model.json`, with the inputs and outputs that its signature names; without one all placeholders, and what no node reads.
 *
 * @param file begins errors
 * @throws FormatError where it is damaged
 */
export function decodeGraph(json: Json, file: string): GraphDef {
  const topology = json.modelTopology;
  if (!isObject(topology) || !Array.isArray(topology.node)) {
    throw new FormatError(`${file}: modelTopology.node expected, an array of a graph-model's nodes, got none`);
  }
  const nodes = new Map<string, NodeDef>();
  for (const [i, each] of topology.node.entries()) {
    const node = decodeNode(each, `${file}: node ${i}`);
    if (nodes.has(node.name)) throw new FormatError(`${file}: node "${node.name}" expected once, got it again`);
    nodes.set(node.name, node);
  }
  const about = isObject(json.userDefinedMetadata) ? json.userDefinedMetadata.signature : undefined;
  const signature = isObject(json.signature) ? json.signature : isObject(about) ? about : {};
  const ports = (key: "inputs" | "outputs") => decodePorts(signature[key], nodes, `${file}: signature.${key}`);
  const inputs =
    ports("inputs") ?? named([...nodes.values()].flatMap(({ op, name }) => (op === "Placeholder" ? [name] : [])));
  const read = new Set([...nodes.values()].flatMap((node) => node.inputs.map(nodeOf)));
  const ends = [...nodes.values()].filter(({ op, name }) => !read.has(name) && op !== "NoOp");
  const outputs = ports("outputs") ?? named(ends.map(({ name }) => name));
  if (outputs.length === 0) throw new FormatError(`${file}: an output expected, got none`);
  return { nodes, inputs, outputs };
}

const named = (values: readonly string[]): Port[] => values.map((value) => ({ key: value, value }));

/** Undefined where the signature has none. */
function decodePorts(entries: unknown, nodes: ReadonlyMap<string, NodeDef>, where: string): Port[] | undefined {
  if (!isObject(entries) || Object.keys(entries).length === 0) return undefined;
  return Object.entries(entries).map(([key, entry]) => {
    const name = isObject(entry) ? entry.name : undefined;
    if (typeof name === "string" && nodes.has(nodeOf(name))) return { key, value: valueNamed(name) };
    throw new FormatError(
      `${where}: the name of a node expected as "${key}", got ${JSON.stringify(name)?.slice(0, 80)}`,
    );
  });
}

function decodeNode(json: unknown, where: string): NodeDef {
  const { name, op, input = [], attr = {} } = isObject(json) ? json : {};
  if (typeof name !== "string" || name === "" || typeof op !== "string") {
    throw new FormatError(`${where}: { name, op, input, attr } expected, got ${JSON.stringify(json)?.slice(0, 80)}`);
  }
  const own = `${where}, ${op} "${name}"`;
  if (!Array.isArray(input) || !input.every((each) => typeof each === "string")) {
    throw new FormatError(`${own}: names of nodes expected as input, got ${JSON.stringify(input)?.slice(0, 80)}`);
  }
  if (!isObject(attr)) throw new FormatError(`${own}: an object expected as attr, got ${typeof attr}`);
  const attributes = new Map<string, OnnxAttribute>();
  for (const [key, value] of Object.entries(attr)) {
    const found = decodeAttribute(value, `${own}: attribute ${key}`);
    if (found) attributes.set(key, found);
  }
  return {
    name,
    op,
    inputs: input.filter((each) => !each.startsWith("^")).map(valueNamed),
    attributes,
    shape: isObject(attr.shape) ? decodeShape(attr.shape.shape, `${own}: attribute shape`) : undefined,
  };
}

/** A bool is a number, a type a text. Undefined for what no operator that is read needs: shapes, tensors, functions, and a list of nothing. */
function decodeAttribute(json: unknown, where: string): OnnxAttribute | undefined {
  if (!isObject(json)) throw new FormatError(`${where}: a value by its kind expected, got ${typeof json}`);
  if ("i" in json) return { kind: "int", value: wholeNumber(json.i, where) };
  if ("f" in json) return { kind: "float", value: realNumber(json.f, where) };
  if ("b" in json) return { kind: "int", value: json.b === true ? 1 : 0 };
  if ("s" in json) return { kind: "string", value: text(json.s, where) };
  if ("type" in json) return { kind: "string", value: String(json.type) };
  if (!isObject(json.list)) return undefined;
  const { i, f, s } = json.list;
  if (Array.isArray(i)) return { kind: "ints", value: i.map((each) => wholeNumber(each, where)) };
  if (Array.isArray(f)) return { kind: "floats", value: f.map((each) => realNumber(each, where)) };
  if (Array.isArray(s)) return { kind: "strings", value: s.map((each) => text(each, where)) };
  return undefined;
}

const numeric = (json: unknown): boolean => typeof json === "number" || (typeof json === "string" && json !== "");

function wholeNumber(json: unknown, where: string): number {
  if (numeric(json) && Number.isInteger(Number(json))) return Number(json);
  throw new FormatError(`${where}: a whole number expected, got ${JSON.stringify(json)?.slice(0, 80)}`);
}

/** Infinities and NaN are texts. */
function realNumber(json: unknown, where: string): number {
  if (numeric(json) && (json === "NaN" || !Number.isNaN(Number(json)))) return Number(json);
  throw new FormatError(`${where}: a number expected, got ${JSON.stringify(json)?.slice(0, 80)}`);
}

function text(json: unknown, where: string): string {
  try {
    return atob(json as string);
  } catch (cause) {
    throw new FormatError(`${where}: bytes in base64 expected, got ${JSON.stringify(json)?.slice(0, 80)}`, { cause });
  }
}

function decodeShape(json: unknown, where: string): number[] | undefined {
  if (!isObject(json) || json.unknownRank === true) return undefined;
  const { dim = [] } = json;
  if (!Array.isArray(dim)) throw new FormatError(`${where}: an array of sizes expected as dim, got ${typeof dim}`);
  return dim.map((each) => wholeNumber(isObject(each) ? (each.size ?? 0) : each, where));
}
