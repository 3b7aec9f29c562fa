import { l1l2 } from "../../nn/regularizers.js";
import type { Builder } from "../graph/builder.js";
import type { Flow } from "../graph/values.js";
import type { Config, Json } from "./config.js";
import type { Parameters } from "./parameters.js";

/** What a layer is made of. Images have their channels last, sequences are `[batch, steps, features]`. */
export interface Place {
  readonly builder: Builder;
  readonly parameters: Parameters;
  /** Whether l1 and l2 count. */
  readonly isRegularized: boolean;
}

/** What a layer, and what it is made of, puts out. */
export type Maker = (c: Config, x: Flow, place: Place) => Flow;

/** Options of a kernel. DL4J's penalty is l1 · Σ|w| + l2 · Σw² / 2. */
export function penalty(c: Config, { isRegularized }: Place, ...names: string[]): Json {
  const [l1, l2] = [c.number("l1", 0), c.number("l2", 0)];
  if (!isRegularized || (l1 <= 0 && l2 <= 0)) return {};
  return Object.fromEntries(names.map((name) => [name, l1l2({ l1: Math.max(l1, 0), l2: Math.max(l2, 0) / 2 })]));
}

/** @throws FormatError where the input has not the features, or channels, that the layer states */
export function featuresOf(c: Config, x: Flow, axes: readonly number[]): number {
  const features = c.size("nin");
  const own = x.dims[x.layout.kind === "channelsLast" ? 1 : x.dims.length - 1];
  if (!axes.includes(x.dims.length)) throw c.damaged(`an input of ${axes.join(" or ")} axes`, `${x.dims.length}`);
  if (own !== features) throw c.damaged(`an input of ${features} features`, `${own}`);
  return features;
}
