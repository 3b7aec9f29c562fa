import { FormatError } from "../../util/errors.js";
import { sizeOfShape } from "../../util/shapes.js";
import { Unsupported } from "../graph/unsupported.js";
import { type Flow, type Known, toDims, type Value } from "../graph/values.js";
import type { OnnxGraph, OnnxNode, OnnxTensor } from "./model.js";

/** What attributes hold. */
interface Kinds {
  int: number;
  float: number;
  string: string;
  tensor: OnnxTensor;
  graph: OnnxGraph;
  ints: readonly number[];
  floats: readonly number[];
  strings: readonly string[];
}

/** A node with what it is fed, read the way its operator is defined. */
export class NodeView {
  constructor(
    readonly node: OnnxNode,
    /** Undefined: an optional input that is left out. */
    readonly inputs: readonly (Value | undefined)[],
    readonly opset: number,
  ) {}

  get op(): string {
    return this.node.opType;
  }

  /** As errors call it. */
  get where(): string {
    const { name, opType, outputs } = this.node;
    return `${opType} "${name || outputs[0]}"`;
  }

  unsupported(what: string): Unsupported {
    return new Unsupported(`${this.where}: ${what}`);
  }

  damaged(expected: string, got: string): FormatError {
    return new FormatError(`${this.where}: ${expected} expected, got ${got}`);
  }

  /** @throws FormatError where it is left out */
  input(i: number): Value {
    const found = this.inputs[i];
    if (found) return found;
    throw this.damaged(`input ${i}`, "none");
  }

  /** @throws Unsupported where the input is known only when the model runs */
  known(i: number, what: string): Known {
    const found = this.input(i);
    if (found.kind === "known") return found;
    throw this.unsupported(`${what}, worked out while the model runs; export it with fixed sizes and weights`);
  }

  flow(i = 0): Flow {
    const found = this.input(i);
    if (found.kind === "flow") return found;
    throw this.unsupported("an input that does not depend on the model's inputs");
  }

  /** Whole numbers from an attribute or, as later operator sets have it, an input. Multiples of the batch come out below 0. */
  numbers(attribute: string | undefined, i: number | undefined, what = attribute ?? "a shape"): number[] | undefined {
    const given = attribute === undefined ? undefined : this.attribute(attribute, "ints");
    if (given) return [...given];
    if (i === undefined || !this.inputs[i]) return undefined;
    return Array.from(this.known(i, what).array.data, Number);
  }

  int(name: string, otherwise: number): number {
    return this.attribute(name, "int") ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return this.attribute(name, "ints");
  }

  float(name: string, otherwise: number): number {
    return this.attribute(name, "float") ?? otherwise;
  }

  floats(name: string): readonly number[] | undefined {
    return this.attribute(name, "floats");
  }

  text(name: string, otherwise: string): string {
    return this.attribute(name, "string") ?? otherwise;
  }

  texts(name: string): readonly string[] | undefined {
    return this.attribute(name, "strings");
  }

  tensor(name: string): OnnxTensor | undefined {
    return this.attribute(name, "tensor");
  }

  graph(name: string): OnnxGraph {
    const found = this.attribute(name, "graph");
    if (found) return found;
    throw this.damaged(name, "none");
  }

  /** A number given as a scalar input, or as an attribute before that. */
  scalar(attribute: string, i: number): number | undefined {
    if (this.node.attributes.has(attribute)) return this.float(attribute, 0);
    if (!this.inputs[i]) return undefined;
    const { data, shape } = this.known(i, attribute).array;
    if (sizeOfShape(shape) !== 1) throw this.damaged(`one number as ${attribute}`, `${sizeOfShape(shape)}`);
    return Number(data[0]);
  }

  private attribute<K extends keyof Kinds>(name: string, kind: K): Kinds[K] | undefined {
    const found = this.node.attributes.get(name);
    if (!found) return undefined;
    if (found.kind === kind) return found.value as Kinds[K];
    throw this.damaged(`attribute ${name} of kind ${kind}`, found.kind);
  }
}

/** Sizes that may be multiples of the batch. */
export const sizesOf = (known: Known): number[] => toDims(Array.from(known.array.data, Number));
