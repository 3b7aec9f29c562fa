import { activationNamed } from "../../ops/activation.js";
import { dense as denseOp } from "../../ops/dense.js";
import { checkNumber, checkOptions } from "../../util/check.js";
import { ShapeError } from "../../util/errors.js";
import { showShape } from "../../util/shapes.js";
import { type Initializer, type InitializerLike, initializerNamed } from "../initializers.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { type RegularizerLike, regularizerFrom } from "../regularizers.js";
import { commonOf } from "./common.js";

export interface DenseOptions extends LayerOptions {
  /** Outputs per row. */
  units: number;
  /** Default: `"linear"`. */
  activation?: string;
  /** Default: true. */
  useBias?: boolean;
  /** Default: `"glorotUniform"`. */
  kernelInitializer?: InitializerLike;
  /** Default: `"zeros"`. */
  biasInitializer?: InitializerLike;
  kernelRegularizer?: RegularizerLike;
  biasRegularizer?: RegularizerLike;
}

const options = [
  "units",
  "activation",
  "useBias",
  "kernelInitializer",
  "biasInitializer",
  "kernelRegularizer",
  "biasRegularizer",
  ...layerOptions,
];

/**
 * y = activation(x · kernel + bias), x `[batch, in]` (or more axes before the last), kernel `[in, units]`, bias `[units]`.
 *
 * @throws ValueError for an unknown or impossible option
 * @example
 * wg.layers.dense({ units: 10, activation: "softmax" }).kind; // "dense"
 */
export function dense(config: DenseOptions): Layer {
  checkOptions("dense", config, options);
  const units = checkNumber("dense", "units", config.units, { min: 1, whole: true });
  const activation = activationNamed("dense", config.activation ?? "linear");
  const useBias = config.useBias ?? true;
  const kernelInitializer: Initializer = initializerNamed("dense", config.kernelInitializer ?? "glorotUniform");
  const biasInitializer: Initializer = initializerNamed("dense", config.biasInitializer ?? "zeros");
  const kernelRegularizer = regularizerFrom("dense", config.kernelRegularizer);
  const biasRegularizer = regularizerFrom("dense", config.biasRegularizer);
  const common = commonOf("dense", config);

  return {
    kind: "dense",
    ...common,
    config: {
      ...common.config,
      units,
      activation: activation.name,
      useBias,
      kernelInitializer: { name: kernelInitializer.name, config: kernelInitializer.config },
      biasInitializer: { name: biasInitializer.name, config: biasInitializer.config },
      ...(kernelRegularizer
        ? { kernelRegularizer: { name: kernelRegularizer.name, config: kernelRegularizer.config } }
        : {}),
      ...(biasRegularizer ? { biasRegularizer: { name: biasRegularizer.name, config: biasRegularizer.config } } : {}),
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
    call(x, { kernel, bias }) {
      if (activation.fusable) return denseOp(x, kernel, bias ?? null, { activation: activation.name });
      return activation.forward(denseOp(x, kernel, bias ?? null));
    },
    head: {
      activation: activation.name,
      logits: (x, { kernel, bias }) => denseOp(x, kernel, bias ?? null),
    },
  };
}
