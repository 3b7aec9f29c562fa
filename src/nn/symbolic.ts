import { checkName, checkNumber, checkOptions, show } from "../util/check.js";
import { ShapeError, StateError, ValueError } from "../util/errors.js";
import { checkShape, type Shape, sameShape, showShape } from "../util/shapes.js";
import type { AnyLayer } from "./layer.js";

/** One use of a layer in a graph: what it was applied to, and what it puts out. */
export interface Node {
  /** Undefined for an input of the graph. */
  readonly layer: AnyLayer | undefined;
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  /** What the layer is called in a graph that takes it from a model; else its own name, or one by its kind. */
  readonly name: string | undefined;
}

/** What will flow through a model, known by its shape alone: what `input` returns, and what a layer's `apply` makes of it. */
export class SymbolicTensor {
  constructor(
    /** The shape of one row. */
    readonly rowShape: Shape,
    readonly node: Node,
    /** Which of the node's outputs it is. */
    readonly index = 0,
    /** Of an input: the type of its values; undefined: the model's. */
    readonly dtype?: "int32",
    /** The rows of every batch, where they are known. */
    readonly batchSize?: number,
  ) {}

  /** With the batch in front, null where its size is not known: `[null, 784]`. */
  get shape(): readonly (number | null)[] {
    return [this.batchSize ?? null, ...this.rowShape];
  }

  toString(): string {
    return `SymbolicTensor ${showShape(this.shape)} of ${this.node.name ?? this.node.layer?.kind ?? "an input"}`;
  }
}

export interface InputOptions {
  /** Of one row, without the batch. */
  shape: Shape;
  /** What `x: { name: … }` calls it. Default: `input`, numbered within the model. */
  name?: string;
  /** `"int32"` for indices, such as the words that an embedding looks up. Default: the model's own type. */
  dtype?: "int32";
  /** Rows of every batch, which layers that are `stateful` need. Default: any number. */
  batchSize?: number;
}

/**
 * Where data enters a model.
 *
 * @throws ValueError for an unknown or impossible option
 * @example
 * const x = wg.input({ shape: [4] });
 * const y = wg.layers.dense({ units: 1 }).apply(x);
 * wg.model({ inputs: x, outputs: y }).outputShape; // [1]
 */
export function input(options: InputOptions): SymbolicTensor {
  checkOptions("input", options, ["shape", "name", "dtype", "batchSize"], true);
  const { shape, name, dtype, batchSize } = options;
  checkShape("input", shape, "shape");
  if (name !== undefined && (typeof name !== "string" || name === "" || name.includes("/"))) {
    throw new ValueError(`input: name expected a non-empty string without "/", got ${show(name)}`);
  }
  if (dtype !== undefined) checkName("input", "dtype", dtype, ["int32"]);
  if (batchSize !== undefined) checkNumber("input", "batchSize", batchSize, { min: 1, whole: true });
  const outputs: SymbolicTensor[] = [];
  outputs.push(new SymbolicTensor([...shape], { layer: undefined, inputs: [], outputs, name }, 0, dtype, batchSize));
  return outputs[0] as SymbolicTensor;
}

const uses = /* @__PURE__ */ new WeakMap<AnyLayer, Node[]>();

/**
 * Puts a layer behind others.
 *
 * @param name of the layer in errors and in a graph; default: its own
 * @throws ShapeError that names the layer where its input does not fit
 */
export function applyLayer(layer: AnyLayer, to: unknown, name = layer.name): SymbolicTensor | SymbolicTensor[] {
  const called = name ?? layer.kind;
  const inputs: readonly unknown[] = Array.isArray(to) ? to : [to];
  const wrong = inputs.findIndex((each) => !(each instanceof SymbolicTensor));
  if (wrong >= 0 || inputs.length === 0) {
    throw new ValueError(
      `${layer.kind} "${called}": apply expected what wg.input or another layer's apply returns, got ${show(wrong < 0 ? to : inputs[wrong])}`,
    );
  }
  const from = inputs as readonly SymbolicTensor[];
  const { joint } = layer;
  if (!joint && from.length > 1) {
    throw new ShapeError(`${layer.kind} "${called}": apply expected one input, got ${from.length}; join them first`);
  }
  const shapes = from.map(({ rowShape }) => rowShape);
  const known = usesOf(layer)[0]?.inputs.map(({ rowShape }) => rowShape);
  if (known && !known.every((shape, i) => sameShape(shape, shapes[i] ?? []))) checkShared(layer, called, known, shapes);
  const made = joint ? joint.outputShape(shapes, called) : layer.outputShape(shapes[0] as Shape, called);
  const batchSize = commonBatch(layer, called, from);
  const several = Array.isArray(made[0]);
  const outputs: SymbolicTensor[] = [];
  const node: Node = { layer, inputs: from, outputs, name };
  for (const [i, shape] of (several ? (made as readonly Shape[]) : [made as Shape]).entries()) {
    outputs.push(new SymbolicTensor(shape, node, i, undefined, batchSize));
  }
  uses.set(layer, [...usesOf(layer), node]);
  // Here and not by the factories, whose layers are put together by spreading, which would read them.
  Object.defineProperties(layer, {
    input: { configurable: true, get: () => onlyUse(layer, "input") },
    output: { configurable: true, get: () => onlyUse(layer, "output") },
  });
  return several ? outputs : (outputs[0] as SymbolicTensor);
}

/** @throws ShapeError where inputs are known to come in batches of different sizes */
function commonBatch(layer: AnyLayer, called: string, inputs: readonly SymbolicTensor[]): number | undefined {
  const [first, ...others] = new Set(inputs.flatMap(({ batchSize }) => batchSize ?? []));
  if (others.length === 0) return first;
  throw new ShapeError(
    `${layer.kind} "${called}": apply expected inputs of one batchSize, got ${[first, ...others].join(" and ")}; give wg.input the same`,
  );
}

/** A layer that is used again has the weights that it has: they must fit the other input too. */
function checkShared(layer: AnyLayer, called: string, known: readonly Shape[], shapes: readonly Shape[]): void {
  const wants = (input: readonly Shape[]) =>
    (layer.joint ? layer.joint.weights(input) : layer.weights(input[0] as Shape)).map(({ shape }) => shape.join());
  if (wants(known).join(";") === wants(shapes).join(";")) return;
  const show = (list: readonly Shape[]) => list.map((shape) => showShape([null, ...shape])).join(" and ");
  throw new ShapeError(
    `${layer.kind} "${called}": apply expected an input ${show(known)} as where its weights come from, got ${show(shapes)}; make a second layer`,
  );
}

function usesOf(layer: AnyLayer): readonly Node[] {
  return uses.get(layer) ?? [];
}

/** What a layer was applied to, or puts out. @throws StateError where it was used in several places */
function onlyUse(layer: AnyLayer, what: "input" | "output"): SymbolicTensor {
  const nodes = usesOf(layer);
  const called = layer.name ?? layer.kind;
  if (nodes.length !== 1) {
    throw new StateError(
      `${layer.kind} "${called}": ${what} expected a layer that was applied once, got one applied ${nodes.length} times; keep what apply returns`,
    );
  }
  const [found, ...more] = (nodes[0] as Node)[what === "input" ? "inputs" : "outputs"];
  if (more.length > 0) {
    throw new StateError(
      `${layer.kind} "${called}": ${what} expected one, got ${more.length + 1}; keep what apply was given and returns`,
    );
  }
  return found as SymbolicTensor;
}
