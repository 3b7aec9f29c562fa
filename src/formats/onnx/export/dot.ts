import { dotEquation, SHORTEST } from "../../../nn/layers/dot.js";
import { positive, requireOpset } from "./call.js";
import type { LayerWriter } from "./layers.js";
import type { Edge, Part } from "./writer.js";

function sumAlong({ writer }: Part, x: Edge, axis: number): Edge {
  if (writer.opset < 13) return writer.node("ReduceSum", [x], { axes: [axis] }, x);
  return writer.node("ReduceSum", [x, writer.integers([axis], "axis")], {}, x);
}

/** Vectors along an axis divided by their length. */
function unit(part: Part, x: Edge, axis: number): Edge {
  const { writer } = part;
  const length = writer.node("Sqrt", [sumAlong(part, writer.node("Mul", [x, x], {}, x), axis)], {}, x);
  return writer.node("Div", [x, writer.node("Max", [length, writer.floats([SHORTEST], "shortest", [])], {}, x)], {}, x);
}

export const dot: LayerWriter = (part) => {
  const { step, writer, inputs } = part;
  const { axes, normalize } = step.layer.config;
  const given = inputs.map((each) => writer.last(each));
  const [p, q] = (Array.isArray(axes) ? axes : [axes, axes]).map((axis, i) =>
    positive(axis, (given[i] as Edge).rank),
  ) as [number, number];
  const [a, b] = (normalize ? given.map((x, i) => unit(part, x, i === 0 ? p : q)) : given) as [Edge, Edge];
  if (a.rank === 2 && b.rank === 2) return sumAlong(part, writer.node("Mul", [a, b], {}, a), 1);
  requireOpset({ part }, 12, "Einsum");
  const equation = dotEquation(a.rank, b.rank, p, q);
  return writer.node("Einsum", [a, b], { equation }, { rank: a.rank + b.rank - 3, isFirst: false });
};
