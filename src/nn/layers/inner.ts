import { show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import type { Layer, LayerConfig } from "../layer.js";

/** A layer that another one holds, as it is saved. */
export interface SavedLayer {
  readonly kind: string;
  readonly config: LayerConfig;
}

type Factories = Readonly<Record<string, (config: never) => Layer>>;

/**
 * The layer that another one is to hold: itself, or made again from what was saved.
 *
 * @param factories those that it may come from, by kind
 * @param what the remedy in errors, such as `layers.lstm(…)`
 * @throws ValueError
 */
export function innerLayer(kind: string, like: unknown, factories: Factories, what: string, argument = "layer"): Layer {
  const given = like as Partial<Layer> | undefined | null;
  const factory = Object.hasOwn(factories, String(given?.kind)) ? factories[given?.kind as string] : undefined;
  if (given && factory && typeof given.config === "object") {
    return typeof given.call === "function" ? (given as Layer) : factory(given.config as never);
  }
  throw new ValueError(`${kind}: ${argument} expected what ${what} returns, got ${show(given?.kind ?? like)}`);
}

export function savedInner({ kind, config }: Layer): SavedLayer {
  return { kind, config };
}
