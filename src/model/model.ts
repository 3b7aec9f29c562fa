import type { Arithmetic } from "../backend/engine.js";
import type { AnyLayer } from "../nn/layer.js";
import type { SymbolicTensor } from "../nn/symbolic.js";
import type { Tensor, TensorLike } from "../tensor/tensor.js";
import type { Variable } from "../tensor/variable.js";
import type { FloatDType } from "../util/dtypes.js";
import type { Shape } from "../util/shapes.js";
import type { CallbackState } from "./callback.js";
import type { Compiled } from "./compile.js";
import type { CopyOptions } from "./copy.js";
import type { Network } from "./network.js";
import type { Parameters } from "./parameters.js";
import type { Plans } from "./plans.js";
import type { Preprocessing } from "./preprocessing.js";

/** Where a run stands; a checkpoint holds it. */
export interface Position {
  /** Epochs trained, and steps in all. */
  epoch: number;
  step: number;
  /** Steps done of the epoch that was interrupted. */
  batch: number;
}

/** What training, evaluation and prediction need of a model, however it is put together. */
export interface Model {
  readonly kind: "sequential" | "model";
  readonly name: string;
  readonly dtype: FloatDType;
  /** Keys everything random in this model: initial weights, dropout, the order of rows. */
  readonly seed: number;
  readonly position: Position;
  /** The arithmetic of the run that a file came from; `fit({ resume: true })` goes on in it. */
  readonly numerics: Arithmetic | undefined;
  /** Epochs trained so far, over all calls of `fit`. */
  readonly epoch: number;
  /** Rows of the data that `fit` trained on last: the m of regularizers in the course's convention. */
  trainingRows: number | undefined;
  /** What was fitted on the training data and goes into the model's file with the weights: `{ x: tabular(…) }`. */
  preprocessing: Preprocessing;
  /** Set it in a callback to end `fit` after the current step. */
  stopTraining: boolean;
  /** What the callbacks of an interrupted run must know again. */
  readonly callbackStates: Readonly<Record<string, CallbackState>>;
  readonly layers: readonly AnyLayer[];
  /** Where data enters: what its layers were applied to. */
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  /** What `x: { … }` and `y: { … }` call them. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The shape of one row of each. */
  readonly inputShapes: readonly Shape[];
  readonly outputShapes: readonly Shape[];
  /** The same where there is one. @throws StateError where there are several */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** All weights, in the order of the layers. */
  readonly variables: readonly Variable[];
  readonly parameters: Parameters;
  readonly network: Network;
  /** The recorded steps. */
  readonly plans: Plans;
  /** How `compile` set the model up, or undefined. */
  readonly compiled: Compiled | undefined;
  /** @throws StateError before `compile` */
  requireCompiled(operation: string): Compiled;
  /** A second model with the same layers, names, seed, weights and settings; training one leaves the other as it is. */
  copy(options?: CopyOptions): Model;
  /** Sets what layers carry from batch to batch to zeros. */
  resetStates(): void;
  /** Copies of all weights. */
  getWeights(): Tensor[];
  /** Replaces all weights. */
  setWeights(weights: readonly TensorLike[]): void;
}
