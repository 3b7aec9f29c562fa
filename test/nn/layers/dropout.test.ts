import { beforeEach, describe, expect, test } from "vitest";
import * as wg from "../../../src/index.js";
import { backends } from "../../support/backends.js";
import { expectClose, gradientDifference } from "../../support/check-op.js";
import { uniform } from "../../support/random.js";

const { dropout, gaussianDropout, gaussianNoise, spatialDropout1D, spatialDropout2D } = wg.layers;
const numbers = (t: wg.Tensor): number[] => Array.from(t.toTypedArray());

/** The layer by itself at one step. */
function run(layer: wg.AnyLayer, x: wg.Tensor, { step = 1, training = true, name = "own", seed = 0 } = {}): wg.Tensor {
  return layer.call(x, {}, { training, stepCell: wg.tensor(Int32Array.of(step)), seed }, name);
}

/** The mean of each element over training steps. */
function meanOver(steps: number, layer: wg.AnyLayer, x: wg.Tensor): number[] {
  const sums = new Float64Array(x.size);
  for (let step = 1; step <= steps; step++) {
    wg.scope(() => {
      run(layer, x, { step })
        .toTypedArray()
        .forEach((v, i) => {
          sums[i] = (sums[i] as number) + v / steps;
        });
    });
  }
  return Array.from(sums);
}

/** Every layer that draws, with the standard deviation of one draw of an element of value v. */
const drawing: [string, () => wg.Layer, (v: number) => number][] = [
  ["dropout, inverted", () => dropout({ rate: 0.4 }), (v) => Math.abs(v) * Math.sqrt(0.4 / 0.6)],
  ["dropout, classic", () => dropout({ rate: 0.4, mode: "classic" }), (v) => Math.abs(v) * Math.sqrt(0.4 * 0.6)],
  ["spatialDropout2D, inverted", () => spatialDropout2D({ rate: 0.3 }), (v) => Math.abs(v) * Math.sqrt(0.3 / 0.7)],
  [
    "spatialDropout2D, classic",
    () => spatialDropout2D({ rate: 0.3, mode: "classic" }),
    (v) => Math.abs(v) * Math.sqrt(0.3 * 0.7),
  ],
  ["gaussianNoise", () => gaussianNoise({ stddev: 0.5 }), () => 0.5],
  ["gaussianDropout", () => gaussianDropout({ rate: 0.2 }), (v) => Math.abs(v) * 0.5],
];

describe.each(backends)("on $name", ({ use }) => {
  beforeEach(use);

  test("training by hand: kept elements over the keep probability, or as they are; inference as it is, or by that probability", () => {
    const x = wg.tensor([[1, -2, 3, -4, 5, -6, 7, -8]]);
    for (const dtype of ["float32", "float64"] as const) {
      const given = wg.cast(x, dtype);
      const inverted = numbers(run(dropout({ rate: 0.5 }), given));
      const classic = numbers(run(dropout({ rate: 0.5, mode: "classic" }), given));
      const mask = inverted.map((v) => Math.abs(Math.sign(v)));
      expect(new Set(mask)).toEqual(new Set([0, 1]));
      expect(inverted).toEqual(numbers(given).map((v, i) => (mask[i] ? 2 * v : 0)));
      expect(classic).toEqual(numbers(given).map((v, i) => (mask[i] ? v : 0)));
      const inference = (layer: wg.AnyLayer) => numbers(run(layer, given, { training: false }));
      expect(inference(dropout({ keepProb: 0.25 }))).toEqual(numbers(given));
      expect(inference(dropout({ keepProb: 0.25, mode: "classic" }))).toEqual(numbers(given).map((v) => v / 4));
      expect(inference(spatialDropout1D({ rate: 0.5, mode: "classic", inputShape: [4, 2] }))).toEqual(
        numbers(given).map((v) => v / 2),
      );
      for (const layer of [
        spatialDropout2D({ rate: 0.5 }),
        gaussianNoise({ stddev: 2 }),
        gaussianDropout({ rate: 0.5 }),
      ]) {
        expect(inference(layer)).toEqual(numbers(given));
      }
    }
  });

  test.each([
    ["spatialDropout1D", spatialDropout1D, [50, 6, 20]],
    ["spatialDropout2D", spatialDropout2D, [50, 3, 2, 20]],
  ] as const)("%s drops a channel of a row as a whole", (_, make, shape) => {
    const [batch, channels] = [50, 20];
    const x = wg.ones([...shape]);
    const kept: number[] = [];
    for (const [mode, value] of [
      ["inverted", Math.fround(1 / 0.75)],
      ["classic", 1],
    ] as const) {
      const y = numbers(run(make({ rate: 0.25, mode }), x));
      kept.length = 0;
      for (let row = 0; row < batch; row++) {
        for (let channel = 0; channel < channels; channel++) {
          const values = Array.from({ length: 6 }, (_, place) => y[(row * 6 + place) * channels + channel] as number);
          expect(new Set(values).size).toBe(1);
          expect([0, value]).toContain(values[0]);
          kept.push(Math.sign(values[0] as number));
        }
      }
    }
    // Five deviations of the binomial distribution around 750 of 1,000; rows and channels each have their own mask.
    const count = kept.reduce((sum, v) => sum + v, 0);
    expect(Math.abs(count - 750)).toBeLessThan(5 * Math.sqrt(1000 * 0.25 * 0.75));
    const rows = Array.from({ length: batch }, (_, row) => kept.slice(row * channels, (row + 1) * channels).join(""));
    expect(new Set(rows).size).toBeGreaterThan(45);
  });

  test.each(drawing)("%s: gradients in f64", (_, make) => {
    const x = wg.tensor(uniform(2 * 3 * 2 * 5, -2, 2), [2, 3, 2, 5], "float64");
    expect(gradientDifference((v) => run(make(), v), [x], 0)).toBeLessThanOrEqual(1e-7);
    const classic = dropout({ rate: 0.3, mode: "classic" });
    expect(gradientDifference((v) => run(classic, v, { training: false }), [x], 0)).toBeLessThanOrEqual(1e-7);
  });

  test.each(drawing)("%s: another draw at another step, name or seed; the same at the same", (_, make) => {
    const x = wg.tensor(uniform(2 * 4 * 4 * 40, 1, 2), [2, 4, 4, 40]);
    const of = (options: object) => numbers(run(make(), x, options));
    const first = of({ step: 3 });
    expect(of({ step: 3 })).toEqual(first);
    for (const other of [{ step: 4 }, { step: 3, name: "other" }, { step: 3, seed: 1 }]) {
      expect(of(other)).not.toEqual(first);
    }
  });
});

// The mean of S draws with deviation σ lies within 5 σ / √S but once in 1.7 million times; 24 elements in 6 cases are 144 of them.
describe("the expected activation", () => {
  const steps = 4000;
  const x = wg.tensor(uniform(24, -3, 3, 5), [2, 2, 2, 3], "float64");

  test.each(drawing)("%s: the mean over 4,000 training steps is what inference gives", (_, make, deviation) => {
    const layer = make();
    const got = meanOver(steps, layer, x);
    const want = numbers(run(layer, x, { training: false }));
    numbers(x).forEach((v, i) => {
      const z = ((got[i] as number) - (want[i] as number)) / (deviation(v) / Math.sqrt(steps));
      expect(Math.abs(z), `element ${i}`).toBeLessThan(5);
    });
  });

  test("is that of the input when inverted, and by the keep probability when classic: their ratio is 1 − rate in both phases", () => {
    const [inverted, classic] = [dropout({ rate: 0.4 }), dropout({ rate: 0.4, mode: "classic" })];
    const infer = (layer: wg.AnyLayer) => numbers(run(layer, x, { training: false }));
    expectClose(infer(inverted), numbers(x), 0, 0);
    expectClose(
      infer(classic),
      numbers(x).map((v) => 0.6 * v),
      1e-15,
      0,
    );
    // The masks are the same, so the means of training differ by the factor alone.
    expectClose(
      meanOver(200, classic, x),
      meanOver(200, inverted, x).map((v) => 0.6 * v),
      1e-12,
      0,
    );
  });

  test("gaussianNoise and gaussianDropout have the variance that they say", () => {
    const n = 200_000;
    const ones = wg.ones([n]);
    for (const [layer, variance] of [
      [gaussianNoise({ stddev: 0.5 }), 0.25],
      [gaussianDropout({ rate: 0.2 }), 0.25],
      [gaussianDropout({ rate: 0.5 }), 1],
    ] as const) {
      const y = numbers(run(layer, ones));
      const got = y.reduce((sum, v) => sum + (v - 1) ** 2, 0) / n;
      // The variance of z² is 2 σ⁴.
      expect(Math.abs(got / variance - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    }
  });
});

describe("in a model", () => {
  const x = { data: uniform(16 * 6, 0.5, 1, 3), shape: [16, 6] };
  const y = { data: uniform(16, -1, 1, 4), shape: [16, 1] };
  const layersOf = {
    inverted: () => [dropout({ rate: 0.5, inputShape: [6] })],
    classic: () => [dropout({ keepProb: 0.5, mode: "classic", inputShape: [6] })],
    spatial: () => [
      wg.layers.reshape({ targetShape: [2, 3], inputShape: [6] }),
      spatialDropout1D({ rate: 0.5 }),
      wg.layers.flatten(),
    ],
    noise: () => [gaussianNoise({ stddev: 0.5, inputShape: [6] })],
    gaussian: () => [gaussianDropout({ rate: 0.5, inputShape: [6] })],
  } satisfies Record<string, () => wg.Layer[]>;

  /** A model whose weights never move, so that only the draws tell one step from another. */
  const still = (layers: wg.Layer[], runEagerly: boolean) => {
    wg.setSeed(5);
    const model = wg.sequential([...layers, wg.layers.dense({ units: 1 })]);
    return model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0 }), loss: "mse", runEagerly });
  };

  test.each(Object.entries(layersOf))(
    "%s: a recorded step draws anew each time, as one that is not recorded",
    async (_, make) => {
      const [recorded, eager] = [still(make(), false), still(make(), true)];
      const losses: number[] = [];
      for (let step = 0; step < 6; step++) {
        const { loss } = await recorded.trainOnBatch(x, y);
        expect((await eager.trainOnBatch(x, y)).loss).toBe(loss);
        losses.push(loss as number);
      }
      expect(new Set(losses).size).toBe(6);
      // Off in evaluate and predict.
      expect((await recorded.evaluate(x, y)).loss).toBe((await recorded.evaluate(x, y)).loss);
    },
  );

  test("each layer has its own rate and mask; names are Keras's", () => {
    const model = wg.sequential([
      dropout({ rate: 0.2, inputShape: [400] }),
      dropout({ rate: 0.7 }),
      wg.layers.reshape({ targetShape: [4, 100] }),
      spatialDropout1D({ rate: 0.5 }),
    ]);
    const { placed } = model.network.graph;
    expect(placed.map(({ name }) => name)).toEqual(["dropout", "dropout_1", "reshape", "spatial_dropout1d"]);
    const ones = wg.ones([10, 400]);
    const shares = placed.slice(0, 2).map(({ layer, name }) => {
      const zeros = numbers(run(layer, ones, { name })).filter((v) => v === 0).length;
      return zeros / 4000;
    });
    expect(Math.abs((shares[0] as number) - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / 4000));
    expect(Math.abs((shares[1] as number) - 0.7)).toBeLessThan(5 * Math.sqrt((0.7 * 0.3) / 4000));
  });
});

describe("clear errors", () => {
  const bad = (options: object) => options as never;

  test.each([
    [
      () => dropout({ keepProb: 0 }),
      /^dropout: keepProb expected .*> 0 and ≤ 1, got 0, which lets nothing through; keepProb: 1 drops nothing/,
    ],
    [() => dropout({ keepProb: 1.5 }), /^dropout: keepProb expected a finite number > 0 and ≤ 1, got 1.5/],
    [() => dropout({ keepProb: -0.1 }), /^dropout: keepProb expected a finite number > 0 and ≤ 1, got -0.1/],
    [
      () => dropout({ rate: 0.5, keepProb: 0.5 }),
      /^dropout: rate expected without keepProb, got both 0.5 and 0.5; .*leave one out/,
    ],
    [() => dropout({}), /^dropout: rate expected a finite number ≥ 0 and < 1, got undefined/],
    [
      () => dropout(bad({ rate: 0.5, mode: "clasic" })),
      /^dropout: mode expected one of "inverted", "classic", got "clasic"; did you mean "classic"\?/,
    ],
    [() => spatialDropout2D({ keepProb: 0 }), /^spatialDropout2D: keepProb expected/],
    [() => gaussianNoise({ stddev: -1 }), /^gaussianNoise: stddev expected a finite number ≥ 0, got -1/],
    [() => gaussianDropout({ rate: 1 }), /^gaussianDropout: rate expected a finite number ≥ 0 and < 1, got 1/],
    [
      () => wg.sequential([spatialDropout1D({ rate: 0.5, inputShape: [3] })]).build(),
      /^spatialDropout1D "spatial_dropout1d": input expected \[batch, steps, channels\], got \[batch, 3\]; use layers.dropout/,
    ],
    [
      () => spatialDropout2D({ rate: 0.5 }).outputShape([4, 5], "drop"),
      /^spatialDropout2D "drop": input expected \[batch, height, width, channels\], got \[batch, 4, 5\]/,
    ],
  ])("%#: %s", (make, message) => {
    expect(make).toThrow(message);
  });
});
