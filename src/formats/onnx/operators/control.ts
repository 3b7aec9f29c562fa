import { NodeView } from "../node.js";
import { graphsIn } from "../order.js";
import type { Operators } from "./operator.js";

export const control: Operators = {
  /** The branch that is meant, where that is known before the model runs. */
  If(node, _, behind) {
    const condition = node.input(0);
    if (condition.kind === "known") {
      return behind.inline(node.graph(condition.array.data[0] ? "then_branch" : "else_branch"));
    }
    const held = graphsIn(node.node).flatMap(({ nodes }) =>
      nodes.map((each) => new NodeView(each, [], node.opset).where),
    );
    throw node.unsupported(
      `a condition that is worked out while the model runs, for ${held.join(", ") || "nothing"}; export it with the branch that is meant`,
    );
  },
};
