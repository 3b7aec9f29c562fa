import type { Kernels } from "#kernels/kernels";
import { matrixOf } from "../ops/rows.js";
import { checkNumber } from "../util/check.js";
import type { Config } from "../util/named.js";
import type { Shape } from "../util/shapes.js";

/** What holds of a weight after each update. */
export interface Constraint {
  readonly name: string;
  readonly config: Config;
  /** Makes it hold of the weight at address `w`. */
  apply(k: Kernels, w: number, shape: Shape): void;
}

/**
 * After each update every unit's incoming weights, a column of the kernel `[in, units]` (of `[…, units]` all that lead to one unit), are
 * scaled back to the norm c where theirs is larger: w ← w · c / ‖w‖₂. Columns within the ball keep their bits.
 *
 * Srebro and Shraibman, "Rank, Trace-Norm and Max-Norm", COLT 2005; with dropout: Srivastava et al., JMLR 15, 2014, section 5.1, who found
 * c from 3 to 4 to work well. Keras's MaxNorm with `axis` 0 for dense kernels, and all axes but the last for others.
 *
 * @param maxValue c > 0, default 2
 * @throws ValueError
 * @example
 * wg.layers.dense({ units: 8, kernelConstraint: wg.constraints.maxNorm(3) }).config.kernelConstraint; // { name: "maxNorm", config: { maxValue: 3 } }
 */
export function maxNorm(maxValue = 2): Constraint {
  checkNumber("constraints.maxNorm", "maxValue", maxValue, { above: 0 });
  return { name: "maxNorm", config: { maxValue }, apply: boundedBy(0, maxValue) };
}

/**
 * After each update every unit's incoming weights are scaled to norm 1: w ← w / ‖w‖₂, columns as in `maxNorm`. Zeros stay zeros.
 *
 * @example
 * wg.constraints.unitNorm().name; // "unitNorm"
 */
export function unitNorm(): Constraint {
  return { name: "unitNorm", config: {}, apply: boundedBy(1, 1) };
}

/**
 * After each update w ← max(w, 0), element by element.
 *
 * @example
 * wg.constraints.nonNeg().name; // "nonNeg"
 */
export function nonNeg(): Constraint {
  return {
    name: "nonNeg",
    config: {},
    apply(k, w, shape) {
      const { rows, columns } = matrixOf(shape);
      k.relu_forward(w, w, 0, rows * columns);
    },
  };
}

function boundedBy(low: number, high: number): Constraint["apply"] {
  return (k, w, shape) => {
    const { rows, columns } = matrixOf(shape);
    k.bound_norms(w, low, high, rows, columns, 0, columns);
  };
}
