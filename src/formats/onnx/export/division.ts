import { type Call, first, type Rule, requireOpset, scalarLike } from "./call.js";
import type { Edge } from "./writer.js";

const remainder = ({ part: { writer }, values, like }: Call, fmod: 0 | 1): Edge =>
  writer.node("Mod", values, fmod === 1 ? { fmod } : {}, like);

/** Division and its remainders. ONNX rounds quotients of whole numbers to 0, here they are rounded down. */
export const divisionRules: Readonly<Record<string, Rule>> = {
  div(call) {
    const { part, values, like } = call;
    const { writer } = part;
    if (!like.dtype) return writer.node("Div", values, {}, like);
    requireOpset(call, 10, "div of whole numbers");
    const whole = writer.node("Sub", [first(call), remainder(call, 0)], {}, like);
    return writer.node("Div", [whole, values[1] as Edge], {}, like);
  },
  mod(call) {
    const { part, values, like } = call;
    const { writer } = part;
    requireOpset(call, like.dtype ? 10 : 11, "Mod");
    if (like.dtype) return remainder(call, 0);
    // ONNX has the sign of a alone for numbers with a point: where b has another, one b is missing.
    const rest = remainder(call, 1);
    const bool = { ...like, dtype: "bool" } as const;
    const zero = scalarLike(call, like, 0, "zero");
    const [restIsBelow, isBelow] = [rest, values[1] as Edge].map((x) => writer.node("Less", [x, zero], {}, bool)) as [
      Edge,
      Edge,
    ];
    const differ = writer.node("Xor", [restIsBelow, isBelow], {}, bool);
    const isRest = writer.node("Not", [writer.node("Equal", [rest, zero], {}, bool)], {}, bool);
    const more = writer.node("Add", [rest, values[1] as Edge], {}, like);
    return writer.node("Where", [writer.node("And", [differ, isRest], {}, bool), more, rest], {}, like);
  },
  fmod(call) {
    requireOpset(call, 10, "Mod");
    return remainder(call, 1);
  },
};
