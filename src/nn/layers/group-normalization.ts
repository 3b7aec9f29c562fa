import { checkGroups, groupNorm } from "../../ops/groupnorm.js";
import { checkNumber, checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { showShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { type AffineOptions, affineOf, affineOptions } from "./affine.js";
import { commonOf } from "./common.js";

export interface GroupNormalizationOptions extends LayerOptions, AffineOptions {
  /** A divisor of the channels, or −1 for as many as channels, which is instance normalization. Default: 32. */
  groups?: number;
  /** Added to the variance. Default: 1e-3. */
  epsilon?: number;
}

/**
 * y = γ · (x − μ) / √(σ² + ε) + β, where μ and σ² are taken over all positions and the channels of one group, in each row by itself; γ and
 * β are `[channels]`. Training and inference are the same, and so are batches of any size. `[batch, …, channels]`.
 *
 * Wu and He, "Group Normalization", ECCV 2018.
 *
 * @throws ValueError for an unknown or impossible option, and at `compile` where the groups do not divide the channels
 * @example
 * wg.layers.groupNormalization({ groups: 4 }).config.groups; // 4
 */
export function groupNormalization(config: GroupNormalizationOptions = {}): Layer {
  const kind = "groupNormalization";
  checkOptions(kind, config, ["groups", "epsilon", ...affineOptions, ...layerOptions]);
  const groups = config.groups ?? 32;
  if (groups !== -1 && !(Number.isInteger(groups) && groups >= 1)) {
    throw new ValueError(`${kind}: groups expected a whole number ≥ 1 or -1, got ${show(groups)}`);
  }
  const epsilon = checkNumber(kind, "epsilon", config.epsilon ?? 1e-3, { above: 0 });
  const affine = affineOf(kind, config);
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, groups, epsilon, ...affine.config },
    outputShape(input, name) {
      if (input.length === 0) {
        throw new ShapeError(
          `${kind} "${name}": input expected [batch, …, channels], got ${showShape([null, ...input])}; add an axis with layers.reshape()`,
        );
      }
      checkGroups(`${kind} "${name}"`, groups, input[input.length - 1] as number);
      return input;
    },
    weights: (input) => affine.weights([input[input.length - 1] as number]),
    mask: "kept",
    call: (x, { gamma, beta }) => groupNorm(x, { groups, gamma, beta, epsilon }),
  };
}
