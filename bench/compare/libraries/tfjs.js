import * as tf from "@tensorflow/tfjs-core";
import { Cannot } from "../harness/cannot.js";

/** TensorFlow.js on one of its backends. Training is by `optimizer.minimize`, which is no slower than `model.trainOnBatch`. */
export async function openOn(backend, without = () => undefined) {
  const layersApi = await import("@tensorflow/tfjs-layers");
  await tf.setBackend(backend);
  await tf.ready();
  const checked = (make) => (workload) => {
    const reason = without(workload);
    if (reason) throw new Cannot(reason);
    return make(layersApi, workload);
  };
  return { version: tf.version_core, train: checked(train), predict: checked(predict), matmul };
}

function build(api, { layers, inputShape, weights }) {
  const model = api.sequential();
  layers.forEach(({ type, ...options }, i) => {
    const padding = type === "conv2d" ? { padding: "same" } : {};
    model.add(api.layers[type]({ ...options, ...padding, ...(i === 0 ? { inputShape } : {}) }));
  });
  model.trainableWeights.forEach((each, i) => {
    each.write(tf.tensor(weights[i].data, weights[i].shape));
  });
  return model;
}

/** The last layer's softmax goes into the loss: fewer operations, and stable. */
function train(api, workload) {
  const { batch, inputShape, outputShape, loss, layers } = workload;
  const classes = loss === "categoricalCrossentropy";
  const model = build(api, {
    ...workload,
    layers: classes ? [...layers.slice(0, -1), { ...layers[layers.length - 1], activation: "linear" }] : layers,
  });
  const x = tf.tensor(workload.x, [batch, ...inputShape]);
  const y = tf.tensor(workload.y, [batch, ...outputShape]);
  const variables = model.trainableWeights.map((each) => each.read());
  const lossOf = {
    categoricalCrossentropy: (output) => tf.losses.softmaxCrossEntropy(y, output),
    meanSquaredError: (output) => tf.losses.meanSquaredError(y, output),
    halfSquaredError: (output) => tf.mul(0.5, tf.mean(tf.sum(tf.squaredDifference(y, output), -1))),
  }[loss];
  const optimizer = optimizerOf(workload.optimizer);
  const forward = () => lossOf(model.apply(x, { training: true }));
  return {
    step() {
      const cost = optimizer.minimize(forward, true, variables);
      const [value] = cost.dataSync();
      cost.dispose();
      return value;
    },
    result: () => variables.map((each) => each.dataSync()),
  };
}

function optimizerOf({ name, learningRate, beta1, beta2, epsilon }) {
  return name === "adam" ? tf.train.adam(learningRate, beta1, beta2, epsilon) : tf.train.sgd(learningRate);
}

function predict(api, workload) {
  const model = build(api, workload);
  const shape = [workload.batch, ...workload.inputShape];
  const step = () => tf.tidy(() => model.apply(tf.tensor(workload.x, shape)).dataSync());
  return { step, result: step };
}

function matmul({ n, a, b }) {
  const [left, right] = [tf.tensor(a, [n, n]), tf.tensor(b, [n, n])];
  return {
    step: () => tf.matMul(left, right).dispose(),
    result: () => tf.tidy(() => tf.matMul(left, right).dataSync()),
  };
}
