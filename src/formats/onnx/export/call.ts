import type { Attributes, ValueType } from "../../../nn/operations/operation.js";
import type { Edge, Part } from "./writer.js";

/** The operands of an operation as values of the graph, and what it puts out. */
export interface Call {
  readonly part: Part;
  /** Drawn up when they are asked for: weights that a rule does not ask for are not written. */
  readonly values: readonly Edge[];
  readonly attributes: Attributes;
  readonly outputs: readonly ValueType[];
  /** The first output. */
  readonly like: Omit<Edge, "name">;
}

/** Writes the nodes of an operation. @throws Unsupported */
export type Rule = (call: Call) => Edge | readonly Edge[];

export const first = ({ values }: Pick<Call, "values">): Edge => values[0] as Edge;

/** A number as whole numbers or numbers with a point, as x has them. */
export const scalarLike = (
  { part: { writer } }: Pick<Call, "part">,
  x: Pick<Edge, "dtype">,
  value: number,
  wanted: string,
): string => (x.dtype ? writer.integers([value], wanted, []) : writer.floats([value], wanted, []));

export const positive = (axis: unknown, rank: number): number =>
  Number(axis) < 0 ? Number(axis) + rank : Number(axis);

/** What a node puts out that has an output's rank and type. */
export const likeOf = ({ shape, dtype }: ValueType): Omit<Edge, "name"> => ({
  rank: shape.length,
  isFirst: false,
  ...(dtype === "int32" || dtype === "bool" ? { dtype } : {}),
});

/** @throws Unsupported where the operator came with a later operator set than the one that is written */
export function requireOpset({ part: { writer, step } }: Pick<Call, "part">, since: number, what: string): void {
  if (writer.opset < since) {
    throw writer.unsupported(step, `${what} in operator set ${writer.opset}; it takes ${since}`);
  }
}
