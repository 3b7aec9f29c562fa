import { show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { makeByName, type Saved } from "../util/named.js";
import { isActivation } from "./activations.js";
import * as constraints from "./constraints.js";
import * as initializers from "./initializers.js";
import * as regularizers from "./regularizers.js";

/** A name in any of Keras's spellings, what `initializers` returns, or an initializer as it was saved. */
export type InitializerLike = string | initializers.Initializer | Saved;

/** What `regularizers` returns, a name, or a regularizer as it was saved. */
export type RegularizerLike = string | regularizers.Regularizer | Saved;

/** What `constraints` returns, a name, or a constraint as it was saved. */
export type ConstraintLike = string | constraints.Constraint | Saved;

const { l1, l2, l1l2 } = regularizers;
const savedRegularizers = {
  l1: ({ l1: lambda, ...options }: { l1?: number }) => l1(lambda, options),
  l2: ({ l2: lambda, ...options }: { l2?: number }) => l2(lambda, options),
  l1l2,
};

const { maxNorm, unitNorm, nonNeg } = constraints;
const savedConstraints = { maxNorm: (saved: { maxValue?: number }) => maxNorm(saved.maxValue), unitNorm, nonNeg };

/**
 * The initializer that is meant.
 *
 * @param argument names it in errors, such as `dense: kernelInitializer`
 * @throws ValueError that names the nearest one
 */
export function initializerFrom(argument: string, like: InitializerLike): initializers.Initializer {
  if (typeof like === "function") return like;
  const { name, config } = savedFrom(argument, like);
  return makeByName<initializers.Initializer>(argument, initializers, name, config);
}

/** An initializer that waits for its activation (`"auto"`), fitted to that; all others as they are. */
export function fittedTo(initializer: initializers.Initializer, activation: () => string): initializers.Initializer {
  if (initializer.name !== "auto" || initializer.config?.activation !== undefined) return initializer;
  const found = activation();
  return isActivation(found) ? initializers.auto({ activation: found }) : initializer;
}

/** The regularizer that is meant, or none. @throws ValueError that names the nearest one */
export function regularizerFrom(
  argument: string,
  like: RegularizerLike | null | undefined,
): regularizers.Regularizer | undefined {
  if (like === undefined || like === null) return undefined;
  if (typeof like === "object" && "l1" in like && "l2" in like && "config" in like) return like;
  const { name, config } = savedFrom(argument, like as string | Saved);
  return makeByName<regularizers.Regularizer>(argument, savedRegularizers, name, config);
}

/** The constraint that is meant, or none. @throws ValueError that names the nearest one */
export function constraintFrom(
  argument: string,
  like: ConstraintLike | null | undefined,
): constraints.Constraint | undefined {
  if (like === undefined || like === null) return undefined;
  if (typeof like === "object" && "apply" in like) return like;
  const { name, config } = savedFrom(argument, like as string | Saved);
  return makeByName<constraints.Constraint>(argument, savedConstraints, name, config);
}

function savedFrom(argument: string, like: string | Saved): Saved {
  if (typeof like === "string") return { name: like, config: {} };
  if (like !== null && typeof like === "object" && typeof like.name === "string") return like;
  const kind = /(initializer|regularizer|constraint)$/i.exec(argument)?.[0].toLowerCase();
  throw new ValueError(`${argument} expected a name or what wg.${kind}s returns, got ${show(like)}`);
}
