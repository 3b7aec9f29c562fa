import * as wg from "../../../src/index.js";
import {
  type Argument,
  and,
  anything,
  arg,
  called,
  count,
  flag,
  floats,
  fn,
  labels,
  NOTHING,
  number,
  options,
  type Row,
  row,
  text,
} from "./arguments.js";

const none = options();
const drawnNormal = options(number("mean", 0), number("stdDev", 1, -1));
export const named = [
  text("name", "d", "", "a/b"),
  arg("inputShape", [3], null, 3, [-1], ["a"]),
  count("batchSize", 2, 0),
  flag("trainable"),
];
export const initializer = (name: string) => arg(name, "zeros", null, 3, {}, "zerros", { name: 3 });
const regularizer = (name: string) => arg(name, "l2", 3, {}, "l3");
const dropping = (call: Row["call"]) =>
  and(
    row(call, options(number("rate", 0.5, undefined, -1, 1), arg("mode", "classic", "inverse", 3), ...named)),
    [{ rate: 0.5, keepProb: 0.5 }],
    ...[0, -0.5, 1.5, null, "0.5", Number.NaN].map((keepProb) => [{ keepProb }]),
  );
const convention = [arg("convention", "course", "kourse", 3), arg("rows", "training", "train", 0, 1.5, -1, {})];
const rate = arg("learningRate", 0.1, null, "0.1", Number.NaN, -1, {}, () => 1);
const decay = (name: string) => number(name, 0.5, -1, 1);
const clip = [number("clipValue", 1, 0, -1), number("clipNorm", 1, 0, -1), number("globalClipNorm", 1, 0, -1)];
/** Each kind of clipping by itself: two at once are wrong. */
const optimizer = (make: Row["call"], ...own: Argument[]): Row => {
  const base = options(
    rate,
    arg("groups", [{ match: "a" }], null, {}, "a", [3], [{}], [{ match: 3 }], [{ match: "a", rate: 1 }]),
    ...own,
  );
  const clipped = clip.flatMap(({ name, wrong }) =>
    wrong.filter((value) => value !== null).map((value) => [{ [name]: value }]),
  );
  return and(row(make, base), ...clipped, [{ clipNorm: 1, clipValue: 1 }]);
};
const initialRate = number("initial", 0.1, undefined, -1);
const epsilon = number("epsilon", 0.1, -1);
const loss = (call: Row["call"], known: Argument) =>
  and(row(call, anything("yTrue", [[0, 1]]), floats("yPred", [[0.4, 0.6]]), known), [[[0, 1, 2]], [[0.4, 0.6]]]);
const fraction = (name: string) => number(name, 0.5, -0.1, 1.1);
const logits = options(flag("fromLogits"), fraction("labelSmoothing"));
const focal = [flag("fromLogits"), fraction("labelSmoothing"), number("gamma", 2, -1)];
/** A metric is made from its arguments and given a batch whose labels do not fit. */
const metric = (make: Row["call"], ...args: Argument[]) => row(make, ...args);

const pair = (name: string, ...wrong: unknown[]) => arg(name, 2, 0, 1.5, "2", [1], {}, ...wrong);
const constraint = (name: string) => arg(name, "maxNorm", 3, {}, "maxNorn", { l1: 1 });
export const kernelOf = (prefix: string) => [
  initializer(`${prefix}Initializer`),
  regularizer(`${prefix}Regularizer`),
  constraint(`${prefix}Constraint`),
];
export const biased = [
  text("activation", "relu", "rellu"),
  flag("useBias"),
  initializer("biasInitializer"),
  regularizer("biasRegularizer"),
  ...named,
];
const imagePadding = arg("padding", "same", "sane", -1, 1.5, [1, 1], {});
const windowed = [pair("strides"), imagePadding, pair("dilationRate")];
export const filters = count("filters", 2, undefined, 0);

const recurrent = (call: Row["call"], ...own: Argument[]) =>
  row(
    call,
    options(
      count("units", 2, undefined, 0),
      text("activation", "relu", "rellu", "gelu"),
      flag("useBias"),
      flag("returnSequences"),
      flag("returnState"),
      flag("goBackwards"),
      flag("stateful"),
      number("dropout", 0.5, -1, 1),
      number("recurrentDropout", 0.5, -1, 1),
      ...kernelOf("kernel"),
      ...kernelOf("recurrent"),
      initializer("biasInitializer"),
      regularizer("biasRegularizer"),
      ...named,
      ...own,
    ),
  );
const gateActivation = text("recurrentActivation", "hardSigmoid", "hard", "softmax");
const alpha = options(number("alpha", 0.1, -1), ...named);

export const factories: Record<string, Row> = {
  "callbacks.earlyStopping": row(
    wg.callbacks.earlyStopping,
    options(
      text("monitor", "loss", ""),
      count("patience", 1),
      number("minDelta", 0, -1),
      text("mode", "auto", "most"),
      flag("restoreBestWeights"),
    ),
  ),
  "callbacks.exponentialMovingAverage": row(
    wg.callbacks.exponentialMovingAverage,
    options(
      number("decay", 0.9, 1, -1),
      flag("biasCorrection"),
      flag("warmup"),
      count("everySteps", 1, 0),
      flag("validateAverage"),
    ),
  ),
  "callbacks.modelCheckpoint": row(
    wg.callbacks.modelCheckpoint,
    options(
      text("path", "a.safetensors", ""),
      flag("saveBestOnly"),
      text("monitor", "loss", ""),
      text("mode", "auto", "most"),
      count("everyEpochs", 1, 0),
      count("everySteps", 1, 0),
    ),
  ),
  "callbacks.progressBar": row(wg.callbacks.progressBar, options(arg("print", () => undefined, null, 3, "log"))),

  "callbacks.reduceLROnPlateau": row(
    wg.callbacks.reduceLROnPlateau,
    options(
      text("monitor", "loss", ""),
      number("factor", 0.1, 1, -1),
      count("patience", 1),
      number("minDelta", 0, -1),
      arg("mode", "min", "least", 3),
      count("cooldown", 0),
      number("minLr", 0, -1),
    ),
  ),

  "constraints.maxNorm": row(wg.constraints.maxNorm, number("maxValue", 1, 0, -1)),
  "constraints.nonNeg": row(wg.constraints.nonNeg),
  "constraints.unitNorm": row(wg.constraints.unitNorm),
  "callbacks.stochasticWeightAveraging": row(
    wg.callbacks.stochasticWeightAveraging,
    options(count("startEpoch", 1, undefined), count("every", 1, 0), flag("validateAverage")),
  ),

  "initializers.auto": row(wg.initializers.auto, options(arg("activation", "relu", 3, "reluu", {}))),
  "initializers.constant": row(wg.initializers.constant, options(number("value", 1))),
  "initializers.glorotNormal": row(wg.initializers.glorotNormal, options(flag("truncated"))),
  "initializers.glorotUniform": row(wg.initializers.glorotUniform, none),
  "initializers.heNormal": row(wg.initializers.heNormal, options(flag("truncated"))),
  "initializers.heUniform": row(wg.initializers.heUniform, none),
  "initializers.lecunNormal": row(wg.initializers.lecunNormal, options(flag("truncated"))),
  "initializers.lecunUniform": row(wg.initializers.lecunUniform, none),
  "initializers.ones": row(wg.initializers.ones, none),
  "initializers.orthogonal": row(wg.initializers.orthogonal, options(number("gain", 1))),
  "initializers.randomNormal": row(wg.initializers.randomNormal, drawnNormal),
  "initializers.randomUniform": row(
    wg.initializers.randomUniform,
    options(number("minval", 0), number("maxval", 1, -1)),
  ),
  "initializers.truncatedNormal": row(wg.initializers.truncatedNormal, drawnNormal),
  "initializers.varianceScaling": row(
    wg.initializers.varianceScaling,
    options(number("scale", 1, 0), text("mode", "fanIn", "fan"), text("distribution", "uniform", "gauss")),
  ),
  "initializers.xavierNormal": row(wg.initializers.xavierNormal, options(flag("truncated"))),
  "initializers.xavierUniform": row(wg.initializers.xavierUniform, none),
  "initializers.zeros": row(wg.initializers.zeros, none),

  "layers.activation": row(wg.layers.activation, options(text("activation", "relu", undefined, "rellu"), ...named)),
  "layers.batchNormalization": row(
    wg.layers.batchNormalization,
    options(
      text("momentumConvention", "pytorch", "torch"),
      flag("unbiasedVariance"),
      number("momentum", 0.9, -1, 2),
      number("epsilon", 0.1, -1),
      flag("center"),
      flag("scale"),
      initializer("betaInitializer"),
      initializer("gammaInitializer"),
      ...named,
    ),
  ),
  "layers.bidirectional": row(
    wg.layers.bidirectional,
    options(
      arg("layer", wg.layers.gru({ units: 2 }), undefined, null, 3, {}, "gru", wg.layers.flatten()),
      arg("backwardLayer", wg.layers.gru({ units: 2, goBackwards: true }), null, 3, {}, "gru", wg.layers.flatten()),
      text("mergeMode", "sum", "add"),
      ...named,
    ),
  ),
  "layers.conv1d": row(
    wg.layers.conv1d,
    options(
      filters,
      count("kernelSize", 2, undefined, 0),
      count("strides", 2, 0),
      arg("padding", "causal", "sane", -1, 1.5, [1], {}),
      count("dilationRate", 2, 0),
      count("groups", 2, 0, 3),
      ...kernelOf("kernel"),
      ...biased,
    ),
  ),
  "layers.conv2d": row(
    wg.layers.conv2d,
    options(
      filters,
      pair("kernelSize", undefined),
      ...windowed,
      count("groups", 2, 0, 3),
      ...kernelOf("kernel"),
      ...biased,
    ),
  ),
  "layers.conv2dTranspose": row(
    wg.layers.conv2dTranspose,
    options(
      filters,
      pair("kernelSize", undefined),
      ...windowed,
      arg("outputPadding", 1, -1, 1.5, 2, "1", [1]),
      ...kernelOf("kernel"),
      ...biased,
    ),
  ),
  "layers.depthwiseConv2d": row(
    wg.layers.depthwiseConv2d,
    options(
      pair("kernelSize", undefined),
      ...windowed,
      count("depthMultiplier", 2, 0),
      ...kernelOf("depthwise"),
      ...biased,
    ),
  ),
  "layers.separableConv2d": row(
    wg.layers.separableConv2d,
    options(
      filters,
      pair("kernelSize", undefined),
      ...windowed,
      count("depthMultiplier", 2, 0),
      ...kernelOf("depthwise"),
      ...kernelOf("pointwise"),
      ...biased,
    ),
  ),
  "layers.dense": row(
    wg.layers.dense,
    options(
      count("units", 2, undefined, 0),
      text("activation", "relu", "rellu"),
      flag("useBias"),
      initializer("kernelInitializer"),
      initializer("biasInitializer"),
      regularizer("kernelRegularizer"),
      regularizer("biasRegularizer"),
      arg("kernelConstraint", "maxNorm", 3, {}, "maxNorn", { l1: 1 }),
      ...named,
    ),
  ),
  "layers.dropout": dropping(wg.layers.dropout),
  "layers.add": row(wg.layers.add, options(...named)),
  "layers.average": row(wg.layers.average, options(...named)),
  "layers.concatenate": row(wg.layers.concatenate, options(number("axis", -1, 1.5), ...named)),
  "layers.elu": row(wg.layers.elu, alpha),
  "layers.embedding": row(
    wg.layers.embedding,
    options(
      count("inputDim", 3, undefined, 0),
      count("outputDim", 2, undefined, 0),
      flag("maskZero"),
      ...kernelOf("embeddings"),
      ...named,
    ),
  ),
  "layers.flatten": row(wg.layers.flatten, options(...named)),
  "layers.multiHeadAttention": row(
    wg.layers.multiHeadAttention,
    options(
      count("numHeads", 2, undefined, 0),
      count("keyDim", 2, undefined, 0),
      count("valueDim", 2, 0),
      count("outputShape", 2, 0),
      number("dropout", 0.5, -1, 1),
      flag("useBias"),
      flag("causal"),
      flag("useMask"),
      ...kernelOf("kernel"),
      initializer("biasInitializer"),
      regularizer("biasRegularizer"),
      ...named,
    ),
  ),
  "layers.resizing": row(
    wg.layers.resizing,
    options(
      count("height", 2, undefined, 0),
      count("width", 2, undefined, 0),
      text("interpolation", "nearest", "cubic"),
      ...named,
    ),
  ),
  "layers.lambda": row(
    wg.layers.lambda,
    options(
      fn((x: wg.Tensor) => x, "call"),
      arg(
        "weights",
        { scale: { shape: [3] } },
        null,
        3,
        [],
        { "a/b": { shape: [3] } },
        { scale: null },
        { scale: {} },
        { scale: { shape: [3], initialiser: "ones" } },
        { scale: { shape: [-1] } },
        { scale: { shape: [3], trainable: 3 } },
        { scale: { shape: [3], initializer: "onse" } },
        { scale: { shape: [3], regularizer: "l3" } },
        { scale: { shape: [3], constraint: 3 } },
      ),
      arg("gradient", (dy: wg.Tensor) => dy, 3, "by tape"),
      arg("outputShape", [3], 3, [-1], "same"),
      ...named,
    ),
  ),
  "layers.dot": row(
    wg.layers.dot,
    options(arg("axes", 1, undefined, 0, "1", 1.5, [1], [0, 1], {}), flag("normalize"), ...named),
  ),
  "layers.maximum": row(wg.layers.maximum, options(...named)),
  "layers.minimum": row(wg.layers.minimum, options(...named)),
  "layers.multiply": row(wg.layers.multiply, options(...named)),
  "layers.operation": row(
    wg.layers.operation,
    options(
      text("operation", "relu", undefined, "reluu"),
      arg("attributes", {}, 3, "axis", []),
      arg("operands", [{ kind: "input" }], 3, [], [{}], [{ kind: "weight", shape: [1], trainable: true }]),
      ...named,
    ),
  ),
  "layers.subtract": row(wg.layers.subtract, options(...named)),
  "layers.gaussianDropout": row(wg.layers.gaussianDropout, options(number("rate", 0.5, undefined, -1, 1), ...named)),
  "layers.gaussianNoise": row(wg.layers.gaussianNoise, options(number("stddev", 0.5, undefined, -1), ...named)),
  "layers.gru": recurrent(wg.layers.gru, gateActivation, flag("resetAfter")),
  "layers.leakyReLU": row(wg.layers.leakyReLU, alpha),
  "layers.lstm": recurrent(wg.layers.lstm, gateActivation, flag("unitForgetBias"), flag("peepholes")),
  "layers.masking": row(wg.layers.masking, options(number("maskValue", 0.5), ...named)),
  "layers.permute": row(
    wg.layers.permute,
    options(arg("dims", [2, 1], ...NOTHING, 3, [], [0, 1], [1, 1], [1, 3], [1.5], "21", {}), ...named),
  ),
  "layers.positionalEmbedding": row(
    wg.layers.positionalEmbedding,
    options(count("sequenceLength", 3, undefined, 0), ...kernelOf("embeddings"), ...named),
  ),
  "layers.prelu": row(
    wg.layers.prelu,
    options(arg("sharedAxes", [1, 2], 3, [0], [1, 1], [1.5], "1", {}), ...kernelOf("alpha"), ...named),
  ),
  "layers.repeatVector": row(wg.layers.repeatVector, options(count("n", 3, undefined, 0), ...named)),
  "layers.reshape": row(
    wg.layers.reshape,
    options(arg("targetShape", [3], undefined, null, 3, [-2], [-1, -1], [1.5], "3"), ...named),
  ),
  "layers.simpleRNN": recurrent(wg.layers.simpleRNN),
  "layers.sinusoidalPositionalEmbedding": row(
    wg.layers.sinusoidalPositionalEmbedding,
    options(number("maxWavelength", 100, 0, -1), ...named),
  ),
  "layers.softmax": row(wg.layers.softmax, options(number("axis", 1, 1.5), ...named)),
  "layers.timeDistributed": row(
    wg.layers.timeDistributed,
    options(
      arg("layer", wg.layers.flatten(), undefined, null, 3, {}, "dense", { kind: "dence", config: {} }),
      ...named,
    ),
  ),
  "layers.spatialDropout1D": dropping(wg.layers.spatialDropout1D),
  "layers.spatialDropout2D": dropping(wg.layers.spatialDropout2D),

  "losses.binaryCrossentropy": loss(wg.losses.binaryCrossentropy, logits),
  "losses.binaryFocalCrossentropy": loss(
    wg.losses.binaryFocalCrossentropy,
    options(...focal, fraction("alpha"), flag("applyClassBalancing")),
  ),
  "losses.categoricalCrossentropy": loss(wg.losses.categoricalCrossentropy, logits),
  "losses.categoricalFocalCrossentropy": loss(
    wg.losses.categoricalFocalCrossentropy,
    options(...focal, number("alpha", 0.25, -1, [], [1], [1, -1])),
  ),
  "losses.halfSquaredError": loss(wg.losses.halfSquaredError, none),
  "losses.huber": loss(wg.losses.huber, options(number("delta", 1, 0, -1))),
  "losses.logCosh": loss(wg.losses.logCosh, none),
  "losses.lossNamed": called(/^loss/, row(wg.losses.lossNamed, text("loss", "mse", undefined, "msee", { name: "x" }))),
  "losses.meanAbsoluteError": loss(wg.losses.meanAbsoluteError, none),
  "losses.meanSquaredError": loss(wg.losses.meanSquaredError, none),
  "losses.sparseCategoricalCrossentropy": and(
    row(
      wg.losses.sparseCategoricalCrossentropy,
      labels("yTrue", Int32Array.of(1)),
      floats("yPred", [[0.4, 0.6]]),
      logits,
    ),
    [Int32Array.of(1, 0), [[0.4, 0.6]]],
  ),

  "metrics.accuracy": metric(wg.metrics.accuracy),
  "metrics.auc": metric(wg.metrics.auc),
  "metrics.binaryAccuracy": metric(wg.metrics.binaryAccuracy, options(number("threshold", 0.5))),
  "metrics.categoricalAccuracy": metric(wg.metrics.categoricalAccuracy),
  "metrics.confusionMatrix": and(
    row(
      wg.metrics.confusionMatrix,
      arg("labels", [0, 1], ...NOTHING, "01", 3, {}, [0, -1], [0, 0.5], [0, Number.NaN], [0, "1"]),
      arg("predictions", [0, 1], ...NOTHING, "01", 3, {}, [0, -1], [0, 0.5], [0]),
      count("classes", 2, 0),
    ),
    [
      [0, -1],
      [0, 1],
    ],
    [
      [0, 0.5],
      [0, 1],
    ],
  ),
  "metrics.f1": metric(wg.metrics.f1, options(text("average", "macro", "mean"), number("threshold", 0.5))),
  "metrics.meanAbsoluteError": metric(wg.metrics.meanAbsoluteError),
  "metrics.meanSquaredError": metric(wg.metrics.meanSquaredError),
  "metrics.metricNamed": called(
    /^metric/,
    row(wg.metrics.metricNamed, text("metric", "mse", undefined, "msee", { name: "x" })),
  ),
  "metrics.precision": metric(
    wg.metrics.precision,
    options(text("average", "macro", "mean"), number("threshold", 0.5)),
  ),
  "metrics.recall": metric(wg.metrics.recall, options(text("average", "macro", "mean"), number("threshold", 0.5))),
  "metrics.rootMeanSquaredError": metric(wg.metrics.rootMeanSquaredError),
  "metrics.sparseCategoricalAccuracy": metric(wg.metrics.sparseCategoricalAccuracy),
  "metrics.topK": metric(wg.metrics.topK, count("k", 2, 0)),

  "optimizers.adadelta": optimizer(wg.optimizers.adadelta, decay("rho"), epsilon),
  "optimizers.adagrad": optimizer(wg.optimizers.adagrad, number("initialAccumulatorValue", 0.1, -1), epsilon),
  "optimizers.adam": optimizer(wg.optimizers.adam, decay("beta1"), decay("beta2"), epsilon, flag("amsgrad")),
  "optimizers.adamax": optimizer(wg.optimizers.adamax, decay("beta1"), decay("beta2"), epsilon),
  "optimizers.adamw": optimizer(
    wg.optimizers.adamw,
    decay("beta1"),
    decay("beta2"),
    epsilon,
    number("weightDecay", 0.1, -1),
    flag("amsgrad"),
  ),
  "optimizers.lbfgs": row(
    wg.optimizers.lbfgs,
    options(
      rate,
      count("historySize", 10, 0),
      count("maxIter", 10, 0),
      count("maxEval", 10, 0),
      number("toleranceGrad", 0, -1),
      number("toleranceChange", 0, -1),
      arg("lineSearch", "strongWolfe", "wolfe", 3),
    ),
  ),
  "optimizers.lion": optimizer(wg.optimizers.lion, decay("beta1"), decay("beta2"), number("weightDecay", 0.1, -1)),
  "optimizers.nadam": optimizer(
    wg.optimizers.nadam,
    decay("beta1"),
    decay("beta2"),
    epsilon,
    number("momentumDecay", 0.004, -1),
  ),
  "optimizers.radam": optimizer(wg.optimizers.radam, decay("beta1"), decay("beta2"), epsilon),
  "optimizers.rmsprop": optimizer(wg.optimizers.rmsprop, decay("rho"), decay("momentum"), epsilon, flag("centered")),
  "optimizers.sgd": and(
    optimizer(wg.optimizers.sgd, decay("momentum"), arg("nesterov", false, null, "yes", 1), flag("dampening")),
    [{ momentum: 0.9, nesterov: true, dampening: true }],
  ),

  "regularizers.l1": and(row(wg.regularizers.l1, number("lambda", 0.1, -1), options(...convention)), [1, { rows: 3 }]),
  "regularizers.l1l2": and(
    row(wg.regularizers.l1l2, options(number("l1", 0.1, -1), number("l2", 0.1, -1), ...convention)),
    [{ rows: 3 }],
  ),
  "regularizers.l2": and(row(wg.regularizers.l2, number("lambda", 0.1, -1), options(...convention)), [1, { rows: 3 }]),

  "schedules.constant": row(wg.schedules.constant, number("rate", 0.1, undefined, -1)),
  "schedules.cosine": row(
    wg.schedules.cosine,
    number("initial", 0.1, undefined, -1),
    options(count("steps", 10, undefined, 0), number("final", 0, -1), count("warmup", 1, 10)),
  ),
  "schedules.cosineRestarts": row(
    wg.schedules.cosineRestarts,
    initialRate,
    options(count("steps", 10, undefined, 0), number("tMul", 2, 0), number("mMul", 1, -1), number("final", 0, -1)),
  ),
  "schedules.cyclical": row(
    wg.schedules.cyclical,
    initialRate,
    options(number("max", 1, undefined, -1), count("steps", 10, undefined, 0), arg("mode", "triangular", "square", 3)),
  ),
  "schedules.exponentialDecay": row(
    wg.schedules.exponentialDecay,
    number("initial", 0.1, undefined, -1),
    options(count("steps", 10, undefined, 0), number("rate", 0.5, undefined, 0), flag("staircase")),
  ),
  "schedules.inverseSqrtDecay": row(wg.schedules.inverseSqrtDecay, initialRate, options(count("stepsPerEpoch", 10, 0))),
  "schedules.inverseTimeDecay": row(
    wg.schedules.inverseTimeDecay,
    initialRate,
    options(number("decay", 1, undefined, -1), count("stepsPerEpoch", 10, 0)),
  ),
  "schedules.manual": row(wg.schedules.manual, number("rate", 0.1, undefined, -1)),
  "schedules.oneCycle": row(
    wg.schedules.oneCycle,
    number("max", 0.1, undefined, -1),
    options(
      count("steps", 10, undefined, 0),
      number("pctStart", 0.3, -1, 2),
      number("divFactor", 25, 0),
      number("finalDivFactor", 1e4, 0),
    ),
  ),
  "schedules.piecewiseConstant": row(
    wg.schedules.piecewiseConstant,
    arg("boundaries", [1, 2], ...NOTHING, 3, "12", [2, 1], [1, Number.NaN], [1], {}),
    arg("values", [1, 2, 3], ...NOTHING, 3, "123", [1, 2], [1, 2, -3], ["1", 2, 3], {}),
  ),
  "schedules.polynomialDecay": row(
    wg.schedules.polynomialDecay,
    initialRate,
    options(count("steps", 10, undefined, 0), number("final", 0, -1), number("power", 1, -1)),
  ),
  "schedules.sequence": row(
    wg.schedules.sequence,
    arg("schedules", [0.1, 0.2], ...NOTHING, 3, "12", [], ["1", 2], {}),
    arg("boundaries", [10], ...NOTHING, 3, "1", [1, 2], [-1], [1.5], {}),
  ),
  "schedules.warmup": row(
    wg.schedules.warmup,
    arg("schedule", 0.1, ...NOTHING, "0.1", -1, {}, () => 1),
    options(count("steps", 10, undefined, 0), number("from", 0, -1)),
  ),
};
