import type { Settings } from "../settings.js";

/** What lies at a path such as `training.learningRate` or `network.layers.0.units`. */
export function read(settings: Settings, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], settings);
}

function put(value: unknown, keys: readonly string[], leaf: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return leaf;
  if (Array.isArray(value)) return value.map((each, i) => (i === Number(key) ? put(each, rest, leaf) : each));
  const record = value as Record<string, unknown>;
  return { ...record, [key]: put(record[key], rest, leaf) };
}

/** A copy with another value there. */
export const write = (settings: Settings, path: string, value: unknown): Settings =>
  put(settings, path.split("."), value) as Settings;
