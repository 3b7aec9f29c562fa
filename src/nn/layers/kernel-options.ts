import { checkBoolean } from "../../util/check.js";
import { savedAs } from "../../util/named.js";
import type { Shape } from "../../util/shapes.js";
import { type LayerActivation, layerActivation } from "../activations.js";
import {
  type ConstraintLike,
  constraintFrom,
  type InitializerLike,
  initializerFrom,
  type RegularizerLike,
  regularizerFrom,
} from "../by-name.js";
import type { LayerOptions, WeightSpec } from "../layer.js";

/** What layers with a bias and an activation behind their kernels have in common. */
export interface BiasedOptions extends LayerOptions {
  /** Default: `"linear"`. */
  activation?: string;
  /**
   * Default: true; but false where a model puts `batchNormalization` directly behind a linear layer that was given neither this nor a
   * bias initializer or regularizer; see `dense`.
   */
  useBias?: boolean;
  /** Default: `"zeros"`. */
  biasInitializer?: InitializerLike;
  /** Default: that of `compile`, else none. */
  biasRegularizer?: RegularizerLike;
}

/** Options of one kernel. */
export interface KernelOptions {
  /** Default: `"glorotUniform"`, as in Keras; `"auto"` chooses by the activation. */
  kernelInitializer?: InitializerLike;
  /** Default: that of `compile`, else none; `regularizers.l2(0)` is none whatever `compile` says. */
  kernelRegularizer?: RegularizerLike;
  /** Holds of the kernel after each update. Default: none. */
  kernelConstraint?: ConstraintLike;
}

export const biasedOptions = ["activation", "useBias", "biasInitializer", "biasRegularizer"] as const;
export const kernelOptions = ["kernelInitializer", "kernelRegularizer", "kernelConstraint"] as const;

/** A kernel's options, checked: as they are saved, and the weight that they ask for. */
export interface KernelPart {
  readonly config: Record<string, unknown>;
  weight(shape: Shape): WeightSpec;
}

/**
 * The options `…Initializer`, `…Regularizer` and `…Constraint` of one kernel.
 *
 * @param prefix of the options, such as `"depthwise"`
 * @param name of the weight
 * @throws ValueError
 */
export function kernelPart(kind: string, config: object, prefix = "kernel", name = "kernel"): KernelPart {
  const given = config as Record<string, unknown>;
  const of = (option: string) => `${kind}: ${prefix}${option}`;
  const initializer = initializerFrom(
    of("Initializer"),
    (given[`${prefix}Initializer`] as InitializerLike | undefined) ?? "glorotUniform",
  );
  const regularizer = regularizerFrom(of("Regularizer"), given[`${prefix}Regularizer`] as RegularizerLike | undefined);
  const constraint = constraintFrom(of("Constraint"), given[`${prefix}Constraint`] as ConstraintLike | undefined);
  return {
    config: {
      [`${prefix}Initializer`]: savedAs(initializer),
      ...(regularizer ? { [`${prefix}Regularizer`]: savedAs(regularizer) } : {}),
      ...(constraint ? { [`${prefix}Constraint`]: savedAs(constraint) } : {}),
    },
    weight: (shape) => ({
      name,
      shape,
      initializer,
      trainable: true,
      ...(regularizer ? { regularizer } : {}),
      ...(constraint ? { constraint } : {}),
    }),
  };
}

/** Bias and activation, checked. */
export interface BiasPart {
  readonly config: Record<string, unknown>;
  readonly activation: LayerActivation;
  /** True where nobody asked for the bias and nothing follows it: a normalization behind takes it away again. */
  readonly redundant: boolean;
  weights(units: number): WeightSpec[];
}

/** @throws ValueError */
export function biasPart(kind: string, config: BiasedOptions): BiasPart {
  const activation = layerActivation(kind, config.activation ?? "linear");
  const useBias = checkBoolean(kind, "useBias", config.useBias ?? true);
  const initializer = initializerFrom(`${kind}: biasInitializer`, config.biasInitializer ?? "zeros");
  const regularizer = regularizerFrom(`${kind}: biasRegularizer`, config.biasRegularizer);
  const asked = [config.useBias, config.biasInitializer, config.biasRegularizer].some((each) => each !== undefined);
  return {
    config: {
      activation: activation.name,
      useBias,
      biasInitializer: savedAs(initializer),
      ...(regularizer ? { biasRegularizer: savedAs(regularizer) } : {}),
    },
    activation,
    redundant: !asked && activation.name === "linear",
    weights: (units) =>
      useBias
        ? [{ name: "bias", shape: [units], initializer, trainable: true, ...(regularizer ? { regularizer } : {}) }]
        : [],
  };
}
