import { Functional } from "../../model/functional.js";
import type { SymbolicTensor } from "../../nn/symbolic.js";
import { input } from "../../nn/symbolic.js";
import type { DType } from "../../util/dtypes.js";
import { FormatError } from "../../util/errors.js";
import type { FileArray } from "../../util/file-array.js";
import { showShape } from "../../util/shapes.js";
import { Builder, fromFile } from "../graph/builder.js";
import { Unsupported, UnsupportedModel } from "../graph/unsupported.js";
import { type Known, PLAIN, type Value } from "../graph/values.js";
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from "./model.js";
import { NodeView } from "./node.js";
import { type Behind, operators } from "./operators/index.js";

export interface ImportOptions {
  /** Default: the graph's own. */
  name?: string;
}

/** The operator sets whose meaning is known here. */
const OLDEST = 6;
const NEWEST = 24;

/**
 * The model of an ONNX graph: convolutions, dense layers and so on as the layers of those names, all else as operations. Images have their
 * channels last here: kernels are turned once, now, and `predict` takes `[batch, height, width, channels]`.
 *
 * @param file begins errors: "load: m.onnx"
 * @throws FormatError that lists everything that is not supported, or says what is damaged
 */
export function importOnnx(model: OnnxModel, file: string, { name }: ImportOptions = {}): Functional {
  const opset = model.opsets.get("") ?? 0;
  if (opset < OLDEST || opset > NEWEST) {
    throw new FormatError(
      `${file}: operator set ${OLDEST} to ${NEWEST} expected, got ${opset}; export the model for one of those`,
    );
  }
  return new Importer(model.graph, opset, file).model(name ?? (model.graph.name.replaceAll("/", ".") || "onnx"));
}

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
    private readonly opset: number,
    private readonly file: string,
  ) {}

  model(name: string): Functional {
    for (const node of this.graph.nodes) {
      for (const each of node.inputs) {
        const readers = this.readers.get(each);
        if (readers) readers.push(node);
        else this.readers.set(each, [node]);
      }
    }
    for (const [key, array] of this.graph.initializers) this.values.set(key, this.knownOf(key, array));
    this.openInputs();
    for (const node of inOrder(this.graph.nodes, this.values, this.file)) this.run(node);
    const outputs = this.graph.outputs.map(({ name: output }) => this.output(output));
    if (this.problems.length > 0) throw new UnsupportedModel(this.file, this.problems);
    const made = new Functional(
      { inputs: this.inputs, outputs: outputs as SymbolicTensor[] },
      { name, dtype: "float32" },
    );
    this.builder.assign(made, this.file);
    return made;
  }

  private knownOf(name: string, array: OnnxTensor): Known {
    if (array.dtype === "string") throw new FormatError(`${this.file}: tensor "${name}": numbers expected, got texts`);
    return fromFile(`${this.file}: tensor "${name}"`, array as FileArray, name);
  }

  /** The inputs that no initializer stands for. Images and sequences of channels come with their channels last. */
  private openInputs(): void {
    for (const { name, type } of this.graph.inputs) {
      if (this.values.has(name)) continue;
      const fail = (text: string) => new FormatError(`${this.file}: input "${name}": ${text}`);
      if (name === "") throw new FormatError(`${this.file}: a name expected for every input, got none`);
      if (type?.kind !== "tensor") throw fail(`a tensor expected, got ${type?.kind ?? "no type"}`);
      if (!type.shape || type.shape.length === 0) throw fail("a shape with the batch in front expected, got none");
      const sizes = type.shape.slice(1);
      const unknown = sizes.findIndex((n) => typeof n !== "number" || n < 1);
      if (unknown >= 0) {
        throw fail(
          `fixed sizes behind the batch expected, got ${showShape(type.shape.map((n) => (typeof n === "number" ? n : null)))}; export it with them`,
        );
      }
      const row = sizes as number[];
      const isInt = ["int32", "int64", "uint8", "int8"].includes(type.dtype);
      const dtype: DType = isInt ? "int32" : "float32";
      const dims = [-1, ...row];
      const isImage = row.length === 3 || (row.length === 2 && this.feedsConvolution(name));
      const shape = isImage ? [...row.slice(1), row[0] as number] : row;
      const x = input({ shape, name: name.replaceAll("/", "."), ...(isInt ? { dtype: "int32" as const } : {}) });
      this.inputs.push(x);
      this.values.set(name, { kind: "flow", x, dims, dtype, layout: isImage ? { kind: "channelsLast" } : PLAIN });
    }
  }

  private feedsConvolution(name: string): boolean {
    return (this.readers.get(name) ?? []).some(({ opType }) => /^Conv|Pool$/.test(opType));
  }

  private run(node: OnnxNode): void {
    if (node.inputs.some((each) => this.missing.has(each))) {
      for (const each of node.outputs) this.missing.add(each);
      return;
    }
    const view = new NodeView(
      node,
      node.inputs.map((each) => (each === "" ? undefined : this.values.get(each))),
      this.opset,
    );
    const operator = node.domain === "" ? operators[node.opType] : undefined;
    try {
      if (!operator)
        throw view.unsupported(node.domain === "" ? "no such operator here" : `of the domain ${node.domain}`);
      this.builder.begin(node.name || (node.outputs[0] as string));
      const made = this.absorbed.has(node)
        ? [view.inputs.find((each) => each?.kind === "flow")]
        : operator(view, this.builder, this.behind(node));
      node.outputs.forEach((each, i) => {
        if (each === "") return;
        const value = made[i];
        if (value) this.values.set(each, value);
        else if (this.isRead(each)) {
          throw view.unsupported(`its output ${i}`);
        } else this.missing.add(each);
      });
    } catch (error) {
      if (!(error instanceof Unsupported)) throw this.inFile(error, view);
      this.problems.push(error.message);
      for (const each of node.outputs) this.missing.add(each);
    }
  }

  private behind(node: OnnxNode): Behind {
    return {
      next: () => this.onlyReader(node, 0),
      isRead: (output) => this.isRead(node.outputs[output] ?? ""),
      value: (name) => this.values.get(name),
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
    return `; input "${fixed.name}" has a batch of fixed size: export it with a free one, in PyTorch with dynamic_axes={"${fixed.name}": {0: "batch"}} or dynamic_shapes`;
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
    this.builder.begin(name);
    const { dims } = value;
    if (dims[0] !== -1 || dims.slice(1).some((n) => n < 0)) {
      this.problems.push(`output "${name}": the batch is not its first axis${this.aboutBatch}`);
      return undefined;
    }
    return this.builder.output(value);
  }
}

/** The nodes in an order in which they can run. ONNX asks for one, not every exporter keeps to it. @throws FormatError for a cycle */
function inOrder(nodes: readonly OnnxNode[], given: ReadonlyMap<string, unknown>, file: string): OnnxNode[] {
  const ready = new Set(given.keys());
  const made = new Map<string, OnnxNode>();
  for (const node of nodes) {
    for (const each of node.outputs) {
      if (each !== "" && made.has(each))
        throw new FormatError(`${file}: value "${each}": one node that makes it expected, got two`);
      made.set(each, node);
    }
  }
  const order: OnnxNode[] = [];
  const state = new Map<OnnxNode, "entered" | "done">();
  for (const first of nodes) {
    const stack = [first];
    while (stack.length > 0) {
      const node = stack[stack.length - 1] as OnnxNode;
      if (state.get(node) === "done") {
        stack.pop();
        continue;
      }
      const wanted = node.inputs.filter((each) => each !== "" && !ready.has(each));
      if (wanted.length === 0) {
        stack.pop();
        state.set(node, "done");
        order.push(node);
        for (const each of node.outputs) ready.add(each);
        continue;
      }
      const where = `node "${node.name || node.outputs[0]}" (${node.opType})`;
      if (state.get(node) === "entered")
        throw new FormatError(`${file}: ${where}: a graph without cycles expected, got one`);
      state.set(node, "entered");
      for (const each of wanted) {
        const source = made.get(each);
        if (!source)
          throw new FormatError(`${file}: ${where}: input "${each}" expected from a node or an initializer, got none`);
        stack.push(source);
      }
    }
  }
  return order;
}
