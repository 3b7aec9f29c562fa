import type { Arithmetic } from "../backend/engine.js";
import type { LayerConfig } from "../nn/layer.js";
import type { FloatDType } from "../util/dtypes.js";
import type { Shape } from "../util/shapes.js";
import type { GraphInput } from "./graph.js";
import type { Model, Position } from "./model.js";

/** Raised when a change makes files that older readers would misread. */
export const FORMAT = 1;

/** The architecture and all that a resumed run needs, as one JSON text in the file's metadata. */
export interface Description {
  readonly format: number;
  readonly version: string;
  readonly kind: Model["kind"];
  readonly name: string;
  readonly dtype: FloatDType;
  /** Of a stack. */
  readonly inputShape?: Shape;
  /** Of a graph. */
  readonly wiring?: Wiring;
  readonly layers: readonly { kind: string; name: string; config: LayerConfig; trainable: boolean }[];
  readonly seed: number;
  readonly numerics: Arithmetic;
  readonly position: Position;
  readonly trainingRows?: number;
  readonly compiled?: {
    optimizer: unknown;
    /** Of several outputs: lists, and a record of lists by output. */
    loss: unknown;
    lossWeights?: readonly number[];
    metrics: readonly unknown[] | Readonly<Record<string, readonly unknown[]>>;
    kernelRegularizer?: unknown;
    biasRegularizer?: unknown;
    solverState?: unknown;
  };
  readonly callbacks: Readonly<Record<string, { json: unknown; arrays: readonly string[] }>>;
}

/** Values are numbered: the inputs, then what each step puts out. */
export interface Wiring {
  readonly inputs: readonly GraphInput[];
  /** The layer by its place in the list, what it is fed, and how many values it puts out. */
  readonly steps: readonly { readonly layer: number; readonly inputs: readonly number[]; readonly outputs: number }[];
  readonly outputs: readonly number[];
}
