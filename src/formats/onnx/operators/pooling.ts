import type { AnyLayer } from "../../../nn/layer.js";
import { averagePooling1D, averagePooling2D, maxPooling1D, maxPooling2D } from "../../../nn/layers/pooling.js";
import type { Sides } from "../../../ops/window.js";
import type { Builder } from "../../graph/builder.js";
import type { Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import type { Operators } from "./operator.js";
import { padding } from "./padding.js";
import { windowOf } from "./window.js";

type Kind = "max" | "average";

const layers = {
  max: { one: maxPooling1D, two: maxPooling2D },
  average: { one: averagePooling1D, two: averagePooling2D },
};

function pool(kind: Kind, node: NodeView, builder: Builder): readonly Value[] {
  const x = builder.last(node.flow());
  const kernel = node.ints("kernel_shape");
  if (!kernel) throw node.damaged("attribute kernel_shape", "none");
  const ceil = node.int("ceil_mode", 0) === 1;
  const { strides, dilations, sides } = windowOf(node, kernel, x.dims.slice(2), ceil);
  if (dilations.some((n) => n !== 1)) throw node.unsupported("dilations");
  if (node.node.outputs.length > 1 && node.node.outputs[1] !== "")
    throw node.unsupported("the places of the greatest values");
  const isPadded = sides.some(([before, behind]) => before + behind > 0);
  if (kind === "average" && isPadded && node.int("count_include_pad", 0) === 1) {
    if (ceil) throw node.unsupported("count_include_pad together with ceil_mode");
    const padded = builder.through(padding(sides), x);
    return [
      builder.through(
        windows(
          kind,
          kernel,
          strides,
          sides.map(() => [0, 0] as const),
        ),
        padded,
      ),
    ];
  }
  return [builder.through(windows(kind, kernel, strides, sides), x)];
}

function windows(kind: Kind, kernel: readonly number[], strides: readonly number[], sides: readonly Sides[]): AnyLayer {
  const { one, two } = layers[kind];
  if (kernel.length === 1) {
    return one({ poolSize: kernel[0] as number, strides: strides[0] as number, padding: sides[0] as Sides });
  }
  const pair = (list: readonly number[]) => list as readonly [number, number];
  return two({ poolSize: pair(kernel), strides: pair(strides), padding: sides as readonly [Sides, Sides] });
}

export const pooling: Operators = {
  MaxPool: (node, builder) => pool("max", node, builder),
  AveragePool: (node, builder) => pool("average", node, builder),
};
