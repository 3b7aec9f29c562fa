import { FormatError } from "../../util/errors.js";
import type { OnnxGraph, OnnxNode } from "./model.js";

/** The graphs in a node: the branches of an If, the body of a loop. */
export const graphsIn = ({ attributes }: OnnxNode): readonly OnnxGraph[] =>
  [...attributes.values()].flatMap((each) =>
    each.kind === "graph" ? [each.value] : each.kind === "graphs" ? each.value : [],
  );

/** The values that a node reads, those among them that the graphs in it take from around it. */
export const readBy = (node: OnnxNode): readonly string[] => [
  ...node.inputs,
  ...graphsIn(node).flatMap(takenFromAround),
];

function takenFromAround({ nodes, inputs, outputs, initializers }: OnnxGraph): readonly string[] {
  const own = new Set([
    "",
    ...initializers.keys(),
    ...inputs.map(({ name }) => name),
    ...nodes.flatMap((node) => node.outputs),
  ]);
  const read = [...nodes.flatMap(readBy), ...outputs.map(({ name }) => name)];
  return read.filter((name) => !own.has(name));
}

/** The nodes in an order in which they can run. ONNX asks for one, not every exporter keeps to it. @throws FormatError for a cycle */
export function inOrder(nodes: readonly OnnxNode[], given: Iterable<string>, file: string): OnnxNode[] {
  const ready = new Set(given);
  const made = new Map<string, OnnxNode>();
  for (const node of nodes) {
    for (const each of node.outputs) {
      if (each !== "" && made.has(each))
        throw new FormatError(`${file}: value "${each}": one node that makes it expected, got two`);
      made.set(each, node);
    }
  }
  const order: OnnxNode[] = [];
  const state = new Map<OnnxNode, "entered" | "done">();
  for (const first of nodes) {
    const stack = [first];
    while (stack.length > 0) {
      const node = stack[stack.length - 1] as OnnxNode;
      if (state.get(node) === "done") {
        stack.pop();
        continue;
      }
      const wanted = readBy(node).filter((each) => each !== "" && !ready.has(each));
      if (wanted.length === 0) {
        stack.pop();
        state.set(node, "done");
        order.push(node);
        for (const each of node.outputs) ready.add(each);
        continue;
      }
      const where = `node "${node.name || node.outputs[0]}" (${node.opType})`;
      if (state.get(node) === "entered")
        throw new FormatError(`${file}: ${where}: a graph without cycles expected, got one`);
      state.set(node, "entered");
      for (const each of wanted) {
        const source = made.get(each);
        if (!source)
          throw new FormatError(`${file}: ${where}: input "${each}" expected from a node or an initializer, got none`);
        stack.push(source);
      }
    }
  }
  return order;
}
