import type { Functional } from "../../model/functional.js";
import type { FileArray } from "../../util/file-array.js";
import type { Beside } from "../format.js";
import { Unsupported, UnsupportedModel } from "../graph/unsupported.js";
import { importOnnx } from "../onnx/import.js";
import type { OnnxNode, OnnxValue } from "../onnx/model.js";
import { Translation } from "./node.js";
import { operatorOf, outputName } from "./operators.js";
import type { MxnetNode, MxnetSymbol } from "./symbol.js";

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
export function importMxnet(
  symbol: MxnetSymbol,
  parameters: ReadonlyMap<string, FileArray>,
  file: string,
  beside: Pick<Beside, "shapeOf">,
): Functional {
  const problems = unknownIn(symbol);
  if (problems.length > 0) throw new UnsupportedModel(file, problems);
  const weights = new Map([...parameters].map(([key, array]) => [key.replace(/^(arg|aux):/, ""), array]));
  const needed = neededIn(symbol);
  const ranks = new Map<number, number>();
  const inputs: OnnxValue[] = [];
  const nodes: OnnxNode[] = [];
  symbol.nodes.forEach((node, i) => {
    if (!needed.has(i)) return;
    if (node.op === "null") {
      const given = weights.get(node.name);
      const shape = given?.shape ?? [null, ...rowOf(symbol, i, beside)];
      if (!given) inputs.push({ name: node.name, type: { kind: "tensor", dtype: "float32", shape } });
      ranks.set(i, shape.length);
      return;
    }
    const fed = node.inputs.map((each) => outputName((symbol.nodes[each.node] as MxnetNode).name, each.output));
    const missing = /^BatchNorm/.test(node.op)
      ? BATCH_NORM.slice(fed.length).map((each) => `${node.name}_${each}`)
      : [];
    const rank = ranks.get(node.inputs[0]?.node ?? -1) ?? 0;
    const t = new Translation(node, [...fed, ...missing], rank, weights);
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
  const outputs = symbol.heads.map(({ node, output }) => ({
    name: outputName((symbol.nodes[node] as MxnetNode).name, output),
  }));
  const read = new Set(nodes.flatMap((each) => each.inputs));
  const initializers = new Map([...weights].filter(([key]) => read.has(key)));
  const graph = { name: "mxnet", nodes, inputs, outputs, values: [], initializers };
  const about = { irVersion: 8, producerName: "", producerVersion: "", domain: "", modelVersion: 0, docString: "" };
  const opsets = new Map([["", OPERATOR_SET]]);
  return importOnnx({ ...about, opsets, graph, functions: [], metadata: new Map() }, file);
}

/** Operators that there are not here. */
function unknownIn({ nodes }: MxnetSymbol): string[] {
  return nodes
    .filter(({ op }) => op !== "null" && !operatorOf(op))
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
function rowOf({ nodes }: MxnetSymbol, i: number, beside: Pick<Beside, "shapeOf">): readonly number[] {
  const { name, attributes } = nodes[i] as MxnetNode;
  const stated = (attributes.get("__shape__") ?? attributes.get("shape") ?? "").match(/-?\d+/g)?.map(Number) ?? [];
  if (stated.length > 1 && stated.slice(1).every((n) => n > 0)) return stated.slice(1);
  const readers = nodes.filter(({ inputs }) => inputs.some(({ node }) => node === i));
  const isWindowed = readers.some(({ op }) => /^(Convolution|Pooling)/.test(op));
  const given = beside.shapeOf(name, isWindowed ? "[height, width, channels]" : "[features]");
  return channelsFirst(given, isWindowed);
}

const channelsFirst = (row: readonly number[], isWindowed: boolean): readonly number[] =>
  row.length === 3 || (row.length === 2 && isWindowed) ? [row.at(-1) as number, ...row.slice(0, -1)] : row;
