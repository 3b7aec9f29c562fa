import * as wg from "wasmgrad";
import type { Prepared } from "../data/prepare.js";
import type { Histogram } from "../protocol.js";
import { histogramOf } from "./histogram.js";
import type { Network } from "./network.js";

/**
 * What a training step has in its hands: weights, what each layer puts out for a few rows, and the gradient of the loss on them with respect
 * to the weights. The pass is made in a copy, layer by layer under `wg.grad`, so that the model stays as it is.
 */
export function insideOf({ model, blocks }: Network, data: Prepared) {
  const copy = model.copy();
  const kernels = blocks.map(
    ({ dense }) => copy.variables.find(({ name }) => name === `${dense}/kernel`) as wg.Variable,
  );
  const outputs = new Map<string, Float32Array>();
  const gradients = wg.scope(() => {
    const { x, y } = data.sample;
    const step = wg.tensor(Int32Array.of(model.position.step + 1));
    const loss = (input: wg.Tensor) => {
      let last = input;
      for (const layer of copy.layers) {
        // The loss takes the output before the softmax.
        if (layer.name === "probabilities") break;
        const name = layer.name as string;
        last = (layer as wg.Layer).call(
          last,
          weightsOf(copy, name),
          { training: true, stepCell: step, seed: model.seed },
          name,
        );
        if (blocks.some(({ output }) => output === name)) outputs.set(name, last.toTypedArray() as Float32Array);
      }
      const targets = wg.tensor(y.data, y.shape);
      if (data.task === "classification") return wg.mean(wg.softmaxCrossEntropy(last, targets).loss);
      return wg.mean(wg.square(wg.sub(last, targets)));
    };
    return wg
      .grad(
        loss,
        kernels,
      )(wg.tensor(x.data, x.shape))
      .map((gradient) => gradient.toTypedArray());
  });
  const histograms = (numbers: (i: number) => ArrayLike<number>): Histogram[] =>
    blocks.map(({ title }, i) => histogramOf(title, numbers(i)));
  return {
    weights: histograms((i) => (kernels[i] as wg.Variable).toTypedArray() as Float32Array),
    activations: histograms((i) => outputs.get(blocks[i]?.output as string) as Float32Array),
    gradients: histograms((i) => gradients[i] as Float32Array),
  };
}

/** A layer's own weights, by the names that it gave them. */
function weightsOf(model: wg.Sequential, layer: string): Record<string, wg.Variable> {
  const own = model.variables.filter(({ name }) => name.startsWith(`${layer}/`));
  return Object.fromEntries(own.map((variable) => [variable.name.slice(layer.length + 1), variable]));
}
