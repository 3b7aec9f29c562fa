import type { Tensor } from "../tensor/tensor.js";
import type { Variable } from "../tensor/variable.js";
import type { Shape } from "../util/shapes.js";
import type { Constraint } from "./constraints.js";
import type { Initializer } from "./initializers.js";
import type { Regularizer } from "./regularizers.js";
import type { SymbolicTensor } from "./symbolic.js";

/** A weight that a layer wants. */
export interface WeightSpec {
  /** Ends in `kernel` or `bias` where the weight is one: the regularizers given to `compile` go by it. */
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: Initializer;
  /** False for what the layer keeps itself, such as moving averages. */
  readonly trainable: boolean;
  readonly regularizer?: Regularizer;
  readonly constraint?: Constraint;
}

/** What a layer is told when it runs. */
export interface CallContext {
  /** True in `fit`: dropout drops, batch normalisation uses the batch. */
  readonly training: boolean;
  /** The training step's number, an int32 tensor of one element that random layers read when they run. */
  readonly stepCell: Tensor;
  /** Keys everything random in this model. */
  readonly seed: number;
  /** For each input of this call its mask, `[batch, steps]`, bool: false where a step is padding. Undefined where every step counts. */
  readonly masks?: Masks;
  /** What the layer carries from batch to batch, in the order of its `states`: begun from, and assigned in the call. */
  readonly states?: readonly Variable[];
}

/** Something that a layer carries from batch to batch. It is no weight: no file of weights has it, and each model begins with zeros. */
export interface StateSpec {
  readonly name: string;
  /** With the batch in front. */
  readonly shape: Shape;
}

export type Masks = readonly (Tensor | undefined)[];

export type Weights = Readonly<Record<string, Variable>>;

/** A layer's options as JSON, complete: the factory of its kind makes the same layer from them. */
export type LayerConfig = { readonly [option: string]: unknown };

/** What stands in for the methods of the same names where a layer has several inputs or outputs. */
export interface Joint {
  /** The shape of one row of the output, or of each. @throws ShapeError that names the layer */
  outputShape(inputs: readonly Shape[], name: string): Shape | readonly Shape[];
  weights(inputs: readonly Shape[]): readonly WeightSpec[];
  call(x: readonly Tensor[], weights: Weights, context: CallContext, name: string): Tensor | readonly Tensor[];
}

/**
 * One step of a network. It holds no weights: a model makes those that `weights` asks for and passes them to `call`.
 *
 * @typeParam Y what `apply` makes: one output, or a list
 */
export interface Layer<Y = SymbolicTensor> {
  /** The factory's name, such as `"dense"`. */
  readonly kind: string;
  /** Unique in a model; a model names what has none: `dense`, `dense_1`, … */
  readonly name: string | undefined;
  readonly config: LayerConfig;
  /** The shape of one input row, where the layer was told; a first layer must be. */
  readonly inputShape: Shape | undefined;
  /** The rows of every batch, where the layer was told; the first layer of a stack that carries states must be. */
  readonly batchSize?: number | undefined;
  /** False: its weights stay as they are in `fit`. */
  trainable: boolean;
  /** The shape of one output row. @throws ShapeError that names the layer */
  outputShape(input: Shape, name: string): Shape;
  weights(input: Shape): readonly WeightSpec[];
  call(x: Tensor, weights: Weights, context: CallContext, name: string): Tensor;
  readonly joint?: Joint;
  /** What it carries from a batch of so many rows to the next; without it nothing. */
  states?(batchSize: number): readonly StateSpec[];
  /** Sets what the layer carries from batch to batch to zeros; a layer that carries nothing is as before. */
  resetStates(): void;
  /**
   * What becomes of the masks of what it is fed: `"kept"` passes that of the first input on with the first output; a function makes one for
   * each output. Without it none goes on.
   */
  readonly mask?: "kept" | ((x: readonly Tensor[], masks: Masks) => Masks);
  /** True where what it does is a function of the user's, which no file can hold. */
  readonly isOwnCode?: true;
  /**
   * Puts the layer behind what `wg.input` or another layer's `apply` returns, in a graph for `wg.model`. A layer that is applied again shares
   * its weights. The layers of `sequential` need none of this.
   */
  apply(to: SymbolicTensor | readonly SymbolicTensor[]): Y;
  /** What it was applied to, once it was. @throws StateError where that was in several places */
  readonly input?: SymbolicTensor;
  /** What it puts out, once it was applied: where to cut a model. @throws StateError where that was in several places */
  readonly output?: SymbolicTensor;
  /** The same layer without its bias, where it ends in a bias that nobody asked for: what a model puts in front of a normalization. */
  withoutBias?(): Layer;
  /** Where the layer ends in an activation that a loss may take over: its name, and the layer without it. */
  readonly head?: {
    readonly activation: string;
    logits(x: Tensor, weights: Weights, context: CallContext, name: string): Tensor;
  };
}

/** Any layer, whatever it puts out. */
export type AnyLayer = Layer<unknown>;

/** Options that every layer takes. */
export interface LayerOptions {
  /** Default: the kind, numbered within the model. */
  name?: string;
  /** The shape of one input row, without the batch; needed on the first layer. */
  inputShape?: Shape;
  /** Rows of every batch, which `stateful` layers need; on the first layer. Default: any number. */
  batchSize?: number;
  /** Default: true. */
  trainable?: boolean;
}

/** Names of the options of `LayerOptions`. */
export const layerOptions = ["name", "inputShape", "batchSize", "trainable"] as const;
