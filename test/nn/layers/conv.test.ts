import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as formats from "../../../src/formats/index.js";
import * as wg from "../../../src/index.js";
import { expectClose } from "../../support/check-op.js";
import { uniform } from "../../support/random.js";

const { conv1d, conv2d, conv2dTranspose, depthwiseConv2d, separableConv2d } = wg.layers;

/** Worked by hand from the formulas of Keras's documentation. */
const shapes: [wg.Layer, number[], number[]][] = [
  [conv2d({ filters: 4, kernelSize: 3 }), [28, 28, 1], [26, 26, 4]],
  [conv2d({ filters: 4, kernelSize: [3, 2], strides: [2, 3], padding: "same" }), [7, 8, 1], [4, 3, 4]],
  [conv2d({ filters: 4, kernelSize: 3, dilationRate: 2 }), [9, 9, 2], [5, 5, 4]],
  [
    conv2d({
      filters: 4,
      kernelSize: 3,
      padding: [
        [0, 1],
        [2, 0],
      ],
    }),
    [4, 4, 2],
    [3, 4, 4],
  ],
  [conv1d({ filters: 4, kernelSize: 3, strides: 2 }), [10, 2], [4, 4]],
  [conv1d({ filters: 4, kernelSize: 3, padding: "causal", dilationRate: 2 }), [10, 2], [10, 4]],
  [depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, strides: 2, padding: "same" }), [7, 7, 3], [4, 4, 6]],
  [separableConv2d({ filters: 5, kernelSize: 3 }), [7, 6, 3], [5, 4, 5]],
  [conv2dTranspose({ filters: 4, kernelSize: 3 }), [5, 6, 2], [7, 8, 4]],
  [conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: "same" }), [5, 6, 2], [10, 12, 4]],
  [conv2dTranspose({ filters: 4, kernelSize: 2, strides: 3 }), [5, 6, 2], [15, 18, 4]],
  [conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: "same", outputPadding: 0 }), [5, 5, 2], [9, 9, 4]],
  [conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 1, outputPadding: 1 }), [5, 5, 2], [10, 10, 4]],
];

describe("convolution layers", () => {
  for (const [layer, input, output] of shapes) {
    const { kind, config } = layer;
    test(`${kind} ${JSON.stringify({ ...config, kernelInitializer: undefined })} of [${input}] puts out [${output}]`, () => {
      expect(layer.outputShape(input, "layer")).toEqual(output);
      const model = wg.sequential([layer]);
      model.build(input);
      expect(model.predict(wg.ones([2, ...input])).shape).toEqual([2, ...output]);
    });
  }

  test("ask for weights in Keras's shapes", () => {
    const shapesOf = (layer: wg.Layer, input: number[]) =>
      Object.fromEntries(layer.weights(input).map(({ name, shape }) => [name, shape]));
    expect(shapesOf(conv2d({ filters: 6, kernelSize: [3, 2], groups: 2 }), [9, 9, 4])).toEqual({
      kernel: [3, 2, 2, 6],
      bias: [6],
    });
    expect(shapesOf(conv1d({ filters: 6, kernelSize: 3, useBias: false }), [9, 4])).toEqual({ kernel: [3, 4, 6] });
    expect(shapesOf(conv2dTranspose({ filters: 6, kernelSize: 3 }), [9, 9, 4])).toEqual({
      kernel: [3, 3, 6, 4],
      bias: [6],
    });
    expect(shapesOf(depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }), [9, 9, 4])).toEqual({
      kernel: [3, 3, 4, 2],
      bias: [8],
    });
    expect(shapesOf(separableConv2d({ filters: 6, kernelSize: 3, depthMultiplier: 2 }), [9, 9, 4])).toEqual({
      depthwiseKernel: [3, 3, 4, 2],
      pointwiseKernel: [1, 1, 8, 6],
      bias: [6],
    });
  });

  test("compute what their operations do", () => {
    const model = wg.sequential([
      conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: "same", activation: "softmax", inputShape: [5, 6, 2] }),
    ]);
    model.build();
    const [kernel, bias] = model.getWeights() as [wg.Tensor, wg.Tensor];
    const x = wg.tensor(uniform(60, -1, 1, 1), [1, 5, 6, 2], "float32");
    const want = wg.softmax(wg.conv2d(x, kernel, 2, "same", { bias }));
    expectClose(model.predict(x).toTypedArray(), want.toTypedArray(), 1e-6, 1e-7);
  });

  test("lose a bias that nobody asked for in front of batch normalization", () => {
    for (const make of [
      (more: object) => conv2d({ filters: 2, kernelSize: 1, inputShape: [3, 3, 2], ...more }),
      (more: object) => conv2dTranspose({ filters: 2, kernelSize: 1, inputShape: [3, 3, 2], ...more }),
      (more: object) => depthwiseConv2d({ kernelSize: 1, inputShape: [3, 3, 2], ...more }),
      (more: object) => separableConv2d({ filters: 2, kernelSize: 1, inputShape: [3, 3, 2], ...more }),
      (more: object) => conv1d({ filters: 2, kernelSize: 1, inputShape: [3, 2], ...more }),
    ]) {
      const biases = (more: object) => {
        const model = wg.sequential([make(more), wg.layers.batchNormalization()]);
        model.build();
        return model.variables.filter(({ name }) => name.endsWith("/bias")).length;
      };
      expect(biases({})).toBe(0);
      expect(biases({ useBias: true })).toBe(1);
      expect(biases({ activation: "relu" })).toBe(1);
    }
  });

  test("train, are saved and come back the same", async () => {
    const model = wg.sequential([
      conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "relu", inputShape: [6, 6, 1] }),
      separableConv2d({ filters: 6, kernelSize: 3, strides: 2, activation: "relu" }),
      conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same", outputPadding: 1, activation: "tanh" }),
      depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, depthwiseConstraint: "maxNorm" }),
      wg.layers.flatten(),
      wg.layers.dense({ units: 2, activation: "softmax" }),
    ]);
    model.compile({ optimizer: wg.optimizers.adam({ learningRate: 0.01 }), loss: "sparseCategoricalCrossentropy" });
    // The class is whether the bar stands or lies.
    const x = new Float32Array(32 * 36);
    const y = new Int32Array(32);
    for (let i = 0; i < 32; i++) {
      y[i] = i % 2;
      for (let j = 0; j < 6; j++) x[i * 36 + (i % 2 ? (i % 6) * 6 + j : j * 6 + (i % 6))] = 1;
    }
    const images = wg.tensor(x, [32, 6, 6, 1]);
    const first = await model.trainOnBatch(images, wg.tensor(y));
    let last = first;
    for (let step = 0; step < 60; step++) last = await model.trainOnBatch(images, wg.tensor(y));
    expect(Number(Object.values(first)[0] ?? first)).toBeGreaterThan(0.5);
    expect(Number(Object.values(last)[0] ?? last)).toBeLessThan(0.05);
    const file = join(mkdtempSync(join(tmpdir(), "conv-")), "model.safetensors");
    await formats.save(model, file);
    const back = (await formats.load(file)) as typeof model;
    expect(back.predict(images).toTypedArray()).toEqual(model.predict(images).toTypedArray());
  });

  test("say by name what does not fit", () => {
    const build = (layer: wg.Layer, input: number[]) => () =>
      wg.sequential([wg.layers.flatten({ name: "first" }), layer]).build(input);
    expect(build(conv2d({ name: "edges", filters: 2, kernelSize: 3 }), [28, 28])).toThrow(
      'conv2d "edges": input expected [batch, height, width, channels], got [batch, 784]; add layers.reshape({ targetShape: [height, width, channels] }) before it',
    );
    expect(() => conv2d({ name: "edges", filters: 2, kernelSize: 9 }).outputShape([8, 8, 1], "edges")).toThrow(
      'conv2d "edges": input expected a height of at least 9 with its padding, as far as the kernel reaches, got 8; use padding "same" or a smaller kernel',
    );
    expect(() => conv1d({ filters: 2, kernelSize: 9 }).outputShape([8, 1], "waves")).toThrow(
      'conv1d "waves": input expected a number of steps of at least 9',
    );
    expect(() => conv2d({ filters: 4, kernelSize: 1, groups: 2 }).outputShape([8, 8, 3], "halves")).toThrow(
      'conv2d "halves": input expected channels that groups 2 divides, got 3; change groups',
    );
    expect(() => conv2dTranspose({ filters: 1, kernelSize: 1, padding: 2 }).outputShape([3, 3, 1], "up")).toThrow(
      'conv2dTranspose "up": padding expected to leave some of the output, got [batch, -1, -1, 1]',
    );
  });
});
