import type { Builder } from "../../graph/builder.js";
import type { Value } from "../../graph/values.js";
import type { OnnxNode } from "../model.js";
import type { NodeView } from "../node.js";

/** What stands behind a node. */
export interface Behind {
  /** The node that alone reads the first output. */
  next(): OnnxNode | undefined;
  /** Whether anything reads an output. */
  isRead(output: number): boolean;
  /** A value of the graph, as far as it has been made. */
  value(name: string): Value | undefined;
  /** Notes that this node's work is done: it hands its input through. */
  absorb(next: OnnxNode): void;
}

/** Makes what a node puts out. @throws Unsupported */
export type Operator = (node: NodeView, builder: Builder, behind: Behind) => readonly (Value | undefined)[];

export type Operators = Readonly<Record<string, Operator>>;

const fusible: Readonly<Record<string, string>> = { Relu: "relu", Sigmoid: "sigmoid", Tanh: "tanh" };

/** The activation that follows a layer, which then applies it as it stores. */
export function activationBehind(behind: Behind): string {
  const next = behind.next();
  const name = next && next.domain === "" ? fusible[next.opType] : undefined;
  if (!next || name === undefined) return "linear";
  behind.absorb(next);
  return name;
}
