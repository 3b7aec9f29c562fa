import { dense as denseOp } from "../../ops/dense.js";
import type { Variable } from "../../tensor/variable.js";
import { checkBoolean, checkNumber, checkOptions } from "../../util/check.js";
import { ShapeError } from "../../util/errors.js";
import { savedAs } from "../../util/named.js";
import { showShape } from "../../util/shapes.js";
import { layerActivation } from "../activations.js";
import {
  type ConstraintLike,
  constraintFrom,
  type InitializerLike,
  initializerFrom,
  type RegularizerLike,
  regularizerFrom,
} from "../by-name.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";

export interface DenseOptions extends LayerOptions {
  /** Outputs per row. */
  units: number;
  /** Default: `"linear"`. */
  activation?: string;
  /**
   * Default: true; but false where a model puts `batchNormalization` directly behind a linear layer that was given neither this nor a
   * bias initializer or regularizer: the bias moves the mean, which the normalization takes away again. True keeps it there too.
   */
  useBias?: boolean;
  /** Default: `"glorotUniform"`, as in Keras; `"auto"` chooses by the activation. */
  kernelInitializer?: InitializerLike;
  /** Default: `"zeros"`. */
  biasInitializer?: InitializerLike;
  /** Default: that of `compile`, else none; `regularizers.l2(0)` is none whatever `compile` says. */
  kernelRegularizer?: RegularizerLike;
  /** Default: as `kernelRegularizer`. */
  biasRegularizer?: RegularizerLike;
  /** Holds of the kernel after each update. Default: none. */
  kernelConstraint?: ConstraintLike;
}

const options = [
  "units",
  "activation",
  "useBias",
  "kernelInitializer",
  "biasInitializer",
  "kernelRegularizer",
  "biasRegularizer",
  "kernelConstraint",
  ...layerOptions,
];

/**
 * y = activation(x · kernel + bias), x `[batch, in]` (or more axes before the last), kernel `[in, units]`, bias `[units]`.
 *
 * In front of batch normalization comes no activation and no bias: write dense → batchNormalization → activation, and a model leaves the
 * redundant bias out by itself (Ioffe and Szegedy 2015, section 3.2); see `useBias`.
 *
 * @throws ValueError for an unknown or impossible option
 * @example
 * wg.layers.dense({ units: 10, activation: "softmax" }).kind; // "dense"
 */
export function dense(config: DenseOptions): Layer {
  checkOptions("dense", config, options, true);
  const units = checkNumber("dense", "units", config.units, { min: 1, whole: true });
  const activation = layerActivation("dense", config.activation ?? "linear");
  const useBias = checkBoolean("dense", "useBias", config.useBias ?? true);
  const kernelInitializer = initializerFrom("dense: kernelInitializer", config.kernelInitializer ?? "glorotUniform");
  const biasInitializer = initializerFrom("dense: biasInitializer", config.biasInitializer ?? "zeros");
  const kernelRegularizer = regularizerFrom("dense: kernelRegularizer", config.kernelRegularizer);
  const biasRegularizer = regularizerFrom("dense: biasRegularizer", config.biasRegularizer);
  const kernelConstraint = constraintFrom("dense: kernelConstraint", config.kernelConstraint);
  const common = commonOf("dense", config);
  const { biasInitializer: a, biasRegularizer: b, useBias: c } = config;
  const biasAsked = [a, b, c].some((each) => each !== undefined);

  return {
    kind: "dense",
    ...common,
    config: {
      ...common.config,
      units,
      activation: activation.name,
      useBias,
      kernelInitializer: savedAs(kernelInitializer),
      biasInitializer: savedAs(biasInitializer),
      ...(kernelRegularizer ? { kernelRegularizer: savedAs(kernelRegularizer) } : {}),
      ...(biasRegularizer ? { biasRegularizer: savedAs(biasRegularizer) } : {}),
      ...(kernelConstraint ? { kernelConstraint: savedAs(kernelConstraint) } : {}),
    },
    outputShape(input, name) {
      if (input.length === 0) {
        throw new ShapeError(
          `dense "${name}": input expected [batch, features], got ${showShape([null, ...input])}; add an axis with layers.reshape()`,
        );
      }
      return [...input.slice(0, -1), units];
    },
    weights(input) {
      const features = input[input.length - 1] as number;
      const kernel = {
        name: "kernel",
        shape: [features, units],
        initializer: kernelInitializer,
        trainable: true,
        ...(kernelRegularizer ? { regularizer: kernelRegularizer } : {}),
        ...(kernelConstraint ? { constraint: kernelConstraint } : {}),
      };
      if (!useBias) return [kernel];
      const bias = {
        name: "bias",
        shape: [units],
        initializer: biasInitializer,
        trainable: true,
        ...(biasRegularizer ? { regularizer: biasRegularizer } : {}),
      };
      return [kernel, bias];
    },
    ...(biasAsked || activation.name !== "linear" ? {} : { withoutBias: () => dense({ ...config, useBias: false }) }),
    mask: "kept",
    call: (x, { kernel, bias }) => activation.dense(x, kernel as Variable, bias ?? null),
    head: {
      activation: activation.name,
      logits: (x, { kernel, bias }) => denseOp(x, kernel as Variable, bias ?? null),
    },
  };
}
