import type { OnnxGraph } from "../model.js";
import { graphsIn } from "../order.js";
import { activation } from "./activation.js";
import { convolution } from "./convolution.js";
import { dense } from "./dense.js";
import type { Operators } from "./operator.js";
import { pooling } from "./pooling.js";
import { shape } from "./shape.js";

export type { Behind, Operator, Operators } from "./operator.js";

/** What plain networks for images consist of. */
export const usual: Operators = { ...activation, ...convolution, ...dense, ...pooling, ...shape };

/** The others, from the usual to the rare: a page fetches as many as its model needs. */
const others: readonly (() => Promise<Operators>)[] = [
  async () => (await import("./joining.js")).joining,
  async () => (await import("./rare.js")).rare,
];

/** What the operators of a graph, and of the graphs in it, become here. Those that nothing is known of are left out. */
export async function operatorsOf(graph: OnnxGraph): Promise<Operators> {
  const wanted = [...opTypesIn(graph)];
  let found = usual;
  for (const open of others) {
    if (wanted.every((name) => Object.hasOwn(found, name))) break;
    found = { ...found, ...(await open()) };
  }
  return found;
}

function opTypesIn({ nodes }: OnnxGraph): Set<string> {
  return new Set(nodes.flatMap((node) => [node.opType, ...graphsIn(node).flatMap((inner) => [...opTypesIn(inner)])]));
}
