import { type Config, makeByName } from "../util/named.js";
import type { Optimizer } from "./optimizer.js";
import * as optimizers from "./optimizers.js";

/** The optimizer of a name with its defaults, in any of Keras's spellings. @throws ValueError that names the nearest one. */
export function optimizerNamed(name: string): Optimizer {
  return optimizerFrom(name, {});
}

/** The optimizer that was saved under a name with a configuration. @throws ValueError */
export function optimizerFrom(name: string, config: Config): Optimizer {
  return makeByName<Optimizer>("optimizer", optimizers, name, config);
}
