import { AbsentKernels } from "../../backend/wasm.js";
import { Functional } from "../../model/functional.js";
import { transpose } from "../../nn/operations/shape.js";
import type { SymbolicTensor } from "../../nn/symbolic.js";
import { input } from "../../nn/symbolic.js";
import type { DType } from "../../util/dtypes.js";
import { FormatError } from "../../util/errors.js";
import type { FileArray } from "../../util/file-array.js";
import { showShape } from "../../util/shapes.js";
import { Builder, fromFile } from "../graph/builder.js";
import { Unsupported, UnsupportedModel } from "../graph/unsupported.js";
import { CHANNELS_LAST, type Flow, type Known, PLAIN, type Value } from "../graph/values.js";
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from "./model.js";
import { NodeView } from "./node.js";
import { type Behind, type Operators, operatorsOf } from "./operators/index.js";
import { graphsIn, inOrder, readBy } from "./order.js";

export interface ImportOptions {
  /** Default: the graph's own. */
  name?: string;
}

/** Whose operators a graph has. */
export interface Dialect {
  readonly operators: Operators;
  readonly opset: number;
  /** Whether axis 1 of an image is its channels: here they are taken last. */
  readonly channelsFirst: boolean;
  /** What is said of an operator that there is not. */
  lacks(node: OnnxNode): string;
  /** Behind "export it with a free batch": how. */
  freeBatch(input: string): string;
  /** What inputs and outputs are called here, by their values, where it is not as those. */
  readonly called?: ReadonlyMap<string, string>;
}

/** The operator sets whose meaning is known here. */
const OLDEST = 6;
const NEWEST = 24;

/**
 * The model of an ONNX graph: convolutions, dense layers and so on as the layers of those names, all else as operations. Images have their
 * channels last here: kernels are turned once, now, and `predict` takes `[batch, height, width, channels]`. The batch is the first axis of an
 * input, or the open one that is called so; the model takes it, and puts it out, in front.
 *
 * @param file begins errors: "load: m.onnx"
 * @throws FormatError that lists everything that is not supported, or says what is damaged
 */
export async function importOnnx(model: OnnxModel, file: string, { name }: ImportOptions = {}): Promise<Functional> {
  const opset = model.opsets.get("") ?? 0;
  if (opset < OLDEST || opset > NEWEST) {
    throw new FormatError(
      `${file}: operator set ${OLDEST} to ${NEWEST} expected, got ${opset}; export the model for one of those`,
    );
  }
  const dialect: Dialect = {
    operators: await operatorsOf(model.graph),
    opset,
    channelsFirst: true,
    lacks: ({ domain, opType }) =>
      domain === "" ? (withoutOperator[opType] ?? "no such operator here") : `of the domain ${domain}`,
    freeBatch: (input) => `in PyTorch with dynamic_axes={"${input}": {0: "batch"}} or dynamic_shapes`,
  };
  return importGraph(model.graph, dialect, file, name ?? (model.graph.name.replaceAll("/", ".") || "onnx"));
}

/**
 * The model of a graph whose operators are those of a dialect.
 *
 * @throws as `importOnnx`
 */
export function importGraph(graph: OnnxGraph, dialect: Dialect, file: string, name: string): Functional {
  return new Importer(graph, dialect, file).model(name);
}

/** Why there is nothing for an operator. */
const withoutOperator: Readonly<Record<string, string>> = {
  Loop: "a loop; export the model with a fixed number of rounds, which are then written one after the other",
  Scan: "a loop; export the model with a fixed number of rounds, which are then written one after the other",
};

/**
 * The first axis, or the one whose size is open and called the batch: sequences of PyTorch have their steps in front of it, and states their layers.
 * What is called otherwise may be steps, or pixels.
 */
function batchAxis(shape: readonly (number | string | null)[]): number {
  const open = shape.flatMap((n, axis) => (typeof n === "number" ? [] : [axis]));
  const name = shape[open[0] ?? 0];
  return open.length === 1 && typeof name === "string" && /batch|^(n|b|bs)$/i.test(name) ? (open[0] as number) : 0;
}

/** The first axis in another place, among so many others. */
const to = (place: number, others: number): number[] => {
  const rest = Array.from({ length: others }, (_, i) => i + 1);
  return [...rest.slice(0, place), 0, ...rest.slice(place)];
};

class Importer {
  private readonly builder = new Builder();
  private readonly values = new Map<string, Value>();
  /** Values of nodes that are not supported, or behind such. */
  private readonly missing = new Set<string>();
  /** Nodes whose work a layer in front of them does. */
  private readonly absorbed = new Set<OnnxNode>();
  private readonly readers = new Map<string, OnnxNode[]>();
  private readonly problems: string[] = [];
  private readonly inputs: SymbolicTensor[] = [];

  constructor(
    private readonly graph: OnnxGraph,
    private readonly dialect: Dialect,
    private readonly file: string,
  ) {}

  model(name: string): Functional {
    this.noteReaders(this.graph);
    this.openInitializers(this.graph);
    this.openInputs();
    this.runAll(this.graph);
    const outputs = this.graph.outputs.map(({ name: output }) => this.output(output));
    if (this.problems.length > 0) throw new UnsupportedModel(this.file, this.problems);
    const made = new Functional(
      { inputs: this.inputs, outputs: outputs as SymbolicTensor[] },
      { name, dtype: "float32" },
    );
    this.builder.assign(made, this.file);
    return made;
  }

  /** Whoever reads a value, in branches too; what a branch puts out is read by its node. */
  private noteReaders({ nodes }: OnnxGraph): void {
    const note = (name: string, node: OnnxNode) => {
      const readers = this.readers.get(name);
      if (readers) readers.push(node);
      else this.readers.set(name, [node]);
    };
    for (const node of nodes) {
      for (const name of node.inputs) note(name, node);
      for (const graph of graphsIn(node)) {
        for (const { name } of graph.outputs) note(name, node);
        this.noteReaders(graph);
      }
    }
  }

  private openInitializers({ initializers }: OnnxGraph): void {
    for (const [key, array] of initializers) this.values.set(key, this.knownOf(key, array));
  }

  private runAll({ nodes }: OnnxGraph): void {
    const given = [...this.values.keys(), ...this.missing];
    for (const node of inOrder(nodes, given, this.file)) this.run(node);
  }

  private knownOf(name: string, array: OnnxTensor): Known {
    if (array.dtype === "string") throw new FormatError(`${this.file}: tensor "${name}": numbers expected, got texts`);
    return fromFile(`${this.file}: tensor "${name}"`, array as FileArray, name);
  }

  /** The inputs that no initializer stands for. Images and sequences of channels are taken with their channels last. */
  private openInputs(): void {
    for (const { name, type } of this.graph.inputs) {
      if (this.values.has(name)) continue;
      const fail = (text: string) => new FormatError(`${this.file}: input "${name}": ${text}`);
      if (name === "") throw new FormatError(`${this.file}: a name expected for every input, got none`);
      if (type?.kind !== "tensor") throw fail(`a tensor expected, got ${type?.kind ?? "no type"}`);
      if (!type.shape || type.shape.length === 0) throw fail("a shape with the batch in front expected, got none");
      const batch = batchAxis(type.shape);
      const sizes = type.shape.filter((_, axis) => axis !== batch);
      if (sizes.some((n) => typeof n !== "number" || n < 1)) {
        throw fail(
          `fixed sizes behind the batch expected, got ${showShape(type.shape.map((n) => (typeof n === "number" ? n : null)))}; export it with them`,
        );
      }
      const row = sizes as number[];
      const isInt = ["int32", "int64", "uint8", "int8"].includes(type.dtype);
      const dtype: DType = isInt ? "int32" : "float32";
      const dims = [-1, ...row];
      const hasChannels = row.length === 3 || (row.length === 2 && this.feedsConvolution(name));
      const isImage = this.dialect.channelsFirst && batch === 0 && hasChannels && !this.isTurnedAtOnce(name);
      const shape = isImage ? [...row.slice(1), row[0] as number] : row;
      const called = this.dialect.called?.get(name) ?? name;
      const x = input({ shape, name: called.replaceAll("/", "."), ...(isInt ? { dtype: "int32" as const } : {}) });
      this.inputs.push(x);
      const value: Flow = { kind: "flow", x, dims, dtype, layout: isImage ? CHANNELS_LAST : PLAIN };
      this.builder.begin(name);
      this.values.set(
        name,
        batch === 0 ? value : this.builder.one(transpose, [value], { perm: to(batch, row.length) }),
      );
    }
  }

  /** Whether it has its channels last already: all that the graph does with it is to put them in front, as tf2onnx writes TensorFlow's models. */
  private isTurnedAtOnce(name: string): boolean {
    const readers = this.readers.get(name) ?? [];
    return (
      readers.length > 0 &&
      readers.every(({ opType, attributes }) => {
        const perm = attributes.get("perm");
        if (opType !== "Transpose" || perm?.kind !== "ints") return false;
        return (
          perm.value.length > 2 &&
          perm.value.every((axis, i) => axis === (i === 0 ? 0 : i === 1 ? perm.value.length - 1 : i - 1))
        );
      })
    );
  }

  private feedsConvolution(name: string): boolean {
    return (this.readers.get(name) ?? []).some(({ opType }) => /^Conv|Pool$/.test(opType));
  }

  private run(node: OnnxNode): void {
    if (readBy(node).some((each) => this.missing.has(each))) {
      for (const each of node.outputs) this.missing.add(each);
      return;
    }
    const view = new NodeView(
      node,
      node.inputs.map((each) => (each === "" ? undefined : this.values.get(each))),
      this.dialect.opset,
    );
    try {
      const output = node.outputs[0] as string;
      this.builder.begin(this.dialect.called?.get(output) ?? (node.name || output));
      const made = this.made(view);
      node.outputs.forEach((each, i) => {
        if (each === "") return;
        const value = made[i];
        if (this.missing.has(each)) return;
        if (value) this.values.set(each, value);
        else if (this.isRead(each)) {
          throw view.unsupported(`its output ${i}`);
        } else this.missing.add(each);
      });
    } catch (error) {
      if (error instanceof AbsentKernels) throw error;
      if (!(error instanceof Unsupported)) throw this.inFile(error, view);
      this.problems.push(error.message);
      for (const each of node.outputs) this.missing.add(each);
    }
  }

  private made(view: NodeView): readonly (Value | undefined)[] {
    const { node } = view;
    if (this.absorbed.has(node)) return [view.inputs.find((each) => each?.kind === "flow")];
    const known = node.domain === "" && Object.hasOwn(this.dialect.operators, node.opType);
    const operator = known ? this.dialect.operators[node.opType] : undefined;
    if (!operator) throw view.unsupported(this.dialect.lacks(node));
    return operator(view, this.builder, this.behind(node));
  }

  /** What a graph in a node puts out, as if its nodes stood in the graph around it. */
  private inline(node: OnnxNode, graph: OnnxGraph): readonly (Value | undefined)[] {
    this.openInitializers(graph);
    this.runAll(graph);
    return graph.outputs.map(({ name }, i) => {
      if (this.missing.has(name)) this.missing.add(node.outputs[i] as string);
      return this.values.get(name);
    });
  }

  private behind(node: OnnxNode): Behind {
    return {
      next: () => this.onlyReader(node, 0),
      isRead: (output) => this.isRead(node.outputs[output] ?? ""),
      value: (name) => this.values.get(name),
      inline: (graph) => this.inline(node, graph),
      absorb: (next) => {
        this.absorbed.add(next);
      },
    };
  }

  private isRead(name: string): boolean {
    return name !== "" && (this.readers.has(name) || this.graph.outputs.some((each) => each.name === name));
  }

  /** Errors of layers and operations name the node too. */
  private inFile(error: unknown, view: NodeView): FormatError {
    const text = error instanceof Error ? error.message : String(error);
    // Of a node in a branch that has been read for this one.
    if (error instanceof FormatError && text.startsWith(`${this.file}: `)) return error;
    const where = text.startsWith(view.where) ? "" : `${view.where}: `;
    return new FormatError(`${this.file}: ${where}${text}${this.aboutBatch}`, { cause: error });
  }

  /** Where the file was exported for one size of batch, sizes in its middle may have swallowed it. */
  private get aboutBatch(): string {
    const fixed = this.graph.inputs.find(({ name, type }) => {
      const batch = type?.kind === "tensor" ? type.shape?.[0] : undefined;
      return typeof batch === "number" && !this.graph.initializers.has(name);
    });
    if (!fixed) return "";
    return `; input "${fixed.name}" has a batch of fixed size: export it with a free one, ${this.dialect.freeBatch(fixed.name)}`;
  }

  /** The node that alone reads an output, which is none of the graph's. */
  private onlyReader({ outputs }: OnnxNode, output: number): OnnxNode | undefined {
    const name = outputs[output] as string;
    const readers = this.readers.get(name) ?? [];
    return readers.length === 1 && this.graph.outputs.every((each) => each.name !== name) ? readers[0] : undefined;
  }

  /** What the model puts out: images with their channels last, as it takes them. */
  private output(name: string): SymbolicTensor | undefined {
    if (this.missing.has(name)) return undefined;
    const value = this.values.get(name);
    if (!value) throw new FormatError(`${this.file}: output "${name}": a value of the graph expected, got none`);
    if (value.kind === "known") {
      this.problems.push(`output "${name}": it does not depend on the inputs`);
      return undefined;
    }
    this.builder.begin(this.dialect.called?.get(name) ?? name);
    const { dims } = value;
    const batch = dims.indexOf(-1);
    if (dims.filter((n) => n < 0).length !== 1 || batch < 0) {
      this.problems.push(`output "${name}": the batch is not one of its axes${this.aboutBatch}`);
      return undefined;
    }
    if (batch === 0) return this.builder.output(value);
    const perm = [batch, ...dims.flatMap((_, axis) => (axis === batch ? [] : [axis]))];
    return this.builder.output(this.builder.one(transpose, [this.builder.plain(value)], { perm }) as Flow);
  }
}
