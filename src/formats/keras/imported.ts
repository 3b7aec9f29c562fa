import type { Functional } from "../../model/functional.js";
import type { Shape } from "../../util/shapes.js";
import type { KerasPlace } from "./read.js";

/** A model of a file, and where its trained weights come from. */
export interface Imported {
  readonly model: Functional;
  readonly layers: readonly ImportedLayer[];
}

/** A layer that has weights in the file. */
export interface ImportedLayer {
  readonly place: KerasPlace;
  /** Of its weights, as the file has them. */
  readonly shapes: readonly Shape[];
  /** How many of them are trained: the first ones. */
  readonly trained: number;
}

/** In the order in which Keras lists layers, those of a model where it stands. */
export function byPath(a: KerasPlace, b: KerasPlace): number {
  const [left, right] = [a, b].map((each) => [...each.within, each].map(({ index }) => index)) as [number[], number[]];
  const at = left.findIndex((index, i) => index !== right[i]);
  return at < 0 ? 0 : (left[at] as number) - (right[at] ?? -1);
}

/** A place as text. */
export const pathOf = (place: KerasPlace): string => [...place.within, place].map(({ index }) => index).join("/");
