import type { FileArray } from "../../../util/file-array.js";
import type { Shape } from "../../../util/shapes.js";
import { type Json, type OwnConfig, snake } from "./config.js";

/** An array under our name for it. */
export type NamedArray = readonly [name: string, array: FileArray];

/** Where Keras keeps a layer's weights: with the layer itself, or with layers within it. */
export interface Held {
  readonly own: readonly NamedArray[];
  /** By the attribute that Keras 3 has them under; Keras 2 goes by their names. */
  readonly inner?: Readonly<Record<string, Held & { readonly name: string }>>;
}

/** Weights as Keras 2 and TensorFlow.js call them: `lstm/lstm_cell/kernel`. */
export function weightsOf({ own, inner = {} }: Held, path: string): (readonly [name: string, array: FileArray])[] {
  return [
    ...own.map(([name, array]) => [`${path}/${name}`, array] as const),
    ...Object.values(inner).flatMap((held) => weightsOf(held, `${path}/${held.name}`)),
  ];
}

/** What Keras is told where a layer is called. */
export interface Call {
  /** The fewest inputs, of which the first stands for those that lack. */
  readonly least: number;
  readonly options: Json;
  /** Whether inputs are arguments of their own and not one list, as Keras 3 has them; the last by this name, where there is one. */
  readonly separate?: { readonly last?: string };
}

/** A layer without weights to train that another one needs beside it. */
export interface Helper {
  /** It is called by the other's name with this behind. */
  readonly suffix: string;
  readonly className: string;
  readonly config: Json;
  /** Of a row that it puts out. */
  readonly shape: Shape;
  readonly weights?: readonly NamedArray[];
  /** Whether the other's input comes in as well, first. */
  readonly takesInput?: true;
}

/** One of our layers as Keras has it. */
export interface Written {
  readonly className: string;
  readonly config: Json;
  readonly call?: Call;
  /** What its last input goes through first. */
  readonly before?: readonly Helper[];
  /** What its output goes through. */
  readonly behind?: readonly Helper[];
  /** Of a row of its own output, where something is behind. */
  readonly shape?: Shape;
  hold(arrays: readonly NamedArray[]): Held;
}

/** @param row the shape of one row of its input @param out that of its output; both empty within another layer */
export type Writer = (c: OwnConfig, row: Shape, out: Shape) => Written;

/** Weights under our names for them. */
export const direct = (arrays: readonly NamedArray[]): Held => ({
  own: arrays.map(([name, array]) => [snake(name), array]),
});

/** A layer whose options have the same names in both, or that gets them from `more`. */
export const plain =
  (className: string, keys: readonly string[] = [], more: (c: OwnConfig, row: Shape) => Json = () => ({})): Writer =>
  (c, row) => ({ className, config: { ...c.pick(...keys), ...more(c, row) }, hold: direct });
