import { type Arithmetic, lacksKernels, withAllKernels } from "../backend/engine.js";
import type { DataArray } from "../data/arrays.js";
import type { AnyLayer, Layer } from "../nn/layer.js";
import type { SymbolicTensor } from "../nn/symbolic.js";
import { currentSeed } from "../tensor/random.js";
import { type Tensor, type TensorLike, tensor } from "../tensor/tensor.js";
import type { Variable } from "../tensor/variable.js";
import { checkOptions, nearest, show } from "../util/check.js";
import type { FloatDType } from "../util/dtypes.js";
import { inOperation, StateError, ValueError } from "../util/errors.js";
import type { Shape } from "../util/shapes.js";
import { applyModel } from "./apply.js";
import type { CallbackState } from "./callback.js";
import { Compilation } from "./compilation.js";
import type { Compiled, CompileOptions } from "./compile.js";
import { type CopyOptions, checkCopy } from "./copy.js";
import type { EvaluateOptions } from "./evaluate.js";
import type { ModelInputs } from "./fields.js";
import type { FitOptions } from "./fit.js";
import { graphOf, only, outputNames } from "./graph.js";
import type { History } from "./history.js";
import type { TrainingData } from "./inputs.js";
import type { Model, Position } from "./model.js";
import { type Network, networkOf } from "./network.js";
import type { Parameters } from "./parameters.js";
import { type Plans, plansOf } from "./plans.js";
import { type PredictOneOptions, type PredictOptions, predict, predictOne } from "./predict.js";
import type { Preprocessing } from "./preprocessing.js";
import { setWeights } from "./set-weights.js";
import { summaryText } from "./summary.js";
import { fetchTraining, trainingCode } from "./training-code.js";
import { within } from "./within.js";

export interface ModelOptions {
  /** Default: `"model"`, `"sequential"` of a stack. */
  name?: string;
  /** Default: `"float32"`. */
  dtype?: FloatDType;
}

/** Where data enters and leaves a model. */
export interface Ends {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
}

/** A network with its ends, and what steps ask for again and again. */
interface Whole extends Network, Ends {
  readonly inputNames: readonly string[];
  readonly inputShapes: readonly Shape[];
  readonly outputNames: readonly string[];
}

/** What every model does, however its layers are put together. */
export abstract class BaseModel implements Model {
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
  /** What `build` made. */
  private built: Whole | undefined;
  /** What `compile` was told last. */
  compilation: Compilation | undefined;
  private currentPlans: Plans | undefined;
  /** How the model was compiled when they were made. */
  private plannedFor: Compiled | undefined;

  constructor(
    readonly name: string,
    readonly dtype: FloatDType,
  ) {}

  /** The kind of model, as errors call it. */
  abstract readonly kind: "sequential" | "model";
  /** Applies the layers. @throws ShapeError that names the layer whose input does not fit */
  protected abstract connect(): Ends;
  /** The same layers anew, without weights. */
  protected abstract emptyCopy(options: Required<ModelOptions>): BaseModel;

  /** What errors begin with. */
  protected get who(): string {
    return `${this.kind} "${this.name}"`;
  }

  protected get isBuilt(): boolean {
    return this.built !== undefined;
  }

  /** Epochs trained so far, over all calls of `fit`. */
  get epoch(): number {
    return this.position.epoch;
  }

  /** Works out the order of the layers and makes those weights that no other model has made; first use does it by itself. */
  get network(): Network {
    return this.whole;
  }

  private get whole(): Whole {
    if (!this.built) {
      const ends = this.connect();
      const graph = graphOf(this.who, ends.inputs, ends.outputs);
      this.built = {
        ...networkOf(this.who, graph, this.dtype, this.seed),
        ...ends,
        inputNames: graph.inputs.map(({ name }) => name),
        inputShapes: graph.inputs.map(({ shape }) => shape),
        outputNames: outputNames(graph),
      };
    }
    return this.built;
  }

  /** Each layer once, in an order in which they can run. */
  get layers(): readonly AnyLayer[] {
    return this.network.graph.placed.map(({ layer }) => layer);
  }

  get inputs(): readonly SymbolicTensor[] {
    return this.whole.inputs;
  }

  get outputs(): readonly SymbolicTensor[] {
    return this.whole.outputs;
  }

  /** What `x: { … }` calls the inputs. */
  get inputNames(): readonly string[] {
    return this.whole.inputNames;
  }

  /** What `y: { … }`, losses and metrics call the outputs: by the layers that they come from. */
  get outputNames(): readonly string[] {
    return this.whole.outputNames;
  }

  get inputShapes(): readonly Shape[] {
    return this.whole.inputShapes;
  }

  get outputShapes(): readonly Shape[] {
    return this.network.graph.outputShapes;
  }

  /** The shape of one input row. @throws StateError of a model with several inputs */
  get inputShape(): Shape {
    return only(this.inputShapes, this.who, "inputShape");
  }

  /** The shape of one output row. @throws StateError of a model with several outputs */
  get outputShape(): Shape {
    return only(this.outputShapes, this.who, "outputShape");
  }

  /**
   * The layer of a name, to look at, to freeze, or to cut the model at its `output`.
   *
   * @throws ValueError that names the nearest one
   * @example
   * const whole = wg.sequential([wg.layers.dense({ units: 3, name: "body", inputShape: [2] }), wg.layers.dense({ units: 1 })]);
   * const body = wg.model({ inputs: whole.inputs, outputs: whole.getLayer("body").output });
   * body.outputShape; // [3]
   */
  getLayer(name: string): AnyLayer & { readonly input: SymbolicTensor; readonly output: SymbolicTensor } {
    const { placed } = this.network.graph;
    const found = placed.find((each) => each.name === name);
    if (found) return found.layer as Layer & { readonly input: SymbolicTensor; readonly output: SymbolicTensor };
    const names = placed.map((each) => each.name);
    const near = typeof name === "string" ? nearest(name, names) : undefined;
    throw new ValueError(
      `getLayer: name expected one of ${show(names)}, got ${show(name)}${near === undefined ? "" : `; did you mean "${near}"?`}`,
    );
  }

  /** False where all layers are frozen; setting it freezes or thaws every layer. */
  get trainable(): boolean {
    return this.layers.some(({ trainable }) => trainable);
  }
  set trainable(trainable: boolean) {
    for (const layer of this.layers) layer.trainable = trainable;
  }

  /**
   * Puts this model's layers, with the weights that they have, behind what `wg.input` or a layer's `apply` returns. In the model that is made
   * of it they are called `model.layer`.
   *
   * @returns one output, or a list where the model has several
   * @throws ShapeError where the inputs do not fit
   * @example
   * const body = wg.sequential([wg.layers.dense({ units: 3, inputShape: [2] })], { name: "body" });
   * const [a, b] = [wg.input({ shape: [2] }), wg.input({ shape: [2] })];
   * const joined = wg.layers.concatenate().apply([body.apply(a), body.apply(b)]);
   * wg.model({ inputs: [a, b], outputs: joined }).outputShape; // [6]
   */
  apply(to: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor;
  apply(to: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor | readonly SymbolicTensor[] {
    return applyModel(this, this.who, to);
  }

  /**
   * Chooses how the model learns. A page that has only loaded models, and made none with `wg.sequential` or `wg.model`, fetches the code for that
   * with the first `fit`, `evaluate` or `trainOnBatch`: there these throw what is thrown here, and `compiled` is undefined until then.
   *
   * @throws ValueError for unknown names and options, ShapeError where layers, loss and shapes do not fit together
   * @example
   * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
   * model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
   */
  compile(options: CompileOptions): this {
    this.compilation = new Compilation(this.network, options);
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
  fit(x: ModelInputs, y: ModelInputs, options?: FitOptions): Promise<History>;
  async fit(data: TrainingData | ModelInputs, second?: FitOptions | ModelInputs, third?: FitOptions): Promise<History> {
    const code = trainingCode() ?? (await fetchTraining());
    this.requireCompiled("fit");
    const [source, options] = code.targetRows("fit", this, data, second, third);
    return within("fit", () => code.fit(this, source, options as FitOptions));
  }

  /**
   * Loss and metrics over data, by name.
   *
   * @throws as `fit`
   */
  evaluate(data: TrainingData, options?: EvaluateOptions): Promise<Record<string, number>>;
  evaluate(x: ModelInputs, y: ModelInputs, options?: EvaluateOptions): Promise<Record<string, number>>;
  async evaluate(
    data: TrainingData | ModelInputs,
    second?: EvaluateOptions | ModelInputs,
    third?: EvaluateOptions,
  ): Promise<Record<string, number>> {
    const code = trainingCode() ?? (await fetchTraining());
    this.requireCompiled("evaluate");
    const [source, options] = code.targetRows("evaluate", this, data, second, third);
    return within("evaluate", () => code.evaluate(this, source, options as EvaluateOptions));
  }

  /**
   * The output for each row of `x`: a tensor `[rows, …]`. A row's bits do not depend on the rows beside it.
   *
   * @param options.output which one, by its name among `outputNames`
   * @throws ShapeError where rows do not have the model's input shape, StateError for a model with several outputs and none named: see
   *   `predictAll`, ValueError for another name
   * @example
   * const x = wg.input({ shape: [2] });
   * const [mean, spread] = [
   *   wg.layers.dense({ units: 1, name: "mean" }).apply(x),
   *   wg.layers.dense({ units: 3, name: "spread" }).apply(x),
   * ];
   * const model = wg.model({ inputs: x, outputs: [mean, spread] });
   * model.predict([[0, 1]], { output: "spread" }).shape; // [1, 3]
   */
  predict(x: ModelInputs, options?: PredictOneOptions): Tensor {
    return predictOne(this, this.who, x, options);
  }

  /** The same for every output of the model, in the order of `outputNames`. */
  predictAll(x: ModelInputs, options?: PredictOptions): Tensor[] {
    return predict(this, x, options);
  }

  /**
   * One step on one batch; the loss and metrics of that batch, computed before the step.
   *
   * @param sampleWeight one weight ≥ 0 for each row; see `fit`
   */
  trainOnBatch(x: ModelInputs, y: ModelInputs, sampleWeight?: DataArray): Promise<Record<string, number>> {
    // Not async, and no function in it: V8 would make an object for the state of each call, which none but the first in a page waits in.
    const code = trainingCode();
    if (!code || lacksKernels()) return this.trainLater(x, y, sampleWeight);
    try {
      return Promise.resolve(code.trainOnBatch(this, x, y, sampleWeight));
    } catch (error) {
      return Promise.reject(inOperation("trainOnBatch", error));
    }
  }

  /** `trainOnBatch`, when a page has fetched what it takes. */
  private async trainLater(x: ModelInputs, y: ModelInputs, sampleWeight?: DataArray): Promise<Record<string, number>> {
    await fetchTraining();
    return withAllKernels(() => this.trainOnBatch(x, y, sampleWeight));
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
  copy(options: CopyOptions = {}): this {
    checkCopy(options);
    const { name = this.name, dtype = this.dtype } = options;
    const copy = this.emptyCopy({ name, dtype });
    copy.seed = this.seed;
    copy.trainingRows = this.trainingRows;
    copy.preprocessing = this.preprocessing;
    if (this.built) {
      for (const [i, variable] of copy.variables.entries()) variable.assign(this.variables[i] as Variable);
      const { compilation } = this;
      if (compilation) copy.compilation = new Compilation(copy.network, compilation.options, compilation);
    }
    return copy as this;
  }

  /**
   * Sets what `stateful` layers carry from batch to batch to zeros: the next batch begins anew.
   *
   * @example
   * const x = wg.input({ shape: [5, 3], batchSize: 2 });
   * const model = wg.model({ inputs: x, outputs: wg.layers.gru({ units: 1, stateful: true }).apply(x) });
   * const first = model.predict(wg.ones([2, 5, 3]));
   * model.predict(wg.ones([2, 5, 3]));
   * model.resetStates();
   * wg.max(wg.abs(wg.sub(model.predict(wg.ones([2, 5, 3])), first))).item(); // 0
   */
  resetStates(): void {
    for (const layer of this.layers) layer.resetStates();
  }

  /** Prints layers, output shapes and parameter counts. */
  summary(options: { print?: (text: string) => void } = {}): void {
    checkOptions("summary", options, ["print"]);
    const { print = console.log } = options;
    if (typeof print !== "function") {
      throw new ValueError(`summary: print expected a function of a text, got ${show(print)}`);
    }
    print(summaryText(this.name, this.network));
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
    setWeights(this.variables, weights, this.dtype);
  }

  /** All weights, in the order of the layers. */
  get variables(): readonly Variable[] {
    return this.network.parameters.list.map(({ variable }) => variable);
  }

  get parameters(): Parameters {
    return this.network.parameters;
  }

  /** How `compile` set the model up, or undefined. */
  get compiled(): Compiled | undefined {
    return this.compilation?.result;
  }

  /** @throws StateError before `compile` */
  requireCompiled(operation: string): Compiled {
    const { compiled } = this;
    if (compiled) return compiled;
    const what = `${operation}: model "${this.name}" expected`;
    throw new StateError(
      this.compilation
        ? `${what} the code for training, which a page fetches with the first fit, evaluate or trainOnBatch; call one of them first`
        : `${what} to be compiled; call model.compile({ optimizer, loss }) first`,
    );
  }

  /** The recorded steps. */
  get plans(): Plans {
    const compiled = this.compilation?.done;
    if (this.plannedFor !== compiled) this.currentPlans = undefined;
    this.plannedFor = compiled;
    this.currentPlans ??= plansOf(this, compiled);
    return this.currentPlans;
  }
}
