import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { gradientCheck } from "../../../src/diagnostics/index.js";
import { load } from "../../../src/formats/index.js";
import * as wg from "../../../src/index.js";
import { decodeModel } from "../../../src/model/decode-model.js";
import { encodeModel } from "../../../src/model/encode-model.js";
import { expectClose } from "../../support/check-op.js";
import { uniform } from "../../support/random.js";

interface Values {
  shape: number[];
  values: number[];
}

const { layers } = wg;
const folder = "test/fixtures/formats/keras_states";
const goldens = JSON.parse(readFileSync(`${folder}.json`, "utf8")) as Record<string, { x: Values[]; y: Values[] }>;
const made = ({ shape, values }: Values) => wg.tensor(Float32Array.from(values), shape);
const noise = (shape: number[], seed: number) =>
  wg.tensor(
    uniform(
      shape.reduce((product, n) => product * n, 1),
      -1,
      1,
      seed,
    ),
    shape,
  );
const arrays = (list: readonly wg.Tensor[]) => list.map((each) => each.toArray());

describe.each(Object.entries(goldens))("Keras's model %s", (name, golden) => {
  const inputs = golden.x.map(made);
  const x = inputs.length > 1 ? inputs : (inputs[0] as wg.Tensor);
  const loaded = () => load(`${folder}/${name}.keras`);
  /** The model to be trained towards noise, and its data by name. */
  const learning = async (runEagerly = false) => {
    const model = await loaded();
    model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.05 }), loss: "meanSquaredError", runEagerly });
    const named = (names: readonly string[], list: readonly wg.Tensor[]) =>
      Object.fromEntries(names.map((each, i) => [each, list[i] as wg.Tensor]));
    const y = golden.y.map(({ shape }, i) => noise(shape, i + 3));
    return {
      model,
      data: {
        x: inputs.length > 1 ? named(model.inputNames, inputs) : (x as wg.Tensor),
        y: named(model.outputNames, y),
      },
    };
  };

  test.each(["keras", "h5"])("has its outputs from .%s", async (extension) => {
    const found = (await load(`${folder}/${name}.${extension}`)).predictAll(x);
    expect(found.map(({ shape }) => shape)).toEqual(golden.y.map(({ shape }) => shape));
    found.forEach((each, i) => expectClose(each.toTypedArray(), golden.y[i]?.values ?? [], 1e-5, 1e-5, `y ${i}`));
  });

  test("has the same outputs when it is saved and loaded again, and copied", async () => {
    const model = await loaded();
    const again = await decodeModel(Buffer.concat(encodeModel(model)), "file");
    for (const each of [again, model.copy()]) expect(arrays(each.predictAll(x))).toEqual(arrays(model.predictAll(x)));
  });

  test("has the gradients of differences in f64", async () => {
    const { model, data } = await learning();
    expect((await gradientCheck(model, data)).difference).toBeLessThan(1e-7);
  });

  test("learns with the same bits recorded and eager", async () => {
    const runs = [];
    for (const runEagerly of [false, true]) {
      const { model, data } = await learning(runEagerly);
      await model.fit(data, { epochs: 3, batchSize: 1, shuffle: false });
      runs.push(arrays(model.getWeights()));
    }
    expect(runs[1]).toEqual(runs[0]);
  });
});

const makers = {
  simpleRNN: (options: Parameters<typeof layers.lstm>[0]) => layers.simpleRNN(options),
  gru: (options: Parameters<typeof layers.lstm>[0]) => layers.gru(options),
  lstm: (options: Parameters<typeof layers.lstm>[0]) => layers.lstm(options),
};

describe.each(Object.entries(makers))("%s", (_, make) => {
  test.each([
    [false, [1, 1, 1, 1]],
    [true, [0, 1, 0, 1]],
  ])("goes on from the states that it returned, as if it had not been interrupted; masked: %s", (_, counts) => {
    const x = noise([2, 4, 3], 7);
    const given = wg.mul(x, wg.reshape(wg.tensor(counts), [1, 4, 1]));
    const recurrent = make({ units: 5, returnState: true, returnSequences: true }) as unknown as wg.Layer<
      wg.SymbolicTensor[]
    >;
    const [whole, first, second] = [4, 2, 2].map((steps) => wg.input({ shape: [steps, 3] })) as [
      wg.SymbolicTensor,
      wg.SymbolicTensor,
      wg.SymbolicTensor,
    ];
    const masked = (x: wg.SymbolicTensor) => layers.masking().apply(x);
    const [, ...states] = recurrent.apply(masked(first));
    const parts = recurrent.apply([masked(second), ...states]);
    const all = recurrent.apply(masked(whole));
    const model = wg.model({ inputs: [whole, first, second], outputs: [...all, ...parts] });
    const halves = wg.split(given, 2, 1);
    const found = model.predictAll([given, ...halves]);
    const [wholeOut, partsOut] = [found.slice(0, all.length), found.slice(all.length)];
    expectClose(
      wg.slice(wholeOut[0] as wg.Tensor, [0, 2, 0], [2, 2, 5]).toTypedArray(),
      [...(partsOut[0] as wg.Tensor).toTypedArray()],
      1e-6,
      1e-6,
      "y",
    );
    for (let i = 1; i < all.length; i++) {
      expectClose(
        (wholeOut[i] as wg.Tensor).toTypedArray(),
        [...(partsOut[i] as wg.Tensor).toTypedArray()],
        1e-6,
        1e-6,
        "state",
      );
    }
  });
});

test("says what does not fit", async () => {
  const x = wg.input({ shape: [3, 2] });
  const [, h] = layers.gru({ units: 4, returnState: true }).apply(x);
  const sequence = layers.gru({ units: 4, returnSequences: true });
  for (const [run, text] of [
    [
      () => layers.lstm({ units: 4, name: "own" }).apply([x, h]),
      'lstm "own": apply expected x, or [x, h, c] with states [batch, 4], got states [batch, 4]; give those that a layer with returnState puts out',
    ],
    [
      () => layers.gru({ units: 5 }).apply([x, h]),
      'gru "gru": apply expected x, or [x, h] with states [batch, 5], got states [batch, 4]',
    ],
    [
      () => layers.bidirectional({ layer: sequence }).apply([x, h]),
      'bidirectional "bidirectional": apply expected x, or x and the 2 states of both directions, got 2 inputs',
    ],
    [
      () => layers.bidirectional({ layer: sequence, backwardLayer: sequence }),
      "bidirectional: backwardLayer expected goBackwards: true beside layer with goBackwards: false, got false",
    ],
    [
      () => layers.bidirectional({ layer: sequence, backwardLayer: layers.gru({ units: 4, goBackwards: true }) }),
      "bidirectional: backwardLayer expected returnSequences: true beside layer with returnSequences: true, got false",
    ],
    [
      () =>
        layers.bidirectional({
          layer: layers.gru({ units: 4 }),
          backwardLayer: layers.gru({ units: 3, goBackwards: true }),
          mergeMode: "sum",
        }),
      "bidirectional: backwardLayer expected units: 4 beside layer with units: 4, got 3",
    ],
    [
      () => layers.bidirectional({ layer: sequence, backwardLayer: layers.dense({ units: 4 }) }),
      "bidirectional: backwardLayer expected what layers.simpleRNN, layers.lstm or layers.gru returns, got",
    ],
    [
      () => wg.sequential([layers.lstm({ units: 2, returnState: true, inputShape: [3, 2] }) as never]).build(),
      'lstm "lstm": one output expected in a stack, got 3; put it into wg.model({ inputs, outputs })',
    ],
  ] as const) {
    expect(run).toThrow(text);
  }
});
