import type { Layer } from "../nn/layer.js";
import { applyLayer, input } from "../nn/symbolic.js";
import { ShapeError, StateError } from "../util/errors.js";
import { checkShape, type Shape, sameShape } from "../util/shapes.js";
import { BaseModel, type Ends, type ModelOptions } from "./base.js";
import { copyLayer } from "./copy.js";
import { nameLayers } from "./graph.js";
import { awaitWeights, checkLayer, withoutRedundantBiases } from "./network.js";

export type SequentialOptions = ModelOptions;

/** A stack of layers, each fed by the one before. Made by `sequential`. */
export class Sequential extends BaseModel {
  readonly kind = "sequential";
  private readonly stack: Layer[] = [];
  private firstShape: Shape | undefined;

  constructor(layers: readonly Layer[], { name = "sequential", dtype = "float32" }: SequentialOptions) {
    super(name, dtype);
    for (const layer of layers) this.add(layer);
  }

  override get layers(): readonly Layer[] {
    return this.stack;
  }

  /** Puts a layer on top. @throws StateError once the model is built */
  add(layer: Layer): this {
    if (this.isBuilt) throw new StateError(`${this.who}: add expected before build, compile or use; make a new model`);
    checkLayer("sequential", layer);
    this.stack.push(layer);
    return this;
  }

  /**
   * Works out all shapes and makes the weights; `compile` and first use do it by themselves where the first layer has an `inputShape`.
   *
   * @throws ShapeError that names the layer whose input does not fit
   */
  build(inputShape?: Shape): this {
    if (inputShape !== undefined) checkShape(this.who, inputShape, "inputShape");
    this.firstShape ??= inputShape;
    void this.network;
    return this;
  }

  protected override connect(): Ends {
    const names = nameLayers("sequential", this.stack);
    const layers = withoutRedundantBiases(this.stack);
    const [first] = layers;
    if (!first) {
      throw new StateError("sequential: layers expected at least one, got none; add one with model.add(layer)");
    }
    const shape = first.inputShape ?? this.firstShape;
    if (!shape) {
      throw new StateError(
        `${first.kind} "${names[0]}": inputShape expected on the first layer, got none; write layers.${first.kind}({ inputShape: [features], … })`,
      );
    }
    const x = input({ shape, ...(first.batchSize === undefined ? {} : { batchSize: first.batchSize }) });
    let y = x;
    for (const [i, layer] of layers.entries()) {
      const name = names[i] as string;
      if (i > 0 && layer.inputShape && !sameShape(layer.inputShape, y.rowShape)) {
        throw new ShapeError(
          `${layer.kind} "${name}": inputShape expected [${y.rowShape.join(", ")}], what "${names[i - 1]}" puts out, got [${layer.inputShape.join(", ")}]; leave it out`,
        );
      }
      const made = applyLayer(layer, y, name);
      if (Array.isArray(made)) {
        throw new ShapeError(
          `${layer.kind} "${name}": one output expected in a stack, got ${made.length}; put it into wg.model({ inputs, outputs })`,
        );
      }
      y = made;
    }
    this.stack.splice(0, layers.length, ...layers);
    return { inputs: [x], outputs: [y] };
  }

  protected override emptyCopy(options: Required<ModelOptions>): Sequential {
    const layers = this.stack.map(copyLayer);
    const copy = new Sequential(layers, options);
    if (this.isBuilt) {
      copy.firstShape = this.inputShape;
      for (const layer of layers) awaitWeights(layer);
    }
    return copy;
  }
}
