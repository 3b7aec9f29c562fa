import { show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { makeByName, type Saved } from "../util/named.js";
import * as initializers from "./initializers.js";
import * as regularizers from "./regularizers.js";

/** A name in any of Keras's spellings, what `initializers` returns, or an initializer as it was saved. */
export type InitializerLike = string | initializers.Initializer | Saved;

/** What `regularizers` returns, a name, or a regularizer as it was saved. */
export type RegularizerLike = string | regularizers.Regularizer | Saved;

const { l1, l2, l1l2 } = regularizers;
const savedRegularizers = {
  l1: (saved: { l1?: number }) => l1(saved.l1),
  l2: (saved: { l2?: number }) => l2(saved.l2),
  l1l2,
};

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

/** The regularizer that is meant, or none. @throws ValueError that names the nearest one */
export function regularizerFrom(
  argument: string,
  like: RegularizerLike | null | undefined,
): regularizers.Regularizer | undefined {
  if (like === undefined || like === null) return undefined;
  if (typeof like === "object" && "l1" in like) return like;
  const { name, config } = savedFrom(argument, like as string | Saved);
  return makeByName<regularizers.Regularizer>(argument, savedRegularizers, name, config);
}

function savedFrom(argument: string, like: string | Saved): Saved {
  if (typeof like === "string") return { name: like, config: {} };
  if (like !== null && typeof like === "object" && typeof like.name === "string") return like;
  throw new ValueError(
    `${argument} expected a name or what wg.${argument.endsWith("Initializer") ? "initializers" : "regularizers"} returns, got ${show(like)}`,
  );
}
