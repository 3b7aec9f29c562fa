import { activation } from "../../../nn/layers/activation.js";
import { elu, leakyReLU } from "../../../nn/layers/activations.js";
import { dropout } from "../../../nn/layers/dropout.js";
import { add, maximum, multiply, subtract } from "../../../nn/layers/merge.js";
import { prelu } from "../../../nn/layers/prelu.js";
import { leakyRelu, softmax as softmaxOperation } from "../../../nn/operations/activation.js";
import { pow } from "../../../nn/operations/arithmetic.js";
import { abs, exp, log, square } from "../../../nn/operations/math.js";
import { sameShape, showShape } from "../../../util/shapes.js";
import type { Builder } from "../../graph/builder.js";
import { axisIn, type Flow } from "../../graph/values.js";
import type { LayerView } from "../layer.js";
import { aligned, axesOf, elementwise as each, type Operator, type Operators, scalar, scaled } from "./operator.js";

const named =
  (name: string): Operator =>
  (view, builder) => [builder.through(activation({ activation: name }), view.input())];

/** Shares along an axis. */
function softmax(view: LayerView, builder: Builder): readonly Flow[] {
  const x = axesOf(builder, view.input());
  const axis = view.axis("softmax_param", 1, x.dims.length);
  if (axis === 0) throw view.unsupported("axis 0; the batch is one row's own");
  const place = axisIn(x, axis);
  if (place === x.dims.length - 1) return [builder.through(activation({ activation: "softmax" }), x)];
  return [each(builder, softmaxOperation, x, [], { axis: place })];
}

/** log b, where −1 stands for e. */
function logBase(view: LayerView, message: string): number {
  const base = view.number(message, "base", -1);
  if (base !== -1 && base <= 0) throw view.damaged("a base above 0, or −1", `${base}`);
  return base === -1 ? 1 : Math.log(base);
}

/** shift + scale · x. */
const inner = (view: LayerView, builder: Builder, message: string): Flow =>
  scaled(builder, view.input(), view.number(message, "scale", 1), view.number(message, "shift", 0));

export const elementwise: Operators = {
  ReLU(view, builder) {
    const alpha = view.number("relu_param", "negative_slope", 0);
    if (alpha === 0) return named("relu")(view, builder);
    if (alpha < 0) return [each(builder, leakyRelu, view.input(), [], { alpha })];
    return [builder.through(leakyReLU({ alpha }), view.input())];
  },
  PReLU(view, builder) {
    const x = axesOf(builder, view.input());
    const rank = x.dims.length;
    const isShared = view.flag("prelu_param", "channel_shared", false);
    const [place, channels] = [axisIn(x, 1), isShared ? 1 : (x.dims[1] as number)];
    const axes = Array.from({ length: rank - 1 }, (_, i) => i + 1);
    const shape = axes.map((axis) => (axis === place ? channels : 1));
    const layer = prelu({ sharedAxes: axes.filter((axis) => isShared || axis !== place) });
    return [builder.through(layer, x, { alpha: { ...view.blob(0, [channels]), shape } })];
  },
  ELU(view, builder) {
    const alpha = view.number("elu_param", "alpha", 1);
    if (alpha < 0) throw view.unsupported(`alpha ${alpha}; from 0 on it is`);
    return [builder.through(elu({ alpha }), view.input())];
  },
  Sigmoid: named("sigmoid"),
  TanH: named("tanh"),
  BNLL: named("softplus"),
  AbsVal: (view, builder) => [each(builder, abs, view.input())],
  /** (shift + scale · x)^power */
  Power(view, builder) {
    const power = view.number("power_param", "power", 1);
    const x = inner(view, builder, "power_param");
    if (power === 2) return [each(builder, square, x)];
    return [power === 1 ? x : each(builder, pow, x, [scalar(power)])];
  },
  /** base^(shift + scale · x) */
  Exp(view, builder) {
    const factor = logBase(view, "exp_param");
    return [each(builder, exp, scaled(builder, inner(view, builder, "exp_param"), factor, 0))];
  },
  /** log of shift + scale · x to the base */
  Log(view, builder) {
    const factor = 1 / logBase(view, "log_param");
    return [scaled(builder, each(builder, log, inner(view, builder, "log_param")), factor, 0)];
  },
  Eltwise(view, builder) {
    const message = "eltwise_param";
    const kind = view.text(message, "operation", "SUM");
    const flows = aligned(builder, view.inputs);
    const first = view.input();
    const other = flows.find(({ dims }) => !sameShape(dims, first.dims));
    if (other)
      throw view.damaged(`bottoms of one shape ${showShape(first.dims.slice(1))}`, showShape(other.dims.slice(1)));
    const given = view.numbers(message, "coeff");
    if (given.length > 0 && given.length !== flows.length) {
      throw view.damaged(`${flows.length} numbers as coeff, or none`, `${given.length}`);
    }
    if (flows.length < 2) throw view.damaged("bottoms from 2 on", `${flows.length}`);
    const isDifference = flows.length === 2 && given[0] === 1 && given[1] === -1;
    const layers = { PROD: multiply, SUM: isDifference ? subtract : add, MAX: maximum };
    const layer = layers[kind as keyof typeof layers];
    if (!layer) throw view.unsupported(`operation ${kind}`);
    const weighed = kind === "SUM" && !isDifference;
    const terms = flows.map((x, i) => (weighed ? scaled(builder, x, given[i] ?? 1, 0) : x));
    return [{ ...(terms[0] as Flow), x: builder.layer(layer(), terms) }];
  },
  Softmax: softmax,
  /** What the loss is worked out of. */
  SoftmaxWithLoss: softmax,
  SigmoidCrossEntropyLoss: named("sigmoid"),
  /** Off in inference; a model that is trained on drops as it did. */
  Dropout(view, builder) {
    const rate = view.number("dropout_param", "dropout_ratio", 0.5);
    return [rate > 0 && rate < 1 ? builder.through(dropout({ rate }), view.input()) : view.input()];
  },
};
