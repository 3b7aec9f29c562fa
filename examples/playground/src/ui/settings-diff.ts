import type { Settings } from "../settings.js";

/** What two configurations share when they race: the rows, how they are split, and the seed. */
const SHARED = ["data.kind", "data.rows", "data.noise", "data.train", "data.dev", "training.seed"] as const;

export type Path = string;

function leaves(value: unknown, path: string, into: Map<Path, unknown>): Map<Path, unknown> {
  if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) leaves(inner, path === "" ? key : `${path}.${key}`, into);
  } else into.set(path, value);
  return into;
}

/** Paths of what differs, such as `training.learningRate` or `network.layers.1.units`; a layer that only one has differs in all it has. */
export function differences(a: Settings, b: Settings): Set<Path> {
  const left = leaves(a, "", new Map());
  const right = leaves(b, "", new Map());
  return new Set([...new Set([...left.keys(), ...right.keys()])].filter((path) => left.get(path) !== right.get(path)));
}

/** Whether anything at the path or below it differs. */
export const differs = (changed: ReadonlySet<Path>, path: Path): boolean =>
  [...changed].some((each) => each === path || each.startsWith(`${path}.`));

/** `other` on the rows and with the seed of `from`. */
export function sharing(other: Settings, from: Settings): Settings {
  const { normalize, augment } = other.data;
  const sameKind = other.data.kind === from.data.kind;
  return {
    ...other,
    data: { ...from.data, normalize: sameKind ? normalize : from.data.normalize, augment: sameKind && augment },
    training: { ...other.training, seed: from.training.seed },
  };
}

export const isShared = (path: Path): boolean => (SHARED as readonly string[]).includes(path);
