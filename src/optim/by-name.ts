import { show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { makeByName, type Saved } from "../util/named.js";
import type { Optimizer } from "./optimizer.js";
import * as optimizers from "./optimizers.js";

/** A name in any of Keras's spellings, what `optimizers` returns, or an optimizer as it was saved. */
export type OptimizerLike = string | Optimizer | Saved;

/** The optimizer that is meant. @throws ValueError that names the nearest one */
export function optimizerFrom(argument: string, like: OptimizerLike): Optimizer {
  if (typeof like === "string") return makeByName<Optimizer>(argument, optimizers, like, {});
  if (like !== null && typeof like === "object") {
    if ("update" in like) return like;
    if (typeof like.name === "string") return makeByName<Optimizer>(argument, optimizers, like.name, like.config);
  }
  throw new ValueError(`${argument} expected a name or what wg.optimizers returns, got ${show(like)}`);
}

/** The same settings in an object of its own, so that a rate set in one stays there. An optimizer of the user's own is shared. */
export function copyOptimizer(optimizer: Optimizer): Optimizer {
  const { name, config } = optimizer;
  return name in optimizers ? makeByName<Optimizer>("optimizer", optimizers, name, config) : optimizer;
}
