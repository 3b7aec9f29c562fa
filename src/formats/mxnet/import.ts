import type { Functional } from "../../model/functional.js";
import type { FileArray } from "../../util/file-array.js";
import type { Beside } from "../format.js";
import { Unsupported, UnsupportedModel } from "../graph/unsupported.js";
import { importOnnx } from "../onnx/import.js";
import type { OnnxNode, OnnxValue } from "../onnx/model.js";
import { Translation } from "./node.js";
import { operatorOf } from "./operators.js";
import { outputName } from "./output-name.js";
import type { Entry, MxnetNode, MxnetSymbol } from "./symbol.js";

/** Variables that come after the listed inputs of a BatchNorm in symbols of 0.8, which do not list them. */
const BATCH_NORM = ["data", "gamma", "beta", "moving_mean", "moving_var"];

/** The operator set of ONNX whose meaning is asked for. */
const OPERATOR_SET = 17;

/**
 * The model of a symbol and its parameters: each operator as those of ONNX that say the same, and then as an ONNX graph is imported.
 *
 * @throws UnsupportedModel that lists every operator that is not supported; FormatError for what is damaged; ValueError where the shape of an
 *   input is in neither file nor options
 */
export async function importMxnet(
  symbol: MxnetSymbol,
  parameters: ReadonlyMap<string, FileArray>,
  file: string,
  beside: Pick<Beside, "shapeOf">,
): Promise<Functional> {
  const problems = unknownIn(symbol);
  if (problems.length > 0) throw new UnsupportedModel(file, problems);
  const weights = new Map([...parameters].map(([key, array]) => [key.replace(/^(arg|aux):/, ""), array]));
  const needed = neededIn(symbol);
  const timed = stepsFirstIn(symbol);
  const nameOf = ({ node, output }: Entry) => outputName((symbol.nodes[node] as MxnetNode).name, output);
  const zeros = new Set(symbol.nodes.filter(isZeros).map(({ name: each }) => each));
  const everyone = [...symbol.nodes.flatMap(({ inputs: all }) => all), ...symbol.heads];
  const surroundings = { zeros, read: new Set(everyone.map(nameOf)) };
  const ranks = new Map<number, number>();
  const inputs: OnnxValue[] = [];
  const nodes: OnnxNode[] = [];
  symbol.nodes.forEach((node, i) => {
    if (!needed.has(i)) return;
    if (node.op === "null") {
      const given = weights.get(node.name);
      const shape = given?.shape ?? [null, ...rowOf(symbol, i, beside, timed.has(i))];
      ranks.set(i, shape.length);
      if (given) return;
      inputs.push({ name: node.name, type: { kind: "tensor", dtype: "float32", shape } });
      if (timed.has(i)) nodes.push(turned(node.name, byTime(node.name), shape.length));
      return;
    }
    if (isZeros(node)) return;
    const fed = node.inputs.map((each) => {
      const isTurned = symbol.nodes[each.node]?.op === "null" && timed.has(each.node) && !weights.has(nameOf(each));
      return isTurned ? byTime(nameOf(each)) : nameOf(each);
    });
    const missing = /^BatchNorm/.test(node.op)
      ? BATCH_NORM.slice(fed.length).map((each) => `${node.name}_${each}`)
      : [];
    const rank = ranks.get(node.inputs[0]?.node ?? -1) ?? 0;
    const t = new Translation(node, [...fed, ...missing], rank, weights, surroundings);
    try {
      const made = operatorOf(node.op)?.(t);
      ranks.set(i, made ?? rank);
      nodes.push(...t.nodes);
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(error.message);
    }
  });
  if (problems.length > 0) throw new UnsupportedModel(file, problems);
  const outputs = symbol.heads.map((head) => {
    const name = nameOf(head);
    if (!timed.has(head.node) || ranks.get(head.node) !== 3) return { name };
    nodes.push(turned(name, `${name}:rows`, 3));
    return { name: `${name}:rows` };
  });
  const read = new Set(nodes.flatMap((each) => each.inputs));
  const initializers = new Map([...weights].filter(([key]) => read.has(key)));
  const graph = { name: "mxnet", nodes, inputs, outputs, values: [], initializers };
  const about = { irVersion: 8, producerName: "", producerVersion: "", domain: "", modelVersion: 0, docString: "" };
  const opsets = new Map([["", OPERATOR_SET]]);
  return importOnnx({ ...about, opsets, graph, functions: [], metadata: new Map() }, file);
}

const byTime = (name: string): string => `${name}:steps`;

/** The batch and the steps, or the layers of states, in each other's place. */
const turned = (from: string, to: string, rank: number): OnnxNode => ({
  opType: "Transpose",
  domain: "",
  name: to,
  inputs: [from],
  outputs: [to],
  attributes: new Map([["perm", { kind: "ints", value: [1, 0, 2].slice(0, rank) }]]),
});

/** Zeros that a state begins as, whatever the batch. */
const isZeros = ({ op }: MxnetNode): boolean => /^(_zeros|_zeros_without_dtype|zeros_like)$/.test(op);

/** Operators that leave the first two axes where they are. */
const KEEPING =
  /^(RNN|Embedding|Dropout|Activation|LeakyReLU|relu|sigmoid|tanh|cast|Cast|_(mul|plus|minus|div)_scalar)$/;

/**
 * The nodes whose values have their steps in front of the batch, as the operator RNN takes and gives them: those that it comes from, back to the
 * inputs, its states, and those that come from it, until a node puts the axes elsewhere.
 */
function stepsFirstIn({ nodes }: MxnetSymbol): Set<number> {
  const found = new Set<number>();
  const isKeeping = ({ op, attributes }: MxnetNode) =>
    KEEPING.test(op) || (op === "FullyConnected" && /^(False|0)$/.test(attributes.get("flatten") ?? ""));
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as MxnetNode;
    const states = node.op === "RNN" ? node.inputs.slice(2) : [];
    for (const { node: state } of states) if (nodes[state]?.op === "null") found.add(state);
    if (node.op === "RNN") found.add(i);
    const source = node.inputs[0]?.node;
    if (source === undefined || !found.has(i) || !isKeeping(node)) continue;
    const above = nodes[source] as MxnetNode;
    if (above.op === "null" || isKeeping(above)) found.add(source);
  }
  nodes.forEach((node, i) => {
    const source = node.inputs[0]?.node;
    if (source !== undefined && found.has(source) && isKeeping(node)) found.add(i);
  });
  return found;
}

/** Operators that there are not here. */
function unknownIn({ nodes }: MxnetSymbol): string[] {
  return nodes
    .filter((node) => node.op !== "null" && !isZeros(node) && !operatorOf(node.op))
    .map(({ op, name }) => `${op} "${name}": no such operator here`);
}

/** The nodes that the outputs come from; labels, which losses alone read, are none of them. */
function neededIn({ nodes, heads }: MxnetSymbol): Set<number> {
  const needed = new Set<number>();
  const waiting = heads.map(({ node }) => node);
  for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
    if (needed.has(i)) continue;
    needed.add(i);
    const { op, inputs } = nodes[i] as MxnetNode;
    const count = /Output$/.test(op) || (op === "Softmax" && inputs.length > 1) ? 1 : inputs.length;
    waiting.push(...inputs.slice(0, count).map(({ node }) => node));
  }
  return needed;
}

/** The shape of a row of an input, as its variable states it, or as the caller gives it with the channels last. */
function rowOf(
  { nodes }: MxnetSymbol,
  i: number,
  beside: Pick<Beside, "shapeOf">,
  isByTime: boolean,
): readonly number[] {
  const { name, attributes } = nodes[i] as MxnetNode;
  const stated = (attributes.get("__shape__") ?? attributes.get("shape") ?? "").match(/-?\d+/g)?.map(Number) ?? [];
  const row = stated.filter((_, axis) => axis !== (isByTime ? 1 : 0));
  if (stated.length > 1 && row.every((n) => n > 0)) return row;
  const readers = nodes.filter(({ inputs }) => inputs.some(({ node }) => node === i));
  const isState = readers.some(({ op, inputs }) => op === "RNN" && inputs.slice(2).some(({ node }) => node === i));
  if (isState) return beside.shapeOf(name, "[layers · directions, units]");
  const isWindowed = readers.some(({ op }) => /^(Convolution|Pooling)/.test(op));
  const given = beside.shapeOf(name, isWindowed ? "[height, width, channels]" : "[features]");
  return channelsFirst(given, isWindowed);
}

const channelsFirst = (row: readonly number[], isWindowed: boolean): readonly number[] =>
  row.length === 3 || (row.length === 2 && isWindowed) ? [row.at(-1) as number, ...row.slice(0, -1)] : row;
