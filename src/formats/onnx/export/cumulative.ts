import type { ValueType } from "../../../nn/operations/operation.js";
import { type Call, first, positive, type Rule, requireOpset } from "./call.js";
import { END, padded, sliced } from "./parts.js";
import type { Edge } from "./writer.js";

/** x moved by n along an axis, and 1 where nothing comes from. */
function moved({ part: { writer } }: Call, x: Edge, axis: number, n: number, isReverse: boolean): Edge {
  const kept = isReverse ? sliced(writer, x, [n], [END], [axis]) : sliced(writer, x, [0], [-n], [axis]);
  const sides = Array.from({ length: x.rank }, (_, i) => {
    if (i !== axis) return [0, 0] as const;
    return isReverse ? ([0, n] as const) : ([n, 0] as const);
  });
  return padded(writer, kept, sides, "constant", 1);
}

export const cumulativeRules: Readonly<Record<string, Rule>> = {
  cumsum(call) {
    requireOpset(call, 11, "CumSum");
    const { part, attributes, like } = call;
    const axis = part.writer.integers([positive(attributes.axis ?? 0, first(call).rank)], "axis", []);
    const [exclusive, reverse] = [attributes.exclusive, attributes.reverse].map((each) => (each ? 1 : 0));
    return part.writer.node("CumSum", [first(call), axis], { exclusive: exclusive ?? 0, reverse: reverse ?? 0 }, like);
  },
  /** Of 1, 2, 4, … elements: each time what is there by what is there so many elements before. */
  cumprod(call) {
    const { part, attributes, outputs, like } = call;
    const axis = positive(attributes.axis ?? 0, like.rank);
    const n = (outputs[0] as ValueType).shape[axis] as number;
    if (n < 0) throw part.writer.unsupported(part.step, "cumprod along the batch, whose size is not known");
    const isReverse = attributes.reverse === true;
    let y = attributes.exclusive === true ? moved(call, first(call), axis, 1, isReverse) : first(call);
    for (let by = 1; by < n; by *= 2) y = part.writer.node("Mul", [y, moved(call, y, axis, by, isReverse)], {}, like);
    return y;
  },
};
