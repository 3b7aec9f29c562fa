import { type Graph, type Step, stepOf } from "../../model/graph.js";
import { type Shape, sizeOfShape } from "../../util/shapes.js";

/** Features of a row as a framework with the channels first has them: at each place the number of the feature here. */
export type FeatureOrder = readonly number[];

/** What leaves the features of a row where they are. */
const passing = new Set([
  "activation",
  "softmax",
  "leakyReLU",
  "elu",
  "prelu",
  "dropout",
  "alphaDropout",
  "spatialDropout1D",
  "spatialDropout2D",
  "gaussianNoise",
  "gaussianDropout",
  "batchNormalization",
  "groupNormalization",
  "layerNormalization",
  "rmsNormalization",
  "unitNormalization",
  "add",
  "subtract",
  "multiply",
  "average",
  "maximum",
  "minimum",
]);

/** What works on `[batch, channels, steps]` in frameworks with the channels first. */
const alongSteps =
  /^(conv|depthwiseConv|separableConv)1d$|^conv1dTranspose$|^(max|average)Pooling1D$|^(zeroPadding|cropping|upSampling)1D$/;

/** The order for `[…, channels]` that lies as `[channels, …]`. */
function channelsFirst(shape: Shape): FeatureOrder {
  const channels = shape[shape.length - 1] as number;
  const pixels = sizeOfShape(shape.slice(0, -1));
  return Array.from({ length: channels * pixels }, (_, i) => (i % pixels) * channels + Math.floor(i / pixels));
}

/**
 * The order of the features of each value of a graph: that of the flattened image which it comes from, or of the image that it is to become.
 * Undefined where it is as here.
 */
export function featureOrders(graph: Graph): (value: number) => FeatureOrder | undefined {
  const isImage = kept((value: number): boolean => {
    const step = stepOf(graph, value);
    if ((step?.outputShape ?? graph.inputs[value]?.shape ?? []).length > 2) return true;
    if (!step) return false;
    if (alongSteps.test(step.layer.kind)) return true;
    return (passing.has(step.layer.kind) || step.layer.kind === "concatenate") && step.inputs.some(isImage);
  });
  const flattened = kept((value: number): FeatureOrder | undefined => {
    const step = stepOf(graph, value);
    if (step?.outputShape.length !== 1) return undefined;
    const { kind } = step.layer;
    if (kind === "flatten" || kind === "reshape") {
      const [from] = step.inputs as [number];
      if (step.inputShape.length === 1) return flattened(from);
      return isImage(from) ? channelsFirst(step.inputShape) : undefined;
    }
    if (kind === "concatenate") return joined(step, flattened);
    return passing.has(kind) ? step.inputs.map(flattened).find((order) => order) : undefined;
  });
  const becoming = kept((value: number): FeatureOrder | undefined =>
    graph.steps
      .filter(({ inputs, inputShape }) => inputs.includes(value) && inputShape.length === 1)
      .map(({ layer, outputShape, outputs }) => {
        if (layer.kind === "reshape" && outputShape.length > 2) return channelsFirst(outputShape);
        return passing.has(layer.kind) ? becoming(outputs[0] as number) : undefined;
      })
      .find((order) => order),
  );
  return (value) => flattened(value) ?? becoming(value);
}

function joined(step: Step, orderOf: (value: number) => FeatureOrder | undefined): FeatureOrder | undefined {
  const orders = step.inputs.map(orderOf);
  if (orders.every((order) => order === undefined)) return undefined;
  let at = 0;
  return orders.flatMap((order, i) => {
    const size = step.inputShapes[i]?.[0] as number;
    const begin = at;
    at += size;
    return Array.from({ length: size }, (_, j) => begin + (order?.[j] ?? j));
  });
}

/** A function of a value's number that is worked out once for each. */
function kept<T>(of: (value: number) => T): (value: number) => T {
  const known = new Map<number, T>();
  return (value) => {
    if (!known.has(value)) known.set(value, of(value));
    return known.get(value) as T;
  };
}
