import { dropout as layer } from "../../../nn/layers/dropout.js";
import type { Operators } from "./operator.js";

export const dropout: Operators = {
  /** Off in inference; a model that is trained on drops as it did. */
  Dropout(node, builder) {
    const x = node.input(0);
    const rate = node.scalar("ratio", 1) ?? 0.5;
    return [x.kind === "flow" && rate > 0 && rate < 1 ? builder.through(layer({ rate }), x) : x];
  },
};
