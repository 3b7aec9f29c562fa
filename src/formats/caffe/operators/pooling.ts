import { globalAveragePooling2D, globalMaxPooling2D } from "../../../nn/layers/global-pooling.js";
import { zeroPadding2D } from "../../../nn/layers/padding.js";
import { averagePooling2D, maxPooling2D } from "../../../nn/layers/pooling.js";
import { type Sides, walkAlong } from "../../../ops/window.js";
import { pooledSize } from "../pooled-size.js";
import { imageOf, type Operators } from "./operator.js";

const MESSAGE = "pooling_param";

export const pooling: Operators = {
  /** Windows go to the end of the image, the last one cut short. A mean counts the padding, and not what is cut away. */
  Pooling(view, builder) {
    const x = imageOf(view, builder);
    const kind = view.text(MESSAGE, "pool", "MAX");
    if (kind !== "MAX" && kind !== "AVE") throw view.unsupported(`pool ${kind}; MAX and AVE are`);
    if (view.layer.tops.length > 1) throw view.unsupported("the places of the greatest values");
    if (view.flag(MESSAGE, "global_pooling", false)) {
      const layer =
        kind === "MAX" ? globalMaxPooling2D({ keepdims: true }) : globalAveragePooling2D({ keepdims: true });
      return [builder.through(layer, x)];
    }
    const { kernel, strides, pads } = view.window(MESSAGE);
    const isFloor = view.text(MESSAGE, "round_mode", "CEIL") === "FLOOR";
    const sides = kernel.map((size, i): Sides => {
      const [n, stride, pad] = [x.dims[i + 2], strides[i], pads[i]] as [number, number, number];
      walkAlong(view.where, "the image", n, size, stride, [pad, Math.max(pad, size - n - pad)]);
      const count = pooledSize(n, size, stride, pad, isFloor);
      const rest = (count - 1) * stride + size - n - 2 * pad;
      if (rest >= size) throw view.unsupported("windows that lie beyond the image");
      return [pad, pad + rest];
    }) as [Sides, Sides];
    const windows = { poolSize: kernel, strides };
    const uncounted = sides.map(([pad, behind]): Sides => [pad, Math.max(0, behind)]) as [Sides, Sides];
    if (kind === "MAX") return [builder.through(maxPooling2D({ ...windows, padding: uncounted }), x)];
    if (pads.every((n) => n === 0)) return [builder.through(averagePooling2D({ ...windows, padding: uncounted }), x)];
    const padded = builder.through(zeroPadding2D({ padding: pads.map((n): Sides => [n, n]) as [Sides, Sides] }), x);
    const over = sides.map(([pad, behind]): Sides => [0, Math.max(0, behind - pad)]) as [Sides, Sides];
    return [builder.through(averagePooling2D({ ...windows, padding: over }), padded)];
  },
};
