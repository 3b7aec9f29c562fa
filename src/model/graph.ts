import type { AnyLayer } from "../nn/layer.js";
import { input, type Node, type SymbolicTensor } from "../nn/symbolic.js";
import { StateError, ValueError } from "../util/errors.js";
import { type Shape, showShape } from "../util/shapes.js";

/** A layer in a model: its name there and the shapes of one row before and after it, where it is first used. */
export interface Placed {
  readonly layer: AnyLayer;
  readonly name: string;
  readonly inputShapes: readonly Shape[];
  readonly outputShapes: readonly Shape[];
  /** The first of each. */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** The rows of every batch, where they are known. */
  readonly batchSize: number | undefined;
}

/** One use of a layer. Values are numbered: those of the inputs first, then what each step puts out. */
export interface Step extends Placed {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export interface GraphInput {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: "int32" | undefined;
  /** The rows of every batch, where they are known. */
  readonly batchSize?: number | undefined;
}

/** An input of a new graph like one of another. */
export const inputOf = ({ name, shape, dtype, batchSize }: GraphInput): SymbolicTensor =>
  input({ name, shape, ...(dtype ? { dtype } : {}), ...(batchSize === undefined ? {} : { batchSize }) });

/** The layers of a model in an order in which they can run. */
export interface Graph {
  readonly inputs: readonly GraphInput[];
  readonly steps: readonly Step[];
  /** Each layer once, however often it is used. */
  readonly placed: readonly Placed[];
  /** The values that the model puts out, and their shapes. */
  readonly outputs: readonly number[];
  readonly outputShapes: readonly Shape[];
  /** How often each value is read; being put out counts. */
  readonly reads: readonly number[];
  /** The step that reads a value last, by the value. */
  readonly readers: ReadonlyMap<number, Step>;
}

/**
 * The graph between inputs and outputs.
 *
 * @param who names the model in errors
 * @throws ValueError where an output needs an input that is not given, or two layers have one name
 */
export function graphOf(who: string, inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): Graph {
  const values = new Map<SymbolicTensor, number>();
  for (const each of inputs) {
    if (values.has(each)) throw new ValueError(`${who}: inputs expected to differ, got one twice; leave it out`);
    values.set(each, values.size);
  }
  const nodes = nodesBetween(who, values, outputs);
  const names = namesOf(who, nodes);
  const reads: number[] = inputs.map(() => 0);
  const count = (value: number) => {
    reads[value] = (reads[value] as number) + 1;
  };
  const steps = nodes.map((node): Step => {
    const layer = node.layer as AnyLayer;
    const from = node.inputs.map((each) => values.get(each) as number);
    from.forEach(count);
    const to = node.outputs.map((each) => {
      values.set(each, reads.length);
      return reads.push(0) - 1;
    });
    const shapes = {
      inputShapes: node.inputs.map(({ rowShape }) => rowShape),
      outputShapes: node.outputs.map(({ rowShape }) => rowShape),
    };
    return {
      layer,
      name: names.get(layer) as string,
      ...shapes,
      inputShape: shapes.inputShapes[0] as Shape,
      outputShape: shapes.outputShapes[0] as Shape,
      batchSize: node.outputs[0]?.batchSize,
      inputs: from,
      outputs: to,
    };
  });
  const out = outputs.map((each) => values.get(each) as number);
  out.forEach(count);
  return {
    inputs: inputNames(who, inputs).map((name, i) => {
      const { rowShape, dtype, batchSize } = inputs[i] as SymbolicTensor;
      return { name, shape: rowShape, dtype, ...(batchSize === undefined ? {} : { batchSize }) };
    }),
    steps,
    placed: [...new Map(steps.map((step) => [step.layer, step]).reverse() as [AnyLayer, Step][]).values()].reverse(),
    outputs: out,
    outputShapes: outputs.map(({ rowShape }) => rowShape),
    reads,
    readers: new Map(steps.flatMap((step) => step.inputs.map((value) => [value, step] as const))),
  };
}

/** All that the outputs need, each behind what it needs itself; in a loop and not by recursion, as a graph may be deep. */
function nodesBetween(
  who: string,
  given: ReadonlyMap<SymbolicTensor, number>,
  outputs: readonly SymbolicTensor[],
): Node[] {
  const order: Node[] = [];
  const state = new Map<Node, "entered" | "done">();
  const stack = outputs.map(({ node }) => node).reverse();
  for (const each of outputs) checkReached(who, each, given);
  while (stack.length > 0) {
    const node = stack[stack.length - 1] as Node;
    if (!node.layer || state.get(node) === "done" || node.outputs.some((each) => given.has(each))) {
      stack.pop();
    } else if (state.get(node) === "entered") {
      stack.pop();
      state.set(node, "done");
      order.push(node);
    } else {
      state.set(node, "entered");
      for (const each of [...node.inputs].reverse()) {
        checkReached(who, each, given);
        stack.push(each.node);
      }
    }
  }
  return order;
}

function checkReached(who: string, value: SymbolicTensor, given: ReadonlyMap<SymbolicTensor, number>): void {
  if (value.node.layer || given.has(value)) return;
  const name = value.node.name === undefined ? "" : ` "${value.node.name}"`;
  throw new ValueError(
    `${who}: inputs expected every input that the outputs need, got none for the input${name} ${showShape(value.shape)}; add it to inputs`,
  );
}

function namesOf(who: string, nodes: readonly Node[]): Map<AnyLayer, string> {
  const layers = new Map<AnyLayer, { name: string | undefined; kind: string }>();
  for (const { layer, name } of nodes) {
    if (layer && !layers.has(layer)) layers.set(layer, { name, kind: layer.kind });
  }
  const names = nameLayers(who, [...layers.values()]);
  return new Map([...layers.keys()].map((layer, i) => [layer, names[i] as string]));
}

/**
 * Gives each layer its name: its own, or its kind in Keras's spelling, numbered: `dense`, `dense_1`, `spatial_dropout1d`.
 *
 * @throws ValueError where two have one name
 */
export function nameLayers(who: string, layers: readonly { name: string | undefined; kind: string }[]): string[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  for (const { name } of layers) {
    if (name === undefined) continue;
    if (taken.has(name)) {
      throw new ValueError(`${who}: layer names expected to differ, got "${name}" twice; rename one of them`);
    }
    taken.add(name);
  }
  return layers.map(({ name, kind }) => {
    if (name !== undefined) return name;
    const base = kind.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
    let count = counts.get(base) ?? 0;
    let unique = count === 0 ? base : `${base}_${count}`;
    while (taken.has(unique)) unique = `${base}_${++count}`;
    counts.set(base, count + 1);
    taken.add(unique);
    return unique;
  });
}

function inputNames(who: string, inputs: readonly SymbolicTensor[]): string[] {
  const taken = new Set<string>();
  for (const { node } of inputs) {
    if (node.layer || node.name === undefined) continue;
    if (taken.has(node.name)) {
      throw new ValueError(`${who}: inputs expected names that differ, got "${node.name}" twice; rename one of them`);
    }
    taken.add(node.name);
  }
  return inputs.map(({ node }) => {
    if (!node.layer && node.name !== undefined) return node.name;
    let unique = "input";
    for (let i = 1; taken.has(unique); i++) unique = `input_${i}`;
    taken.add(unique);
    return unique;
  });
}

/** What losses and targets call the outputs: the layers' names, numbered where one has several. */
export function outputNames(graph: Graph): string[] {
  const taken = new Map<string, number>();
  const sources = new Map(graph.steps.flatMap((step) => step.outputs.map((value) => [value, step] as const)));
  return graph.outputs.map((value) => {
    const name = sources.get(value)?.name ?? (graph.inputs[value] as GraphInput).name;
    const count = taken.get(name) ?? 0;
    taken.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}

/** The step that puts a value out, or undefined for an input. */
export function stepOf({ steps }: Graph, value: number): Step | undefined {
  return steps.find(({ outputs }) => outputs.includes(value));
}

/** @throws StateError where a model has several inputs or outputs and one is asked for */
export function only<T>(list: readonly T[], who: string, what: string): T {
  if (list.length === 1) return list[0] as T;
  throw new StateError(`${who}: ${what} expected of a model with one, got ${list.length}; use ${what}s`);
}
