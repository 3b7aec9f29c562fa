import brain from "brain.js";
import { Cannot } from "../harness/cannot.js";
import { versionOf } from "../harness/packages.js";

/** brain.js 1, whose `NeuralNetwork` is plain JavaScript; version 2 asks for gpu.js 2, which builds the native add-on `gl`. */
export function open() {
  const lacks = {
    predict: "one activation for all layers: no softmax behind ReLU",
    matmul: "networks only, no matrix product",
  };
  return { version: versionOf("brain.js"), lacks, train };
}

function train({ batch, layers, inputShape, loss, optimizer, weights, x, y }) {
  if (batch !== 1 || loss !== "halfSquaredError" || layers.some(({ type }) => type !== "dense")) {
    throw new Cannot("dense layers of one activation only, and an update after each row: no batch");
  }
  const net = new brain.NeuralNetwork({ activation: layers[0].activation, learningRate: optimizer.learningRate });
  net.trainOpts.momentum = 0; // which the constructor refuses
  net.sizes = [inputShape[0], ...layers.map(({ units }) => units)];
  net.initialize();
  layers.forEach(({ units }, i) => {
    const [kernel, bias] = [weights[2 * i], weights[2 * i + 1]];
    for (let node = 0; node < units; node++) {
      net.biases[i + 1][node] = bias.data[node];
      for (let k = 0; k < kernel.shape[0]; k++) net.weights[i + 1][node][k] = kernel.data[k * units + node];
    }
  });
  return {
    // It gives the mean of the squared errors; the loss is half their sum.
    step: () => (net.trainPattern({ input: x, output: y }, true) * y.length) / 2,
    result: () =>
      layers.flatMap(({ units }, i) => {
        const inputs = net.sizes[i];
        const kernel = Float32Array.from(
          { length: inputs * units },
          (_, at) => net.weights[i + 1][at % units][Math.floor(at / units)],
        );
        return [kernel, Float32Array.from(net.biases[i + 1])];
      }),
  };
}
