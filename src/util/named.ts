import { checkName } from "./check.js";

/** What is saved of a configured function, so that loading makes it again: plain data. */
export type Config = Readonly<Record<string, unknown>>;

/** A configured function, optimizer or metric as it is saved. */
export interface Saved {
  readonly name: string;
  readonly config: Config;
}

/** What is saved of it. */
export function savedAs({ name, config }: Saved): Saved {
  return { name, config };
}

/** A function that knows its name and its configuration. */
export type Named<F> = F & { readonly name: string; readonly config: Config };

/** Gives a closure the name and the configuration under which it is saved. */
export function named<F extends (...args: never[]) => unknown>(name: string, config: Config, f: F): Named<F> {
  Object.defineProperty(f, "name", { value: name });
  Object.defineProperty(f, "config", { value: Object.freeze(config), enumerable: true });
  return f as Named<F>;
}

/**
 * What the factory of that name (in any of Keras's spellings) makes of a configuration.
 *
 * @throws ValueError that names the nearest one
 */
export function makeByName<T>(
  kind: string,
  factories: Readonly<Record<string, (config: never) => T>>,
  name: unknown,
  config: Config,
): T {
  const names = Object.keys(factories).sort();
  const known = checkName(kind, "name", canonicalName(name, names), names);
  return (factories[known] as (config: Config) => T)(config);
}

/** `heNormal`, `he_normal` and `HeNormal` name the same: Keras spells each of them somewhere. */
export function canonicalName(name: unknown, names: readonly string[]): unknown {
  if (typeof name !== "string") return name;
  const bare = (text: string): string => text.replaceAll("_", "").toLowerCase();
  return names.find((each) => bare(each) === bare(name)) ?? name;
}
