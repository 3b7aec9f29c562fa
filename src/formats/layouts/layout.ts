import type { BaseModel } from "../../model/base.js";
import type { Step } from "../../model/graph.js";
import type { LayerConfig } from "../../nn/layer.js";
import type { Variable } from "../../tensor/variable.js";
import { newArray } from "../../util/dtypes.js";
import { type HostArray, hostDType } from "../../util/host-array.js";
import { type Shape, sizeOfShape } from "../../util/shapes.js";
import { Unsupported, UnsupportedModel } from "../graph/unsupported.js";
import { type FeatureOrder, featureOrders } from "./features.js";
import type { Turn } from "./turn.js";

type Arrays = readonly HostArray[];

/** Weights of a layer that go together, and the arrays of another framework that hold them. */
export interface Part {
  /** The layer's names of its weights. */
  readonly own: readonly string[];
  /** The framework's names of its arrays. */
  readonly names: readonly string[];
  /** The file may lack it. */
  readonly optional?: true;
  /** @throws Unsupported where the framework cannot hold such weights */
  theirs(ours: Arrays): Arrays;
  ours(theirs: Arrays): Arrays;
  /** What keeps these arrays from being the layer's, if something does. */
  fault?(theirs: Arrays): string | undefined;
}

/** A layer as its layout sees it. */
export interface Place {
  readonly kind: string;
  readonly config: LayerConfig;
  /** Of one row. */
  readonly inputShape: Shape;
  /** The shapes of its weights. */
  readonly shapes: Readonly<Record<string, Shape>>;
  /** The order of the features that go in and come out. */
  readonly from: FeatureOrder | undefined;
  readonly to: FeatureOrder | undefined;
}

/** The parts of a kind of layer in the framework's order. @throws Unsupported with the reason */
export type Layout = (place: Place) => readonly Part[];
export type Layouts = Readonly<Record<string, Layout>>;

/** A layer with weights, and where they lie in a file. */
export interface Held {
  readonly name: string;
  readonly kind: string;
  readonly parts: readonly Part[];
  readonly variables: Readonly<Record<string, Variable>>;
}

/** One weight as one array. */
export const one = (
  own: string,
  name: string,
  { theirs, ours }: Turn = { theirs: (a) => a, ours: (a) => a },
): Part => ({
  own: [own],
  names: [name],
  theirs: ([array]) => [theirs(array as HostArray)],
  ours: ([array]) => [ours(array as HostArray)],
});

/** An array that the framework has and the layer does not: the same number everywhere. */
export const constant = (name: string, shape: Shape, value: number, remedy: string): Part => ({
  own: [],
  names: [name],
  theirs: () => [filled(shape, value)],
  ours: () => [],
  fault: ([array]) =>
    array?.data.every((each) => each === value)
      ? undefined
      : `expected ${value} everywhere, as the layer lacks it; ${remedy}`,
});

export const filled = (shape: Shape, value: number): HostArray => ({
  data: new Float32Array(sizeOfShape(shape)).fill(value),
  shape,
});

/**
 * The layers of a model that have weights, and their layouts.
 *
 * @param who begins errors
 * @throws UnsupportedModel that lists the layers without an equal in the framework
 */
export function heldIn(model: BaseModel, layouts: Layouts, framework: string, who: string): Held[] {
  const { graph, weights } = model.network;
  const orderOf = featureOrders(graph);
  const problems: string[] = [];
  const held = graph.placed.flatMap((placed): Held[] => {
    const { layer, name, inputShape } = placed;
    const variables = weights.get(name) ?? {};
    const entries = Object.entries(variables);
    if (entries.length === 0) return [];
    const step = graph.steps.find((each) => each.layer === layer) as Step;
    const shapes = Object.fromEntries(entries.map(([own, { shape }]) => [own, shape]));
    const [from, to] = [orderOf(step.inputs[0] as number), orderOf(step.outputs[0] as number)];
    const place = { kind: layer.kind, config: layer.config, inputShape, shapes, from, to };
    try {
      const parts = partsOf(layouts, place, framework);
      return [{ name, kind: layer.kind, parts, variables }];
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(`${layer.kind} "${name}": ${error.message}`);
      return [];
    }
  });
  if (problems.length > 0) throw new UnsupportedModel(who, problems);
  return held;
}

/** The parts of a layer, or of the one in it that runs at each step. */
export function partsOf(layouts: Layouts, place: Place, framework: string): readonly Part[] {
  if (place.kind === "timeDistributed") {
    const inner = place.config.layer as { kind: string; config: LayerConfig };
    const { inputShape, shapes } = place;
    return partsOf(
      layouts,
      { ...inner, shapes, inputShape: inputShape.slice(1), from: undefined, to: undefined },
      framework,
    );
  }
  const layout = Object.hasOwn(layouts, place.kind) ? layouts[place.kind] : undefined;
  if (!layout) throw new Unsupported(`no equal in ${framework} is known here`);
  return layout(place);
}

/** What the framework's arrays look like. */
export function theirShapes({ parts, variables }: Held): Map<string, { shape: Shape; optional: boolean }> {
  const zeros = (own: string): HostArray => {
    const { shape, dtype } = variables[own] as Variable;
    return { data: newArray(dtype, sizeOfShape(shape)), shape };
  };
  return new Map(
    parts.flatMap(({ own, names, theirs, optional = false }) =>
      theirs(own.map(zeros)).map(({ shape }, i) => [names[i] as string, { shape, optional }] as const),
    ),
  );
}

/** The arrays as they are to be written, by the framework's names. @throws UnsupportedModel */
export function theirArrays({ parts, variables, kind, name }: Held, who: string): Map<string, HostArray> {
  const host = (own: string): HostArray => {
    const { shape } = variables[own] as Variable;
    return { data: (variables[own] as Variable).toTypedArray().slice(), shape };
  };
  const dtype = Object.values(variables)[0]?.dtype ?? "float32";
  const typed = (array: HostArray): HostArray => {
    if (hostDType(array) !== "float32" || dtype === "float32") return array;
    return { ...array, data: Float64Array.from(array.data) };
  };
  try {
    return new Map(
      parts.flatMap(({ own, names, theirs }) =>
        theirs(own.map(host)).map((array, i) => [names[i] as string, typed(array)] as const),
      ),
    );
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    throw new UnsupportedModel(who, [`${kind} "${name}": ${error.message}`]);
  }
}

/** What is wrong with arrays of the right shapes, a line for each. @param nameOf what the file calls an array */
export function faultsIn({ parts }: Held, arrays: ReadonlyMap<string, HostArray>, nameOf: (name: string) => string) {
  return parts.flatMap(({ names, fault }) => {
    const found = names.flatMap((name) => arrays.get(name) ?? []);
    const text = found.length === names.length ? fault?.(found) : undefined;
    return text === undefined ? [] : [`${names.map((name) => `"${nameOf(name)}"`).join(", ")} ${text}`];
  });
}

/** The layer's weights, by `layer/weight`, from arrays of the right shapes. */
export function ownArrays({ parts, name }: Held, arrays: ReadonlyMap<string, HostArray>): [string, HostArray][] {
  return parts.flatMap(({ own, names, ours }) => {
    if (own.length === 0) return [];
    const made = ours(names.map((each) => arrays.get(each) as HostArray));
    return own.map((each, i): [string, HostArray] => [`${name}/${each}`, made[i] as HostArray]);
  });
}
