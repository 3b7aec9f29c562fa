import { type DenseOptions, dense } from "../../nn/layers/dense.js";
import { flatten } from "../../nn/layers/reshape.js";
import type { HostArray } from "../../util/host-array.js";
import { sizeOfShape } from "../../util/shapes.js";
import type { Builder } from "./builder.js";
import { type Flow, type Known, PLAIN, transposed } from "./values.js";

/** A flow as rows; one of an image remembers that its channels are last. */
export function asRows(builder: Builder, from: Flow): Flow {
  const { dims, layout } = from;
  const x = builder.layer(flatten(), [from]);
  const flat = { ...from, x, dims: [dims[0] as number, sizeOfShape(dims.slice(1))] };
  const pixels = sizeOfShape(dims.slice(2));
  if (layout.kind !== "channelsLast") return flat;
  return { ...flat, layout: pixels > 1 ? { kind: "flattened", channels: dims[1] as number, pixels } : PLAIN };
}

/** x · kernel + bias over the last axis; a row that was an image meets the kernel's rows in the image's own order. */
export function denseBehind(
  builder: Builder,
  x: Flow,
  kernel: Known["array"],
  bias: HostArray | undefined,
  options: Omit<DenseOptions, "units" | "useBias">,
): Flow {
  const [rows, units] = kernel.shape as [number, number];
  const layer = dense({ ...options, units, useBias: bias !== undefined });
  const weights: Record<string, HostArray> = bias ? { bias } : {};
  const { layout } = x;
  if (layout.kind !== "flattened") return builder.through(layer, builder.plain(x), { kernel, ...weights });
  const { channels, pixels } = layout;
  const turned = transposed({ ...kernel, shape: [channels, pixels, units] }, [1, 0, 2]);
  return builder.through(layer, { ...x, layout: PLAIN }, { kernel: { ...turned, shape: [rows, units] }, ...weights });
}
