import type { AnyLayer } from "../../nn/layer.js";
import type { HostArray } from "../../util/host-array.js";
import type { LayerConfig } from "./config.js";

/** A layer of ours for one of Keras's. */
export interface Made {
  readonly layer: AnyLayer;
  /** Its weights in our order from those in the file's; undefined where it has them already; default: the same. */
  readonly weights?: (arrays: readonly HostArray[]) => readonly HostArray[] | undefined;
  /** True where images must have their channels last in our data, whatever the model says. */
  readonly isSpatial?: boolean;
}

export type Maker = (config: LayerConfig, nested: (saved: unknown) => Made) => Made;

export const plain = (layer: AnyLayer): Made => ({ layer });

/** Options of bias and activation. */
export const ending = (c: LayerConfig) => ({
  activation: c.activation(),
  useBias: c.get("use_bias", true),
  ...c.regularizerOf("bias"),
});

export const padding = (c: LayerConfig) => c.get<"valid" | "same">("padding", "valid");
