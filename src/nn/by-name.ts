import { type Config, makeByName } from "../util/named.js";
import * as initializers from "./initializers.js";
import * as regularizers from "./regularizers.js";

/** The initializer of a name with its defaults, in any of Keras's spellings. @throws ValueError that names the nearest one. */
export function initializerNamed(name: string): initializers.Initializer {
  return initializerFrom(name, {});
}

/** The initializer that was saved under a name with a configuration. @throws ValueError */
export function initializerFrom(name: string, config: Config): initializers.Initializer {
  return makeByName<initializers.Initializer>("initializer", initializers, name, config);
}

/** The regularizer of a name with its defaults, in any of Keras's spellings. @throws ValueError that names the nearest one. */
export function regularizerNamed(name: string): regularizers.Regularizer {
  return regularizerFrom(name, {});
}

/** The regularizer that was saved under a name with a configuration. @throws ValueError */
export function regularizerFrom(name: string, config: Config): regularizers.Regularizer {
  const { l1, l2, l1l2 } = regularizers;
  const factories = { l1: (saved: Saved) => l1(saved.l1), l2: (saved: Saved) => l2(saved.l2), l1l2 };
  return makeByName<regularizers.Regularizer>("regularizer", factories, name, config);
}

type Saved = { l1?: number; l2?: number };
