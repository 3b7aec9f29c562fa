import { checkBoolean } from "../../util/check.js";
import { savedAs } from "../../util/named.js";
import type { Shape } from "../../util/shapes.js";
import { type InitializerLike, initializerFrom } from "../by-name.js";
import type { WeightSpec } from "../layer.js";

/** What every normalization does behind it: y = γ · x̂ + β. */
export interface AffineOptions {
  /** Learn an offset β. Default: true. */
  center?: boolean;
  /** Learn a factor γ. Default: true. */
  scale?: boolean;
  /** Default: `"zeros"`. */
  betaInitializer?: InitializerLike;
  /** Default: `"ones"`. */
  gammaInitializer?: InitializerLike;
}

/** Names of the options of `AffineOptions`. */
export const affineOptions = ["center", "scale", "betaInitializer", "gammaInitializer"] as const;

/** The options checked, and the weights that they ask for. */
export function affineOf(kind: string, config: AffineOptions) {
  const center = checkBoolean(kind, "center", config.center ?? true);
  const scale = checkBoolean(kind, "scale", config.scale ?? true);
  const beta = initializerFrom(`${kind}: betaInitializer`, config.betaInitializer ?? "zeros");
  const gamma = initializerFrom(`${kind}: gammaInitializer`, config.gammaInitializer ?? "ones");
  return {
    config: { center, scale, betaInitializer: savedAs(beta), gammaInitializer: savedAs(gamma) },
    weights: (shape: Shape): WeightSpec[] => [
      ...(scale ? [{ name: "gamma", shape, initializer: gamma, trainable: true }] : []),
      ...(center ? [{ name: "beta", shape, initializer: beta, trainable: true }] : []),
    ],
  };
}
