import { spread, uniform } from "../harness/random.js";

const SEED = 1;

/** Adam with the same constants everywhere; ε stands outside the root, as in every library here. */
export const adam = { name: "adam", learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/**
 * What a library needs to train or run a network: its layers, rows, targets and first weights, all of them the same for every library.
 * Weights are in Keras's layout and order: dense `[inputs, units]`, conv2d `[height, width, channels, filters]`, then the bias;
 * batch normalization γ, then β.
 */
export function network({ inputShape, layers, batch, loss, ...rest }) {
  const next = uniform(SEED);
  const weights = [];
  let shape = inputShape;
  for (const layer of layers) shape = place(layer, shape, weights, next);
  const x = spread(next, batch * size(inputShape), 1);
  const y = loss === undefined ? undefined : targets(loss, batch, shape[0], next);
  return { inputShape, outputShape: shape, layers, batch, loss, weights, x, y, ...rest };
}

/** Adds the weights of a layer and returns the shape of its output. */
function place(layer, shape, weights, next) {
  const { type, units, filters, kernelSize, poolSize, useBias = true } = layer;
  const add = (name, dims, limit) => weights.push({ name, shape: dims, data: spread(next, size(dims), limit) });
  const addKernel = (dims, outputs, window = 1) => {
    const inputs = size(dims) / outputs;
    add("kernel", dims, Math.sqrt(6 / (inputs + window * outputs)));
    if (useBias) add("bias", [outputs], 0.1);
  };
  switch (type) {
    case "dense":
      addKernel([shape[0], units], units);
      return [units];
    case "conv2d":
      addKernel([kernelSize, kernelSize, shape[2], filters], filters, kernelSize ** 2);
      return [shape[0], shape[1], filters];
    case "batchNormalization": {
      const features = shape[shape.length - 1];
      weights.push({ name: "gamma", shape: [features], data: spread(next, features, 0.2).map((v) => 1 + v) });
      add("beta", [features], 0.1);
      return shape;
    }
    case "maxPooling2d":
      return [Math.floor(shape[0] / poolSize), Math.floor(shape[1] / poolSize), shape[2]];
    case "flatten":
      return [size(shape)];
    case "activation":
    case "dropout":
      return shape;
    default:
      throw new Error(`workload: no layer "${type}"`);
  }
}

function targets(loss, batch, outputs, next) {
  if (loss !== "categoricalCrossentropy") return spread(next, batch * outputs, 1).map((v) => (v + 1) / 2);
  const rows = new Float32Array(batch * outputs);
  for (let row = 0; row < batch; row++) rows[row * outputs + Math.floor(next() * outputs)] = 1;
  return rows;
}

export const size = (shape) => shape.reduce((product, n) => product * n, 1);
