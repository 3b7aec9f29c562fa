import { checkNumber, checkOptions } from "../util/check.js";
import type { Config } from "../util/named.js";

/** What a layer's weights add to the loss: l1 · Σ|w| + l2 · Σw², Keras's convention (no ½, no division by the batch). */
export interface Regularizer {
  readonly name: string;
  readonly config: Config;
  readonly l1: number;
  readonly l2: number;
}

/**
 * λ · Σ|w| is added to the loss; its gradient is λ · sign(w).
 *
 * @param lambda ≥ 0, default 0.01
 * @throws ValueError
 * @example
 * wg.regularizers.l1(1e-4).l1; // 0.0001
 */
export function l1(lambda = 0.01): Regularizer {
  checkNumber("regularizers.l1", "lambda", lambda, { min: 0 });
  return { name: "l1", config: { l1: lambda }, l1: lambda, l2: 0 };
}

/**
 * λ · Σw² is added to the loss; its gradient is 2λ · w.
 *
 * @param lambda ≥ 0, default 0.01
 * @throws ValueError
 * @example
 * wg.regularizers.l2(1e-4).l2; // 0.0001
 */
export function l2(lambda = 0.01): Regularizer {
  checkNumber("regularizers.l2", "lambda", lambda, { min: 0 });
  return { name: "l2", config: { l2: lambda }, l1: 0, l2: lambda };
}

/**
 * Both: l1 · Σ|w| + l2 · Σw².
 *
 * @param options.l1 ≥ 0, default 0.01
 * @param options.l2 ≥ 0, default 0.01
 * @throws ValueError
 * @example
 * wg.regularizers.l1l2({ l1: 1e-5, l2: 1e-4 }).config; // { l1: 0.00001, l2: 0.0001 }
 */
export function l1l2(options: { l1?: number; l2?: number } = {}): Regularizer {
  checkOptions("regularizers.l1l2", options, ["l1", "l2"]);
  const first = checkNumber("regularizers.l1l2", "l1", options.l1 ?? 0.01, { min: 0 });
  const second = checkNumber("regularizers.l1l2", "l2", options.l2 ?? 0.01, { min: 0 });
  return { name: "l1l2", config: { l1: first, l2: second }, l1: first, l2: second };
}
