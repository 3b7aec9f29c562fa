import type { Functional } from "../../../model/functional.js";
import { FormatError, ValueError } from "../../../util/errors.js";
import type { FileDType } from "../../../util/file-array.js";
import { showShape } from "../../../util/shapes.js";
import type { Beside } from "../../format.js";
import { UnsupportedModel } from "../../graph/unsupported.js";
import { type Dialect, importGraph } from "../../onnx/import.js";
import type { OnnxNode, OnnxTensor, OnnxValue } from "../../onnx/model.js";
import { type GraphDef, type NodeDef, nodeOf, outputOf } from "./graph-def.js";
import { OPERATOR_SET, operators } from "./operators/index.js";
import { reshapeIn } from "./operators/shape.js";

/** What TensorFlow makes of loops, branches and recurrent layers. */
const CONTROL_FLOW =
  /^(Switch|Merge|Enter|Exit|NextIteration|LoopCond|(Stateless)?(While|If|Case)|TensorList.*|EmptyTensorList|TensorArray.*)$/;

const dialect: Dialect = {
  operators,
  opset: OPERATOR_SET,
  channelsFirst: false,
  lacks: ({ opType }) =>
    CONTROL_FLOW.test(opType)
      ? 'control flow, of a loop or a recurrent layer; in Keras save "m.keras", or make "m.onnx" with tf2onnx'
      : "no such operator here",
  freeBatch: (input) => `in Keras with Input(shape=…, name="${input}") and no batch_size`,
};

/**
 * The model of a graph of TensorFlow and its weights: convolutions, dense layers and so on as the layers of those names, all else as operations.
 *
 * @param file begins errors
 * @throws UnsupportedModel that lists everything that is not supported; FormatError for what is damaged; ValueError where the shape of an input is
 *   in neither file nor options
 */
export function importGraphModel(
  graph: GraphDef,
  weights: ReadonlyMap<string, OnnxTensor>,
  file: string,
  beside: Pick<Beside, "shapeOf">,
): Functional {
  const needed = neededIn(graph, file);
  const fed = new Set(graph.inputs.map(({ value }) => nodeOf(value)));
  const run = needed.filter(({ op, name }) => op !== "Const" && !fed.has(name));
  const unknown = run.filter(({ op }) => !Object.hasOwn(operators, op));
  const counts = outputCounts(graph, needed);
  const nodes = run.map((node) => translated(node, counts, unknown.includes(node), file));
  const initializers = new Map<string, OnnxTensor>();
  for (const { name, op } of needed) {
    if (op !== "Const") continue;
    const array = weights.get(name);
    if (!array)
      throw new FormatError(`${file}: Const "${name}": a weight of that name in weightsManifest expected, got none`);
    initializers.set(name, array);
  }
  const inputs = graph.inputs.map(({ key, value }): OnnxValue => {
    const node = graph.nodes.get(nodeOf(value)) as NodeDef;
    if (isOpen(node) && unknown.length > 0) {
      throw new UnsupportedModel(
        file,
        unknown.map(({ op, name }) => `${op} "${name}": ${dialect.lacks({ opType: op } as OnnxNode)}`),
      );
    }
    return {
      name: value,
      type: { kind: "tensor", dtype: typeOf(node, file), shape: shapeOf(node, key, file, beside) },
    };
  });
  const outputs = graph.outputs.map(({ value }) => ({ name: value }));
  const batches = graph.inputs.map(({ value }) => graph.nodes.get(nodeOf(value))?.shape?.[0]);
  const batch = batches.find((n) => n !== undefined && n > 0);
  const called = new Map(
    [...graph.inputs, ...graph.outputs].map(({ key, value }) => [handedThrough(graph, value), key]),
  );
  return importGraph(
    { name: "", nodes, inputs, outputs, values: [], initializers },
    { ...dialect, operators: { ...operators, Reshape: reshapeIn(batch) }, called },
    file,
    "graph_model",
  );
}

/** The nodes that the outputs come from, in the order of the file. */
function neededIn({ nodes, outputs }: GraphDef, file: string): NodeDef[] {
  const needed = new Set<NodeDef>();
  const waiting = outputs.map(({ value }) => nodes.get(nodeOf(value)) as NodeDef);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    for (const input of node.inputs) {
      const source = nodes.get(nodeOf(input));
      if (!source) {
        throw new FormatError(`${file}: ${node.op} "${node.name}": input "${input}" expected from a node, got none`);
      }
      waiting.push(source);
    }
  }
  return [...nodes.values()].filter((node) => needed.has(node));
}

/** How many outputs of each node are read. */
function outputCounts({ outputs }: GraphDef, needed: readonly NodeDef[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of [...needed.flatMap(({ inputs }) => inputs), ...outputs.map(({ value }) => value)]) {
    const node = nodeOf(value);
    counts.set(node, Math.max(counts.get(node) ?? 0, outputOf(value) + 1));
  }
  return counts;
}

/** A node as a graph has it whose values are named. What is unknown waits for nothing: loops are not closed, and all of it is listed. */
function translated(
  { name, op, inputs, attributes }: NodeDef,
  counts: ReadonlyMap<string, number>,
  isUnknown: boolean,
  file: string,
): OnnxNode {
  const count = counts.get(name) as number;
  if (count > 4096) throw new FormatError(`${file}: ${op} "${name}": up to 4096 outputs expected, got ${count}`);
  const outputs = Array.from({ length: count }, (_, i) => (i === 0 ? name : `${name}:${i}`));
  return { opType: op, domain: "", name, inputs: isUnknown ? [] : inputs, outputs, attributes };
}

const dtypes: Readonly<Record<string, FileDType>> = {
  DT_FLOAT: "float32",
  DT_HALF: "float32",
  DT_DOUBLE: "float32",
  DT_INT32: "int32",
  DT_INT64: "int32",
  DT_UINT8: "int32",
};

function typeOf({ name, attributes }: NodeDef, file: string): FileDType {
  const type = String(attributes.get("dtype")?.value);
  const found = Object.hasOwn(dtypes, type) ? dtypes[type] : undefined;
  if (found) return found;
  throw new UnsupportedModel(file, [`Placeholder "${name}": type ${type}; numbers are`]);
}

/** Whether a placeholder leaves more open than the batch. */
const isOpen = ({ shape }: NodeDef): boolean => shape === undefined || shape.slice(1).some((n) => n < 1);

function shapeOf(node: NodeDef, key: string, file: string, beside: Pick<Beside, "shapeOf">): (number | null)[] {
  const { shape = [] } = node;
  const batch = shape[0] === undefined || shape[0] < 0 ? null : shape[0];
  if (!isOpen(node)) return shape.length === 0 ? [] : [batch, ...shape.slice(1)];
  const sizes = shape.slice(1);
  const row = beside.shapeOf(key, sizes.length === 3 ? "[height, width, channels]" : "[features]");
  const fits =
    node.shape === undefined || (row.length === sizes.length && sizes.every((n, i) => n < 1 || n === row[i]));
  if (fits) return [batch, ...row];
  const wanted = `[${sizes.map((n) => (n < 1 ? "any" : n)).join(", ")}]`;
  throw new ValueError(`${file}: inputShape expected to fit ${wanted} of input "${key}", got ${showShape(row)}`);
}

/** The value that identities hand through as this one: what makes it is called as the output is. */
function handedThrough({ nodes }: GraphDef, value: string): string {
  let found = value;
  for (let steps = nodes.size; steps > 0; steps--) {
    const node = nodes.get(found);
    const source = node?.op === "Identity" ? node.inputs[0] : undefined;
    if (source === undefined || nodes.get(nodeOf(source))?.op === "Placeholder") return found;
    found = source;
  }
  return found;
}
