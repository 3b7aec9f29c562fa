import { beforeEach, describe, expect, test } from "vitest";
import * as wg from "../../../src/index.js";
import { backends } from "../../support/backends.js";
import { pullBack } from "../../support/pull-back.js";

const { layers } = wg;
const context = { training: true, stepCell: wg.tensor(Int32Array.of(1)), seed: 0 };
const run = (layer: wg.Layer, x: wg.Tensor) => layer.call(x, {}, context, "own");
const numbers = (t: wg.Tensor | undefined) => [...(t as wg.Tensor).toTypedArray()];

describe.each(backends)("on $name", ({ use }) => {
  beforeEach(use);

  const line = () => wg.tensor([1, 2, 3], [1, 3, 1]);
  const image = () => wg.tensor([1, 2, 3, 4], [1, 2, 2, 1]);

  test.each<[string, wg.Layer, () => wg.Tensor, number[], number[]]>([
    ["zeroPadding1D", layers.zeroPadding1D(), line, [5, 1], [0, 1, 2, 3, 0]],
    ["one end", layers.zeroPadding1D({ padding: [2, 0] }), line, [5, 1], [0, 0, 1, 2, 3]],
    ["zeroPadding2D", layers.zeroPadding2D(), image, [4, 4, 1], [0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0]],
    ["height alone", layers.zeroPadding2D({ padding: [1, 0] }), image, [4, 2, 1], [0, 0, 1, 2, 3, 4, 0, 0]],
    [
      "one corner",
      layers.zeroPadding2D({
        padding: [
          [0, 1],
          [1, 0],
        ],
      }),
      image,
      [3, 3, 1],
      [0, 1, 2, 0, 3, 4, 0, 0, 0],
    ],
    ["cropping1D", layers.cropping1D(), line, [1, 1], [2]],
    ["one end off", layers.cropping1D({ cropping: [0, 1] }), line, [2, 1], [1, 2]],
    ["cropping2D", layers.cropping2D(), image, [2, 2, 1], [1, 2, 3, 4]],
    [
      "one corner off",
      layers.cropping2D({
        cropping: [
          [1, 0],
          [0, 1],
        ],
      }),
      image,
      [1, 1, 1],
      [3],
    ],
    ["upSampling1D", layers.upSampling1D({ size: 3 }), line, [9, 1], [1, 1, 1, 2, 2, 2, 3, 3, 3]],
    ["upSampling2D", layers.upSampling2D({ size: [1, 2] }), image, [2, 4, 1], [1, 1, 2, 2, 3, 3, 4, 4]],
    [
      "bilinear",
      layers.upSampling2D({ size: [1, 2], interpolation: "bilinear" }),
      image,
      [2, 4, 1],
      [1, 1.25, 1.75, 2, 3, 3.25, 3.75, 4],
    ],
  ])("%s by hand", (_, layer, x, output, values) => {
    const given = x();
    expect(layer.outputShape(given.shape.slice(1), "own")).toEqual(output);
    const y = run(layer, given);
    expect(y.shape).toEqual([1, ...output]);
    expect(numbers(y)).toEqual(values);
    expect(run(layer, wg.zeros([0, ...given.shape.slice(1)])).shape).toEqual([0, ...output]);
  });

  test("gradients by hand", () => {
    const back = (layer: wg.Layer, x: wg.Tensor) => {
      const shape = [1, ...layer.outputShape(x.shape.slice(1), "own")];
      const dy = wg.range(1, shape.reduce((product, n) => product * n, 1) + 1);
      return numbers(pullBack([x], wg.reshape(wg.cast(dy, "float32"), shape), () => run(layer, x)).gradients[0]);
    };
    expect(back(layers.zeroPadding1D(), line())).toEqual([2, 3, 4]);
    expect(back(layers.zeroPadding2D(), image())).toEqual([6, 7, 10, 11]);
    expect(back(layers.cropping1D(), line())).toEqual([0, 1, 0]);
    expect(
      back(
        layers.cropping2D({
          cropping: [
            [1, 0],
            [0, 1],
          ],
        }),
        image(),
      ),
    ).toEqual([0, 0, 1, 0]);
    expect(back(layers.upSampling1D(), line())).toEqual([3, 7, 11]);
    expect(back(layers.upSampling2D(), image())).toEqual([14, 22, 46, 54]);
    expect(back(layers.upSampling2D({ size: [1, 2], interpolation: "bilinear" }), image())).toEqual([
      3.25, 6.75, 11.25, 14.75,
    ]);
  });
});

describe("padding layers", () => {
  test.each<[wg.Layer, number[], string]>([
    [
      layers.zeroPadding2D(),
      [4],
      'zeroPadding2D "own": input expected [batch, height, width, channels], got [batch, 4]',
    ],
    [layers.upSampling1D(), [4], 'upSampling1D "own": input expected [batch, steps, channels], got [batch, 4]'],
    [
      layers.cropping2D({ cropping: 2 }),
      [9, 4, 1],
      'cropping2D "own": cropping expected to leave something of [batch, 9, 4, 1], got [[2, 2], [2, 2]]',
    ],
  ])("%#: an input that does not fit", (layer, input, message) => {
    expect(() => layer.outputShape(input, "own")).toThrow(message);
  });

  test("options that are left out are Keras's", () => {
    expect(layers.zeroPadding1D().config).toEqual({ padding: [1, 1] });
    expect(layers.zeroPadding2D().config).toEqual({
      padding: [
        [1, 1],
        [1, 1],
      ],
    });
    expect(layers.cropping1D().config).toEqual({ cropping: [1, 1] });
    expect(layers.cropping2D().config).toEqual({
      cropping: [
        [0, 0],
        [0, 0],
      ],
    });
    expect(layers.upSampling1D().config).toEqual({ size: 2 });
    expect(layers.upSampling2D().config).toEqual({ size: [2, 2], interpolation: "nearest" });
  });
});
