import type { Step } from "../../../model/graph.js";
import { fromHost } from "../../../util/file-array.js";
import type { HostArray } from "../../../util/host-array.js";
import { Unsupported } from "../../graph/unsupported.js";
import type { Weights } from "../../graph/weights.js";
import type { OnnxAttribute, OnnxNode, OnnxTensor } from "../model.js";

/** A value of the graph that is written: its name there, its axes with the batch, and whether its channels stand in front of its pixels. */
export interface Edge {
  readonly name: string;
  readonly rank: number;
  readonly isFirst: boolean;
  /** Where it is of whole numbers or truth values. */
  readonly dtype?: "int32" | "bool";
}

type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] };

/** What a step is written from. */
export interface Part {
  readonly step: Step;
  readonly inputs: readonly Edge[];
  readonly weights: Weights;
  readonly writer: Writer;
}

/** Collects the nodes and initializers of a graph. */
export class Writer {
  readonly list: OnnxNode[] = [];
  readonly initializers = new Map<string, OnnxTensor>();
  private readonly names = new Set<string>();
  private current = "";

  constructor(readonly opset: number) {}

  /** @param layer whose nodes come */
  begin(layer: string): void {
    this.current = layer;
  }

  unsupported({ layer, name }: Step, what: string): Unsupported {
    return new Unsupported(`${layer.kind} "${name}": ${what}`);
  }

  name(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.names.has(name); i++) name = `${wanted}_${i}`;
    this.names.add(name);
    return name;
  }

  /** A node with one output. */
  node(
    opType: string,
    inputs: readonly (Edge | string)[],
    attributes: Readonly<Record<string, Attribute>>,
    like: Omit<Edge, "name">,
  ): Edge {
    return this.nodes(opType, inputs, attributes, [like])[0] as Edge;
  }

  nodes(
    opType: string,
    inputs: readonly (Edge | string)[],
    attributes: Readonly<Record<string, Attribute>>,
    likes: readonly Omit<Edge, "name">[],
  ): Edge[] {
    const outputs = likes.map((like) => ({ ...like, name: this.name(`${this.current}/${opType}`) }));
    this.list.push({
      opType,
      domain: "",
      name: (outputs[0] as Edge).name,
      inputs: inputs.map((each) => (typeof each === "string" ? each : each.name)),
      outputs: outputs.map(({ name }) => name),
      attributes: new Map(Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)])),
    });
    return outputs;
  }

  /** An initializer. */
  tensor(array: HostArray, wanted: string): string {
    const name = this.name(`${this.current}/${wanted}`);
    this.initializers.set(name, fromHost(`save: ${name}`, array));
    return name;
  }

  floats(values: readonly number[], wanted: string, shape: readonly number[] = [values.length]): string {
    return this.tensor({ data: Float32Array.from(values), shape }, wanted);
  }

  /** In place of a scale or region of a Resize that is not given; before operator set 13 no input of it may be left out. */
  get none(): string {
    return this.opset < 13 ? this.floats([], "none") : "";
  }

  /** Whole numbers of 64 bits, as shapes and axes are. */
  integers(values: readonly number[], wanted: string, shape: readonly number[] = [values.length]): string {
    const name = this.name(`${this.current}/${wanted}`);
    this.initializers.set(name, fromHost(`save: ${name}`, { data: Int32Array.from(values), shape }, "int64"));
    return name;
  }

  /** The value with its channels in front of its pixels. */
  first(x: Edge): Edge {
    if (x.isFirst || x.rank < 3) return x;
    const perm = [0, x.rank - 1, ...Array.from({ length: x.rank - 2 }, (_, i) => i + 1)];
    return this.node("Transpose", [x], { perm }, { rank: x.rank, isFirst: true });
  }

  /** The value as it lies here, its channels last. */
  last(x: Edge): Edge {
    if (!x.isFirst) return x;
    const perm = [0, ...Array.from({ length: x.rank - 2 }, (_, i) => i + 2), 1];
    return this.node("Transpose", [x], { perm }, { rank: x.rank, isFirst: false });
  }
}

function attributeOf(value: Attribute): OnnxAttribute {
  if (typeof value === "string") return { kind: "string", value };
  if (typeof value === "number") return { kind: "int", value };
  if ("floats" in value) return { kind: "floats", value: value.floats };
  if ("texts" in value) return { kind: "strings", value: value.texts };
  if ("float" in value) return { kind: "float", value: value.float };
  return { kind: "ints", value };
}
