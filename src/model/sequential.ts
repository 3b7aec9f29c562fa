import type { Arithmetic } from "../backend/engine.js";
import type { Layer, Weights } from "../nn/layer.js";
import { currentSeed } from "../tensor/random.js";
import { asTensor, checkSameShape, type Tensor, type TensorLike, tensor } from "../tensor/tensor.js";
import type { Variable } from "../tensor/variable.js";
import { checkName, checkOptions, show } from "../util/check.js";
import type { FloatDType } from "../util/dtypes.js";
import { StateError, ValueError } from "../util/errors.js";
import { checkShape, type Shape } from "../util/shapes.js";
import type { CallbackState } from "./callback.js";
import { type Compiled, type CompileOptions, compileOptions } from "./compile.js";
import { type CopyOptions, checkCopy, compileAgain, copyLayer } from "./copy.js";
import { type EvaluateOptions, evaluate } from "./evaluate.js";
import { type FitOptions, fit as fitModel } from "./fit.js";
import type { History } from "./history.js";
import { type Inputs, inputRows, type TrainingData, targetRows } from "./inputs.js";
import type { Model, Position } from "./model.js";
import {
  checkLayer,
  nameLayers,
  type Placed,
  parameterSpecs,
  placeLayers,
  weightsByLayer,
  withoutRedundantBiases,
} from "./network.js";
import { Parameters } from "./parameters.js";
import { Plans } from "./plans.js";
import { type PredictOptions, predict } from "./predict.js";
import type { Preprocessing } from "./preprocessing.js";
import { summaryText } from "./summary.js";
import { trainOnBatch } from "./train.js";

export interface SequentialOptions {
  /** Default: `"sequential"`. */
  name?: string;
  /** Default: `"float32"`. */
  dtype?: FloatDType;
}

/** What `build` makes. */
interface Parts {
  readonly placed: readonly Placed[];
  readonly parameters: Parameters;
  readonly weights: ReadonlyMap<string, Weights>;
}

/** A stack of layers, each fed by the one before. Made by `sequential`. */
export class Sequential implements Model {
  readonly name: string;
  readonly dtype: FloatDType;
  /** Keys everything random in this model: initial weights, dropout, the order of rows. */
  seed = currentSeed();
  readonly position: Position = { epoch: 0, step: 0, batch: 0 };
  /** The arithmetic of the run that a file came from; `fit({ resume: true })` goes on in it. */
  numerics: Arithmetic | undefined;
  /** What the callbacks of an interrupted run must know again; `fit({ resume: true })` gives it to them. */
  callbackStates: Readonly<Record<string, CallbackState>> = {};
  /** Rows of the data that `fit` trained on last: the m of regularizers in the course's convention. */
  trainingRows: number | undefined;
  preprocessing: Preprocessing = {};
  /** Set it in a callback to end `fit` after the current step. */
  stopTraining = false;
  private readonly stack: Layer[] = [];
  private built: Parts | undefined;
  private compiledAs: Compiled | undefined;
  private compiledWith: CompileOptions | undefined;
  private currentPlans: Plans | undefined;

  constructor(layers: readonly Layer[], { name = "sequential", dtype = "float32" }: SequentialOptions) {
    this.name = name;
    this.dtype = dtype;
    for (const layer of layers) this.add(layer);
  }

  get layers(): readonly Layer[] {
    return this.stack;
  }

  /** Epochs trained so far, over all calls of `fit`. */
  get epoch(): number {
    return this.position.epoch;
  }

  /** Puts a layer on top. @throws StateError once the model is built */
  add(layer: Layer): this {
    if (this.built)
      throw new StateError(`sequential "${this.name}": add expected before build, compile or use; make a new model`);
    checkLayer(layer);
    this.stack.push(layer);
    return this;
  }

  /**
   * Works out all shapes and makes the weights; `compile` and first use do it by themselves where the first layer has an `inputShape`.
   *
   * @throws ShapeError that names the layer whose input does not fit
   */
  build(inputShape?: Shape): this {
    if (inputShape !== undefined) checkShape(`sequential "${this.name}"`, inputShape, "inputShape");
    if (this.built) return this;
    const names = nameLayers(this.stack);
    const layers = withoutRedundantBiases(this.stack);
    const placed = placeLayers(layers, names, inputShape);
    const parameters = new Parameters(parameterSpecs(placed), this.dtype, this.seed);
    const weights = weightsByLayer(
      placed,
      parameters.list.map(({ variable }) => variable),
    );
    this.stack.splice(0, layers.length, ...layers);
    this.built = { placed, parameters, weights };
    return this;
  }

  /**
   * Chooses how the model learns.
   *
   * @throws ValueError for unknown names and options, ShapeError where layers, loss and shapes do not fit together
   * @example
   * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
   * model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
   */
  compile(options: CompileOptions): this {
    const { placed, parameters } = this.parts;
    this.compiledAs = compileOptions(options, placed);
    this.compiledWith = { ...options };
    parameters.dropSlots();
    this.currentPlans = undefined;
    return this;
  }

  /**
   * Trains on a `Dataset`, or on rows and their targets. Rows may have weights (`sampleWeight`, `classWeight`, a Dataset's rows
   * `y: { y, sampleWeight }`): the loss of a batch is then Σ w · loss / batch, divided by the rows and not by Σ w, as in Keras; metrics
   * count each row once.
   *
   * @returns losses and metrics of each epoch
   * @throws ShapeError and ValueError that name what does not fit, NumericError where the loss becomes NaN or infinite
   */
  fit(data: TrainingData, options?: FitOptions): Promise<History>;
  fit(x: Inputs, y: Inputs, options?: FitOptions): Promise<History>;
  async fit(data: TrainingData | Inputs, second?: FitOptions | Inputs, third?: FitOptions): Promise<History> {
    this.requireCompiled("fit");
    const [source, options] = targetRows("fit", this.inputShape, data, second, third);
    return fitModel(this, source, options as FitOptions);
  }

  /**
   * Loss and metrics over data, by name.
   *
   * @throws as `fit`
   */
  evaluate(data: TrainingData, options?: EvaluateOptions): Promise<Record<string, number>>;
  evaluate(x: Inputs, y: Inputs, options?: EvaluateOptions): Promise<Record<string, number>>;
  async evaluate(
    data: TrainingData | Inputs,
    second?: EvaluateOptions | Inputs,
    third?: EvaluateOptions,
  ): Promise<Record<string, number>> {
    this.requireCompiled("evaluate");
    const [source, options] = targetRows("evaluate", this.inputShape, data, second, third);
    return evaluate(this, source, options as EvaluateOptions);
  }

  /**
   * The output for each row of `x`: a tensor `[rows, …]`. A row's bits do not depend on the rows beside it.
   *
   * @throws ShapeError where rows do not have the model's input shape
   */
  predict(x: Inputs, options?: PredictOptions): Tensor {
    return predict(this, x, options);
  }

  /**
   * One step on one batch; the loss and metrics of that batch, computed before the step.
   *
   * @param sampleWeight one weight ≥ 0 for each row; see `fit`
   */
  trainOnBatch(x: Inputs, y: Inputs, sampleWeight?: Inputs): Promise<Record<string, number>> {
    // Not async: V8 would make an object for the state of each call, which none of them waits in.
    try {
      const rows = inputRows("trainOnBatch", "x", x, this.inputShape);
      return Promise.resolve(trainOnBatch(this, rows, inputRows("trainOnBatch", "y", y), sampleWeight));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * A second model with the same layers, names, seed and weights, compiled as this one where it is: training one leaves the other as it
   * is. Its optimizer begins anew, at step 0.
   *
   * @param options.dtype to which weights are converted; default: that of this model
   * @param options.name default: that of this model
   * @throws ValueError for an unknown option or value
   * @example
   * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
   * const exact = model.copy({ dtype: "float64" });
   * exact.predict([[0, 0]]).dtype; // "float64"
   */
  copy(options: CopyOptions = {}): Sequential {
    checkCopy(options);
    const { name = this.name, dtype = this.dtype } = options;
    const copy = new Sequential(this.stack.map(copyLayer), { name, dtype });
    copy.seed = this.seed;
    copy.trainingRows = this.trainingRows;
    copy.preprocessing = this.preprocessing;
    if (!this.built) return copy;
    copy.build(this.inputShape);
    for (const [i, variable] of copy.variables.entries()) variable.assign(this.variables[i] as Variable);
    if (this.compiledAs) copy.compile(compileAgain(this.compiledWith as CompileOptions, this.compiledAs));
    return copy;
  }

  /** Prints layers, output shapes and parameter counts. */
  summary(options: { print?: (text: string) => void } = {}): void {
    checkOptions("summary", options, ["print"]);
    const { print = console.log } = options;
    if (typeof print !== "function") {
      throw new ValueError(`summary: print expected a function of a text, got ${show(print)}`);
    }
    const { placed, parameters } = this.parts;
    print(summaryText(this.name, placed, parameters));
  }

  /** Copies of all weights, in the order of the layers. */
  getWeights(): Tensor[] {
    return this.variables.map((each) => tensor(each));
  }

  /**
   * Replaces all weights, in the order of `getWeights`; none where one does not fit.
   *
   * @throws ValueError for another number of weights, ShapeError for another shape
   */
  setWeights(weights: readonly TensorLike[]): void {
    const variables = this.variables;
    if (!Array.isArray(weights) || weights.length !== variables.length) {
      throw new ValueError(
        `setWeights: weights expected ${variables.length} tensors as getWeights returns them, got ${Array.isArray(weights) ? weights.length : typeof weights}`,
      );
    }
    const values = weights.map((each) => asTensor(each, this.dtype, "setWeights", "weights"));
    values.forEach((value, i) => {
      const { name, shape } = variables[i] as Variable;
      checkSameShape("setWeights", `"${name}"`, shape, value.shape);
    });
    for (const [i, value] of values.entries()) (variables[i] as Variable).assign(value);
  }

  /** All weights, in the order of the layers. */
  get variables(): readonly Variable[] {
    return this.parts.parameters.list.map(({ variable }) => variable);
  }

  /** The shape of one input row. */
  get inputShape(): Shape {
    return (this.parts.placed[0] as Placed).inputShape;
  }

  /** The shape of one output row. */
  get outputShape(): Shape {
    const { placed } = this.parts;
    return (placed[placed.length - 1] as Placed).outputShape;
  }

  get parameters(): Parameters {
    return this.parts.parameters;
  }

  /** Layers with their shapes, and the weights of each; made on first use. */
  get parts(): Parts {
    this.build();
    return this.built as Parts;
  }

  /** How `compile` set the model up, or undefined. */
  get compiled(): Compiled | undefined {
    return this.compiledAs;
  }

  /** @throws StateError before `compile` */
  requireCompiled(operation: string): Compiled {
    if (this.compiledAs) return this.compiledAs;
    throw new StateError(
      `${operation}: model "${this.name}" expected to be compiled; call model.compile({ optimizer, loss }) first`,
    );
  }

  /** The recorded steps. */
  get plans(): Plans {
    this.currentPlans ??= newPlans(this);
    return this.currentPlans;
  }
}

function newPlans(model: Sequential): Plans {
  const { parts, dtype, seed, compiled } = model;
  return new Plans({ ...parts, dtype, seed, trainingRows: () => model.trainingRows }, compiled);
}

/**
 * A model that is a stack of layers.
 *
 * @param layers the first needs an `inputShape`
 * @throws ValueError where an entry is no layer or two have one name
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 3, inputShape: [4] }), wg.layers.dense({ units: 1 })]);
 * model.outputShape; // [1]
 */
export function sequential(
  layers: readonly Layer[] | (SequentialOptions & { layers?: readonly Layer[] }) = [],
  options: SequentialOptions = {},
): Sequential {
  if (layers === null || typeof layers !== "object") throw noLayers(layers);
  checkOptions("sequential", options, ["name", "dtype"]);
  const given = (Array.isArray(layers) ? { layers } : layers) as SequentialOptions & { layers?: readonly Layer[] };
  const { layers: list = [], ...rest } = { ...given, ...options };
  checkOptions("sequential", rest, ["name", "dtype"]);
  if (rest.dtype !== undefined) checkName("sequential", "dtype", rest.dtype, ["float32", "float64"]);
  if (rest.name !== undefined && typeof rest.name !== "string") {
    throw new ValueError(`sequential: name expected a string, got ${show(rest.name)}`);
  }
  if (!Array.isArray(list)) throw noLayers(list);
  return new Sequential(list, rest);
}

function noLayers(got: unknown): ValueError {
  return new ValueError(`sequential: layers expected an array of layers, got ${show(got)}`);
}
