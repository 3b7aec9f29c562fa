import { memory } from "../../backend/engine.js";
import type { BaseModel } from "../../model/base.js";
import { awaitWeights } from "../../model/network.js";
import type { AnyLayer, Weights } from "../../nn/layer.js";
import { activation } from "../../nn/layers/activation.js";
import {
  type Operand,
  operationLayer,
  operationTypes,
  sketchedTypes,
  weightName,
} from "../../nn/layers/operation-layer.js";
import { reshape } from "../../nn/layers/reshape.js";
import type { Attributes, Operation } from "../../nn/operations/operation.js";
import { transpose } from "../../nn/operations/shape.js";
import { applyLayer, type SymbolicTensor } from "../../nn/symbolic.js";
import { scope } from "../../tensor/scope.js";
import { Tensor, tensor } from "../../tensor/tensor.js";
import type { Variable } from "../../tensor/variable.js";
import { type DType, isFloat } from "../../util/dtypes.js";
import { FormatError } from "../../util/errors.js";
import { type FileArray, isFileFloat, toHost, toHostLater } from "../../util/file-array.js";
import { type HostArray, shapedAs } from "../../util/host-array.js";
import { type Shape, sameShape, showShape, sizeOfShape } from "../../util/shapes.js";
import { Unsupported } from "./unsupported.js";
import { CHANNELS_LAST, type Flow, type Known, type Layout, ordered, PLAIN, transposed, type Value } from "./values.js";

/** The weights of a layer that is made, by the layer's own names. */
interface Assignment {
  readonly layer: AnyLayer;
  readonly weights: Readonly<Record<string, HostArray>>;
}

/** Elements of constants that are worked out as a file is read, together: a few numbers in a file can ask for any amount. */
const MOST_CONSTANTS = 2 ** 25;
/** Bytes of tensor memory that one of them may take as it is worked out, beside what there is. */
const MOST_BYTES = 2 ** 30;
/** Elements that an operation may put out for each row of the batch. */
const MOST_IN_ROW = 2 ** 28;

/** Puts layers behind what there is, and remembers the weights that they are to have. */
export class Builder {
  private readonly assignments: Assignment[] = [];
  private readonly names = new Set<string>();
  /** What the next layer of a name is numbered by. */
  private readonly numbers = new Map<string, number>();
  private current = "";
  private constants = 0;

  /** @param node what the layers that follow are called by */
  begin(node: string): void {
    this.current = node.replaceAll("/", ".").replace(/^\.+/, "") || "node";
  }

  /** Is told of elements of a constant before they are there. @throws FormatError where a file asks for too many */
  spend(count: number): void {
    this.constants += count;
    if (this.constants <= MOST_CONSTANTS) return;
    throw new FormatError(
      `node "${this.current}": constants of at most ${MOST_CONSTANTS} elements together expected, got more`,
    );
  }

  private nextName(): string {
    let number = this.numbers.get(this.current) ?? 0;
    const named = () => (number === 0 ? this.current : `${this.current}.${number}`);
    while (this.names.has(named())) number++;
    const name = named();
    this.numbers.set(this.current, number + 1);
    this.names.add(name);
    return name;
  }

  /** One output of a layer. */
  layer(layer: AnyLayer, inputs: readonly Flow[], weights: Readonly<Record<string, HostArray>> = {}): SymbolicTensor {
    return this.layers(layer, inputs, weights)[0] as SymbolicTensor;
  }

  layers(
    layer: AnyLayer,
    inputs: readonly Flow[],
    weights: Readonly<Record<string, HostArray>> = {},
  ): SymbolicTensor[] {
    if (Object.keys(weights).length > 0) {
      this.assignments.push({ layer, weights });
      awaitWeights(layer, Object.keys(weights));
    }
    const made = applyLayer(
      layer,
      inputs.map(({ x }) => x),
      this.nextName(),
    );
    return Array.isArray(made) ? made : [made];
  }

  /** The flow that a layer makes of one: its last axes from the layer, the first as before. */
  through(layer: AnyLayer, from: Flow, weights: Readonly<Record<string, HostArray>> = {}): Flow {
    const x = this.layer(layer, [from], weights);
    return { ...from, x, dims: dimsIn(from.layout, [from.dims[0] as number, ...x.rowShape]) };
  }

  /**
   * An operation of `wg` on values that lie as it needs them: worked out now where all are known, else a layer.
   *
   * @param layout of what it puts out
   */
  operate(
    operation: Operation,
    values: readonly Value[],
    attributes: Attributes = {},
    layout: Layout = PLAIN,
  ): Value[] {
    const { name } = operation;
    const [first] = values;
    if (moving.has(name) && first?.kind === "known" && first.everywhere)
      return moved(operation, first, attributes, values.slice(1));
    if (!broadcasting.has(name) && values.some((value) => value.kind === "known" && value.everywhere)) {
      throw new Unsupported(`${this.current}: ${name} of a constant for every row of the batch`);
    }
    if (values.every((value) => value.kind === "known")) {
      const all = values as readonly Known[];
      const types = sketchedTypes(
        operation,
        attributes,
        all.map(({ array }) => array),
      );
      for (const { shape } of types) this.spend(sizeOfShape(shape));
      return bounded(() => fold(operation, all, attributes));
    }
    const operands = values.map(operandOf);
    const layer = operationLayer(operation, attributes, operands);
    const weights: Record<string, HostArray> = {};
    operands.forEach((operand, i) => {
      if (operand.kind === "weight") weights[weightName(i)] = (values[i] as Known).array;
    });
    const flows = values.filter((value) => value.kind === "flow");
    const types = operationTypes(operation, attributes, operands);
    for (const { shape } of types) this.checkRow(shape);
    return this.layers(layer, flows, weights).map((x, i) => {
      const { shape, dtype } = types[i] as (typeof types)[number];
      return { kind: "flow", x, dims: dimsIn(layout, shape), dtype, layout };
    });
  }

  /** The same for one output. */
  one(operation: Operation, values: readonly Value[], attributes: Attributes = {}, layout: Layout = PLAIN): Value {
    return this.operate(operation, values, attributes, layout)[0] as Value;
  }

  /** @throws FormatError for more elements in a row than memory can hold */
  private checkRow(shape: Shape): void {
    const count = shape.reduce((product, n) => product * Math.abs(n), 1);
    if (count <= MOST_IN_ROW) return;
    throw new FormatError(`node "${this.current}": at most ${MOST_IN_ROW} elements in a row expected, got ${count}`);
  }

  /** A flow with its axes in ONNX's order. */
  plain<V extends Value>(value: V): V {
    if (value.kind === "known" || value.layout.kind === "plain") return value;
    const { layout, dims } = value;
    if (layout.kind === "channelsLast") {
      const perm = [0, dims.length - 1, ...dims.slice(2).map((_, i) => i + 1)];
      return this.one(transpose, [{ ...value, layout: PLAIN, dims: ordered(layout, dims) }], { perm }) as V;
    }
    const { channels, pixels } = layout;
    const image = this.through(reshape({ targetShape: [pixels, channels] }), { ...value, layout: PLAIN });
    const turned = this.one(transpose, [image], { perm: [0, 2, 1] }) as Flow;
    return { ...this.through(reshape({ targetShape: [channels * pixels] }), turned), dims } as Value as V;
  }

  /**
   * Gives the layers of a model that was made of what this put out their weights. A layer that no output needs is left out.
   *
   * @param file begins errors
   * @throws FormatError where the file's array for a weight has another shape, or fewer or more numbers
   */
  assign(model: BaseModel, file: string): void {
    const { graph, weights: held } = model.network;
    const names = new Map(graph.placed.map(({ layer, name }) => [layer, name]));
    for (const { layer, weights } of this.assignments) {
      const name = names.get(layer);
      if (name === undefined) continue;
      const variables = held.get(name) as Weights;
      for (const [key, array] of Object.entries(weights)) {
        const { data, shape } = array;
        const variable = variables[key] as Variable;
        if (!sameShape(shape, variable.shape) || data.length !== variable.size) {
          throw new FormatError(
            `${file}: weight "${name}/${key}" expected ${showShape(variable.shape)} for what the layer is fed, got ${showShape(shape)} of ${data.length} numbers`,
          );
        }
        scope(() => void variable.assign(tensor(data, shape, "float32")));
      }
    }
  }

  /** What a model puts out: images with their channels last, behind a layer that it comes from. */
  output(value: Flow): SymbolicTensor {
    const given = value.layout.kind === "flattened" ? this.plain(value) : value;
    return given.x.node.layer ? given.x : this.layer(activation({ activation: "linear" }), [given]);
  }

  /** A flow of images, or sequences, with its channels last. */
  last(value: Flow): Flow {
    if (value.layout.kind === "channelsLast") return value;
    const { dims } = this.plain(value);
    const perm = [0, ...dims.slice(2).map((_, i) => i + 2), 1];
    const turned = this.one(transpose, [this.plain(value)], { perm }) as Flow;
    return { ...turned, dims, layout: CHANNELS_LAST };
  }
}

/** The axes of the data as ONNX orders them. */
function dimsIn(layout: Layout, shape: Shape): Shape {
  if (layout.kind !== "channelsLast") return shape;
  return [shape[0] as number, shape.at(-1) as number, ...shape.slice(1, -1)];
}

/** Operations for which one number is as good as a tensor full of it. */
const broadcasting = new Set([
  "add",
  "div",
  "fmod",
  "mod",
  "maximum",
  "minimum",
  "mul",
  "pow",
  "sub",
  "where",
  "equal",
  "greater",
  "greaterEqual",
  "less",
  "lessEqual",
  "logicalAnd",
  "logicalOr",
  "logicalXor",
  "notEqual",
]);

/** Operations that put out nothing but elements of their first operand. */
const moving = new Set([
  "broadcastTo",
  "expandDims",
  "gather",
  "reshape",
  "reverse",
  "split",
  "stridedSlice",
  "tile",
  "transpose",
]);

/** What is left of a tensor with the same number everywhere. */
function moved(
  operation: Operation,
  { array, everywhere }: Known,
  attributes: Attributes,
  others: readonly Value[],
): Value[] {
  const batchOnce = (shape: readonly number[]) => shape.map((n) => (n < 0 ? -1 : n));
  const given = operation.name === "reshape" ? { shape: batchOnce(attributes.shape as number[]) } : attributes;
  const operands: Operand[] = [
    { kind: "input", dtype: array.dtype, shape: everywhere as Shape },
    ...others.map(operandOf),
  ];
  const types = operationTypes(operation, given, operands);
  return types.map(({ shape }) => uniform(Number(array.data[0]), array.dtype, shape));
}

/** A tensor with the same number everywhere. */
export const uniform = (value: number, dtype: DType, dims: Shape): Known => ({
  ...known(dtype === "float32" ? Float32Array.of(value) : Int32Array.of(value), [], dtype),
  everywhere: dims,
});

/** Numbers that are known are weights where they are real, and stay as they are where they are whole. */
function operandOf(value: Value): Operand {
  if (value.kind === "flow") {
    const { dims, dtype, layout } = value;
    return { kind: "input", ...(dtype === "float32" ? {} : { dtype }), shape: ordered(layout, dims) };
  }
  const { shape, dtype } = value.array;
  if (isFloat(dtype)) {
    // A single number is part of a formula as a rule, and no weight to be trained.
    return { kind: "weight", shape, trainable: value.name !== undefined && sizeOfShape(shape) > 1 };
  }
  return { kind: "constant", shape, dtype: dtype === "bool" ? "bool" : "int32", values: Array.from(value.array.data) };
}

function bounded<T>(run: () => T): T {
  const owner = memory();
  const { limit } = owner;
  owner.limit = Math.min(limit, owner.stats().reserved + MOST_BYTES);
  try {
    return run();
  } finally {
    owner.limit = limit;
  }
}

function fold(operation: Operation, values: readonly Known[], attributes: Attributes): Known[] {
  const [first] = values as [Known];
  if (operation === transpose) return [{ ...first, array: transposed(first.array, attributes.perm as number[]) }];
  return scope(() => {
    const tensors = values.map(({ array }) => tensor(array.data, array.shape, array.dtype));
    const made = operation.run(tensors, attributes);
    return (made instanceof Tensor ? [made] : made).map((each) => known(each.toTypedArray(), each.shape, each.dtype));
  });
}

export function known(data: HostArray["data"], shape: Shape, dtype: DType, name?: string): Known {
  return { kind: "known", array: { data, shape: [...shape], dtype }, name };
}

/** The largest whole numbers, which ONNX uses for "to the end", become the largest of 32 bits. */
export function fromFile(what: string, array: FileArray, name?: string): Known {
  const isLong = array.dtype === "int64" || array.dtype === "uint64" || array.dtype === "uint32";
  if (!isLong) {
    if (isFileFloat(array.dtype)) return { kind: "known", array: toHostLater(what, array, "float32"), name };
    const { data, shape, dtype } = toHost(what, array);
    return known(data, shape, dtype === "uint8" ? "int32" : dtype, name);
  }
  const { data, shape } = toHost(what, array, "float64");
  const most = 2 ** 31 - 1;
  const clamped = Int32Array.from(data, (v) => Math.max(-most - 1, Math.min(most, Number(v))));
  return known(clamped, shape as Shape, "int32", name);
}

/** Whole numbers as ONNX's shapes have them. */
export const integers = (values: readonly number[], shape: Shape = [values.length]): Known =>
  known(Int32Array.from(values), shape, "int32");

/** A known array under the axes of a flow of that rank: broadcast from the right, then ordered as the flow's data are. */
export function alongside(value: Known, { layout, dims }: Flow): Known {
  const { array } = value;
  if (layout.kind !== "channelsLast" || array.shape.length === 0) return value;
  const shape = [...dims.slice(array.shape.length).map(() => 1), ...array.shape];
  const perm = ordered(
    layout,
    shape.map((_, i) => i),
  );
  return { ...value, array: transposed(shapedAs(array, shape), perm) };
}
