import { batchNormalization } from "../../../nn/layers/batch-normalization.js";
import { multiply } from "../../../nn/layers/merge.js";
import { zeroPadding2D } from "../../../nn/layers/padding.js";
import { averagePooling2D } from "../../../nn/layers/pooling.js";
import { add, mul, pow } from "../../../nn/operations/arithmetic.js";
import { square } from "../../../nn/operations/math.js";
import { localResponseNormalization } from "../../../nn/operations/normalization.js";
import { alongside, type Builder } from "../../graph/builder.js";
import type { Flow, Known } from "../../graph/values.js";
import { LayerView } from "../layer.js";
import { axesOf, elementwise, imageOf, type Operators, scalar, scaled } from "./operator.js";

/** Weights along some axes, under all axes of what they are added to or multiplied with. */
function along(view: LayerView, message: string, x: Flow, blob: number): Known {
  const { dims } = x;
  const axis = view.axis(message, 1, dims.length);
  if (axis === 0) throw view.unsupported("axis 0; weights of the batch's rows are none of a model");
  const count = view.number(message, "num_axes", 1);
  const end = count < 0 ? dims.length : Math.min(dims.length, axis + count);
  const shape = dims.slice(axis, end);
  const array = { ...view.blob(blob, shape), shape: [...shape, ...dims.slice(end).map(() => 1)] };
  return alongside({ kind: "known", array, name: view.layer.name }, x);
}

const single = (view: LayerView, builder: Builder, what: string): Flow => {
  if (view.inputs.length > 1) throw view.unsupported(`a ${what} that another layer works out`);
  return axesOf(builder, view.input());
};

/** The Scale behind a normalization that is its γ and β. */
function affineBehind({ behind }: LayerView): LayerView | undefined {
  const next = behind.next();
  if (next?.type !== "Scale" || next.bottoms.length !== 1) return undefined;
  const scale = new LayerView(next, [], behind);
  const [axis, count] = [scale.number("scale_param", "axis", 1), scale.number("scale_param", "num_axes", 1)];
  if (axis !== 1 || count !== 1) return undefined;
  behind.absorb(next);
  return scale;
}

export const normalization: Operators = {
  /** Mean and variance are kept as sums, with what they are to be divided by. */
  BatchNorm(view, builder) {
    const given = axesOf(builder, view.input());
    const x = given.dims.length === 4 ? builder.last(given) : given;
    if (x.dims.length !== 4 && x.dims.length !== 2) throw view.unsupported(`${x.dims.length} axes; 2 and 4 are`);
    const channels = x.dims[1] as number;
    const divisor = view.blob(2, [1]).data[0] as number;
    const factor = divisor === 0 ? 0 : 1 / divisor;
    const [movingMean, movingVariance] = [0, 1].map((i) => {
      const array = view.blob(i, [channels]);
      return { ...array, data: Float32Array.from(array.data, (v) => v * factor) };
    }) as [Known["array"], Known["array"]];
    const scale = affineBehind(view);
    const center = scale?.flag("scale_param", "bias_term", false) ?? false;
    const layer = batchNormalization({
      epsilon: view.number("batch_norm_param", "eps", 1e-5),
      momentum: view.number("batch_norm_param", "moving_average_fraction", 0.999),
      center,
      scale: scale !== undefined,
    });
    const weights = {
      ...(scale ? { gamma: scale.blob(0, [channels]) } : {}),
      ...(scale && center ? { beta: scale.blob(1, [channels]) } : {}),
      movingMean,
      movingVariance,
    };
    return [builder.through(layer, x, weights)];
  },

  Scale(view, builder) {
    const x = single(view, builder, "factor");
    const y = elementwise(builder, mul, x, [along(view, "scale_param", x, 0)]);
    if (!view.flag("scale_param", "bias_term", false)) return [y];
    return [elementwise(builder, add, y, [along(view, "scale_param", x, 1)])];
  },

  Bias(view, builder) {
    const x = single(view, builder, "term");
    return [elementwise(builder, add, x, [along(view, "bias_param", x, 0)])];
  },

  /** x / (k + alpha / n · Σ x²)^beta over n channels, or over n pixels of the channel itself, where k is 1. */
  LRN(view, builder) {
    const message = "lrn_param";
    const x = imageOf(view, builder);
    const size = view.number(message, "local_size", 5);
    if (size % 2 === 0) throw view.damaged("an odd local_size", `${size}`);
    const radius = (size - 1) / 2;
    const [alpha, beta] = [view.number(message, "alpha", 1), view.number(message, "beta", 0.75)];
    if (view.text(message, "norm_region", "ACROSS_CHANNELS") === "ACROSS_CHANNELS") {
      const attributes = {
        depthRadius: [radius, radius],
        bias: view.number(message, "k", 1),
        alpha: alpha / size,
        beta,
      };
      return [elementwise(builder, localResponseNormalization, x, [], attributes)];
    }
    const squares = elementwise(builder, square, x);
    const padded = builder.through(zeroPadding2D({ padding: radius }), squares);
    const means = builder.through(averagePooling2D({ poolSize: size, strides: 1 }), padded);
    const factor = elementwise(builder, pow, scaled(builder, means, alpha, 1), [scalar(-beta)]);
    return [{ ...x, x: builder.layer(multiply(), [x, factor]) }];
  },
};
