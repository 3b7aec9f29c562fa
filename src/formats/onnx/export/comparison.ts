import { type Call, first, type Rule, requireOpset } from "./call.js";
import type { Edge } from "./writer.js";

const BOOL = { dtype: "bool" } as const;

const compared =
  (opType: string, since: number): Rule =>
  (call) => {
    requireOpset(call, since, opType);
    return call.part.writer.node(opType, call.values, {}, call.like);
  };

const not = (call: Call, x: Edge): Edge => call.part.writer.node("Not", [x], {}, { ...x, ...BOOL });

/** Comparisons of numbers, and what is made of truth values. */
export const comparisonRules: Readonly<Record<string, Rule>> = {
  equal: compared("Equal", 11),
  notEqual: (call) => not(call, compared("Equal", 11)(call) as Edge),
  greater: compared("Greater", 9),
  less: compared("Less", 9),
  greaterEqual: compared("GreaterOrEqual", 12),
  lessEqual: compared("LessOrEqual", 12),
  logicalAnd: compared("And", 7),
  logicalOr: compared("Or", 7),
  logicalXor: compared("Xor", 7),
  logicalNot: compared("Not", 1),
  where: compared("Where", 9),
  isNaN: compared("IsNaN", 9),
  isInf: compared("IsInf", 10),
  isFinite(call) {
    requireOpset(call, 10, "IsInf");
    const { writer } = call.part;
    const like = { ...first(call), ...BOOL };
    const others = ["IsNaN", "IsInf"].map((opType) => writer.node(opType, [first(call)], {}, like));
    return not(call, writer.node("Or", others, {}, like));
  },
};
