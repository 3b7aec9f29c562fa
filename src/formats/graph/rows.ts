import { type DenseOptions, dense } from "../../nn/layers/dense.js";
import { flatten } from "../../nn/layers/reshape.js";
import { type HostArray, shapedAs } from "../../util/host-array.js";
import { sizeOfShape } from "../../util/shapes.js";
import type { Builder } from "./builder.js";
import { type Flow, type Known, PLAIN, transposed } from "./values.js";

/** Each row as one axis. That of an image keeps its channels last: whoever reads it turns weights, not data. */
export function flattened(builder: Builder, given: Flow): Flow {
  const { dims, layout } = given;
  if (dims.length === 2) return given;
  const row = sizeOfShape(dims.slice(1));
  const x = builder.layer(flatten(), [given]);
  if (layout.kind !== "channelsLast") return { ...given, x, dims: [dims[0] as number, row] };
  const [channels, pixels] = [dims[1] as number, sizeOfShape(dims.slice(2))];
  const turned = pixels > 1 ? ({ kind: "flattened", channels, pixels } as const) : PLAIN;
  return { ...given, x, dims: [dims[0] as number, row], layout: turned };
}

/** x · kernel + bias over the last axis; a row that was an image meets the kernel's rows in the image's own order. */
export function product(
  builder: Builder,
  x: Flow,
  kernel: Known["array"],
  bias: HostArray | undefined,
  options: Omit<DenseOptions, "units" | "useBias">,
): Flow {
  const [rows, units] = kernel.shape as [number, number];
  const layer = dense({ ...options, units, useBias: bias !== undefined });
  const { layout } = x;
  if (layout.kind !== "flattened")
    return builder.through(layer, builder.plain(x), { kernel, ...(bias ? { bias } : {}) });
  const { channels, pixels } = layout;
  const turned = transposed(shapedAs(kernel, [channels, pixels, units]), [1, 0, 2]);
  const weights = { kernel: shapedAs(turned, [rows, units]), ...(bias ? { bias } : {}) };
  return builder.through(layer, { ...x, layout: PLAIN }, weights);
}
