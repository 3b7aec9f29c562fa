import { beforeEach, describe, expect, test } from "vitest";
import * as wg from "../../../src/index.js";
import { backends } from "../../support/backends.js";
import { pullBack } from "../../support/pull-back.js";

const { layers } = wg;
const context = { training: true, stepCell: wg.tensor(Int32Array.of(1)), seed: 0 };
const run = (layer: wg.Layer, x: wg.Tensor) => layer.call(x, {}, context, "own");

/** 1 … n in the given shape. */
const counting = (shape: number[]) =>
  wg.tensor(
    Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => i + 1),
    shape,
  );

describe.each(backends)("on $name", ({ use }) => {
  beforeEach(use);

  // x is 1 … n; the values are worked out by hand.
  test.each<[string, wg.Layer, number[], number[], number[]]>([
    ["maxPooling2D", layers.maxPooling2D(), [2, 2, 1], [1, 1, 1], [4]],
    ["strides", layers.maxPooling2D({ strides: 1 }), [2, 3, 1], [1, 2, 1], [5, 6]],
    ["poolSize of two", layers.maxPooling2D({ poolSize: [1, 2] }), [2, 2, 2], [2, 1, 2], [3, 4, 7, 8]],
    ["same", layers.maxPooling2D({ padding: "same" }), [3, 3, 1], [2, 2, 1], [5, 6, 8, 9]],
    ["averagePooling2D", layers.averagePooling2D(), [2, 2, 1], [1, 1, 1], [2.5]],
    ["average, same", layers.averagePooling2D({ padding: "same" }), [3, 3, 1], [2, 2, 1], [3, 4.5, 7.5, 9]],
    ["average, strides of two", layers.averagePooling2D({ strides: [2, 1] }), [3, 3, 1], [1, 2, 1], [3, 4]],
    ["maxPooling1D", layers.maxPooling1D(), [5, 1], [2, 1], [2, 4]],
    ["maxPooling1D, same", layers.maxPooling1D({ padding: "same" }), [5, 1], [3, 1], [2, 4, 5]],
    ["averagePooling1D", layers.averagePooling1D({ poolSize: 3, strides: 1 }), [4, 1], [2, 1], [2, 3]],
    ["averagePooling1D, same", layers.averagePooling1D({ poolSize: 3, padding: "same" }), [4, 1], [2, 1], [1.5, 3.5]],
    ["globalAveragePooling1D", layers.globalAveragePooling1D(), [3, 2], [2], [3, 4]],
    ["globalAveragePooling2D", layers.globalAveragePooling2D(), [2, 2, 2], [2], [4, 5]],
    ["globalMaxPooling1D", layers.globalMaxPooling1D(), [3, 2], [2], [5, 6]],
    ["globalMaxPooling2D", layers.globalMaxPooling2D(), [2, 3, 2], [2], [11, 12]],
    ["keepdims 1D", layers.globalMaxPooling1D({ keepdims: true }), [3, 2], [1, 2], [5, 6]],
    ["keepdims 2D", layers.globalAveragePooling2D({ keepdims: true }), [2, 2, 2], [1, 1, 2], [4, 5]],
  ])("%s by hand", (_, layer, input, output, values) => {
    expect(layer.outputShape(input, "own")).toEqual(output);
    const one = run(layer, counting([1, ...input]));
    expect(one.shape).toEqual([1, ...output]);
    expect([...one.toTypedArray()]).toEqual(values);
    const size = input.reduce((product, n) => product * n, 1);
    const two = run(layer, counting([2, ...input]));
    expect([...two.toTypedArray()]).toEqual([...values, ...values.map((v) => v + size)]);
    expect(run(layer, wg.zeros([0, ...input])).shape).toEqual([0, ...output]);
  });

  test("of equal values the first gets the gradient, in global pooling too", () => {
    const x = wg.ones([1, 2, 2, 1]);
    for (const layer of [layers.maxPooling2D(), layers.globalMaxPooling2D({ keepdims: true })]) {
      const { gradients } = pullBack([x], wg.tensor([3], [1, 1, 1, 1]), () => run(layer, x));
      expect([...(gradients[0] as wg.Tensor).toTypedArray()]).toEqual([3, 0, 0, 0]);
    }
    const { gradients } = pullBack([x], wg.tensor([8], [1, 1]), () => run(layers.globalAveragePooling2D(), x));
    expect([...(gradients[0] as wg.Tensor).toTypedArray()]).toEqual([2, 2, 2, 2]);
  });
});

describe("pooling layers", () => {
  test.each<[wg.Layer, number[], string]>([
    [
      layers.maxPooling2D(),
      [4, 4],
      'maxPooling2D "own": input expected [batch, height, width, channels], got [batch, 4, 4]; reshape it with layers.reshape()',
    ],
    [
      layers.averagePooling1D(),
      [4],
      'averagePooling1D "own": input expected [batch, steps, channels], got [batch, 4]; reshape it with layers.reshape()',
    ],
    [
      layers.maxPooling2D({ poolSize: [2, 5] }),
      [4, 4, 1],
      'maxPooling2D "own": a window of 5 expected to fit along the width of its input [batch, 4, 4, 1], got 4 pixels; make it smaller, or pad with "same"',
    ],
    [
      layers.globalMaxPooling2D(),
      [0, 4, 1],
      'globalMaxPooling2D "own": input expected something to pool, got [batch, 0, 4, 1]',
    ],
  ])("%#: an input that does not fit", (layer, input, message) => {
    expect(() => layer.outputShape(input, "own")).toThrow(message);
  });

  test("options that are left out are Keras's", () => {
    expect(layers.maxPooling2D().config).toEqual({ poolSize: [2, 2], strides: [2, 2], padding: "valid" });
    expect(layers.averagePooling2D({ poolSize: 3 }).config).toEqual({
      poolSize: [3, 3],
      strides: [3, 3],
      padding: "valid",
    });
    expect(layers.maxPooling1D({ poolSize: 3 }).config).toEqual({ poolSize: 3, strides: 3, padding: "valid" });
    expect(layers.globalMaxPooling1D().config).toEqual({ keepdims: false });
  });
});
