import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { inspect, load } from "../../src/formats/index.js";
import { decodeNd4j } from "../../src/formats/nd4j.js";
import { openZip } from "../../src/formats/zip.js";
import * as wg from "../../src/index.js";
import { FormatError, ValueError } from "../../src/util/errors.js";
import { toHost } from "../../src/util/file-array.js";
import { expectClose } from "../support/check-op.js";
import { dl4jZip, layerOf, stack, typed } from "../support/dl4j.js";
import { needsSharedModels, sharedModel, sharedModels } from "../support/format-fixtures.js";
import { uniform } from "../support/random.js";

const dl4j = { format: "dl4j" as const };
const noise = (count: number, seed: number) => Array.from(uniform(count, -1, 1, seed));
const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
const softsign = (v: number) => v / (1 + Math.abs(v));

/** rows [n, nIn] · W + b, with W [nIn, nOut] in 'f' order and b behind it, as they lie in the file. */
function denseOf(rows: number[][], parameters: number[], nIn: number, nOut: number): number[][] {
  return rows.map((row) =>
    Array.from({ length: nOut }, (_, o) =>
      row.reduce((sum, v, i) => sum + v * (parameters[o * nIn + i] as number), parameters[nIn * nOut + o] as number),
    ),
  );
}

function softmax(row: number[]): number[] {
  const e = row.map((v) => Math.exp(v - Math.max(...row)));
  return e.map((v) => v / e.reduce((a, b) => a + b));
}

/** A sequence [steps][nIn] through an LSTM of DL4J: gates candidate, forget, output, input; peepholes of forget, output, input. */
function lstmOf(
  steps: number[][],
  parameters: number[],
  [nIn, n]: [number, number],
  { peepholes = false, f = Math.tanh, backwards = false } = {},
): number[][] {
  const columns = peepholes ? 4 * n + 3 : 4 * n;
  const w = (row: number, column: number) => parameters[column * nIn + row] as number;
  const r = (row: number, column: number) => parameters[4 * n * nIn + column * n + row] as number;
  const b = (column: number) => parameters[4 * n * nIn + columns * n + column] as number;
  let [h, c] = [new Array<number>(n).fill(0), new Array<number>(n).fill(0)];
  const out: number[][] = [];
  for (const x of backwards ? [...steps].reverse() : steps) {
    const z = (gate: number, u: number) =>
      b(gate * n + u) +
      x.reduce((sum, v, i) => sum + v * w(i, gate * n + u), 0) +
      h.reduce((sum, v, i) => sum + v * r(i, gate * n + u), 0);
    const peep = (column: number, u: number) => (peepholes ? r(u, 4 * n + column) : 0);
    const before = c;
    c = before.map((old, u) => {
      const forget = sigmoid(z(1, u) + peep(0, u) * old);
      return forget * old + sigmoid(z(3, u) + peep(2, u) * old) * f(z(0, u));
    });
    h = c.map((cell, u) => sigmoid(z(2, u) + peep(1, u) * cell) * f(cell));
    out.push(h);
  }
  return backwards ? out.reverse() : out;
}

const sizeOfLstm = (nIn: number, n: number, peepholes: boolean) =>
  4 * n * nIn + n * (4 * n + (peepholes ? 3 : 0)) + 4 * n;

const expectAlmost = (got: wg.Tensor, want: unknown) =>
  expectClose(got.toTypedArray(), (want as number[][]).flat(3) as number[], 1e-5, 1e-6, "y");

describe("files put together from the published layout", () => {
  test("dense layers, in the words of 0.5, of 0.8 and of 1.0", async () => {
    const parameters = noise(3 * 4 + 4 + 4 * 2 + 2, 1);
    const sizes = [
      { nin: 3, nout: 4 },
      { nin: 4, nout: 2 },
    ];
    const conf = (name: string, own: object, i: number) => ({ layer: { [name]: { ...sizes[i], ...own } } });
    const oldest = {
      confs: [
        conf("dense", { activationFunction: "leakyrelu", dropOut: 0.75 }, 0),
        conf("output", { activationFunction: "softmax", lossFunction: "MCXENT" }, 1),
      ],
    };
    const older = {
      confs: [
        conf("dense", { activationFn: { LReLU: { alpha: 0.01 } }, dropOut: 0.75, l1: 0.1, l2: 0.2 }, 0),
        conf("output", { activationFn: { Softmax: {} }, lossFn: { MCXENT: {} }, dropOut: 0 }, 1),
      ],
    };
    const dropout = { "@class": "org.deeplearning4j.nn.conf.dropout.Dropout", p: 0.75 };
    const newest = stack([
      layerOf("DenseLayer", "LReLU", { ...sizes[0], idropout: dropout, hasBias: true }),
      layerOf("OutputLayer", "Softmax", { ...sizes[1], lossFn: { "@class": "….LossMCXENT" } }),
    ]);
    const x = noise(6, 2);
    const rows = [x.slice(0, 3), x.slice(3)];
    const hidden = denseOf(rows, parameters, 3, 4).map((row) => row.map((v) => (v > 0 ? v : 0.01 * v)));
    const want = denseOf(hidden, parameters.slice(16), 4, 2).map(softmax);
    for (const configuration of [oldest, older, newest]) {
      const bytes = dl4jZip(configuration, parameters);
      const model = await load(bytes, dl4j);
      expectAlmost(model.predict(wg.tensor(Float32Array.from(x), [2, 3])), want);
      expect(model.layers.map(({ kind }) => kind)).toEqual(["dropout", "dense", "operation", "dense"]);
      expect(model.layers[0]?.config.rate).toBe(0.25);
      expect((await inspect(bytes, dl4j)).unsupported).toEqual([]);
    }
    const penalized = await load(dl4jZip(older, parameters), dl4j);
    expect(penalized.layers[1]?.config).toMatchObject({ kernelRegularizer: {} });
  });

  test("convolution, pooling, batch normalization and what is behind a flattened image", async () => {
    const [height, width, channels, filters] = [5, 6, 2, 3];
    const conv = noise(filters + filters * channels * 6, 3);
    const bn = [...noise(2 * filters, 4), ...noise(filters, 5), ...noise(filters, 6).map((v) => v * v + 0.5)];
    const [rows, columns] = [4, 4];
    const out = noise(filters * rows * columns * 2 + 2, 7);
    const configuration = stack(
      [
        layerOf("ConvolutionLayer", "TanH", {
          nin: channels,
          nout: filters,
          kernelSize: [3, 2],
          stride: [2, 2],
          padding: [1, 0],
          convolutionMode: "Truncate",
        }),
        layerOf("SubsamplingLayer", undefined, {
          poolingType: "AVG",
          kernelSize: [2, 2],
          stride: [1, 1],
          padding: [1, 1],
          convolutionMode: "Strict",
        }),
        layerOf("BatchNormalization", undefined, { nin: filters, nout: filters, eps: 1e-5, decay: 0.9 }),
        layerOf("OutputLayer", "Identity", { nin: filters * rows * columns, nout: 2 }),
      ],
      {
        0: typed("preprocessor", "FeedForwardToCnnPreProcessor", {
          inputHeight: height,
          inputWidth: width,
          numChannels: channels,
        }),
        3: typed("preprocessor", "CnnToFeedForwardPreProcessor", {
          inputHeight: rows,
          inputWidth: columns,
          numChannels: filters,
        }),
      },
    );
    const model = await load(dl4jZip(configuration, [...conv, ...bn, ...out]), dl4j);
    const x = noise(height * width * channels, 8);
    const at = (c: number, i: number, j: number) =>
      i < 0 || j < 0 || i >= height || j >= width ? 0 : (x[(c * height + i) * width + j] as number);
    const convolved = (f: number, i: number, j: number) => {
      if (i < 0 || j < 0 || i >= 3 || j >= 3) return 0;
      let sum = conv[f] as number;
      for (let c = 0; c < channels; c++) {
        for (let a = 0; a < 3; a++) {
          for (let b = 0; b < 2; b++) {
            const weight = conv[filters + ((f * channels + c) * 3 + a) * 2 + b] as number;
            sum += weight * at(c, 2 * i + a - 1, 2 * j + b);
          }
        }
      }
      return Math.tanh(sum);
    };
    const flat: number[] = [];
    for (let f = 0; f < filters; f++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const corners = [-1, 0].flatMap((a) => [-1, 0].map((b) => convolved(f, i + a, j + b)));
          const mean = corners.reduce((a, b) => a + b) / 4;
          const [gamma, beta, mu, variance] = [0, 1, 2, 3].map((k) => bn[k * filters + f] as number) as [
            number,
            number,
            number,
            number,
          ];
          flat.push((gamma * (mean - mu)) / Math.sqrt(variance + 1e-5) + beta);
        }
      }
    }
    expect(model.inputShape).toEqual([height * width * channels]);
    const got = model.predict(wg.tensor(Float32Array.from(x), [1, x.length]));
    expectAlmost(got, denseOf([flat], out, flat.length, 2));
  });

  test("recurrent layers: with and without peepholes, in both directions, with activations of their own", async () => {
    const [nIn, n, steps] = [2, 3, 4];
    const x = noise(steps * nIn, 1);
    const sequence = Array.from({ length: steps }, (_, t) => x.slice(t * nIn, (t + 1) * nIn));
    const gates = { gateActivationFn: { "@class": "….ActivationSigmoid" } };
    const [peeping, plain] = [noise(sizeOfLstm(nIn, n, true), 2), noise(sizeOfLstm(nIn, n, false), 3)];
    const backwards = noise(sizeOfLstm(nIn, n, true), 4);
    const both = (f: (v: number) => number) => {
      const a = lstmOf(sequence, peeping, [nIn, n], { peepholes: true, f });
      const b = lstmOf(sequence, backwards, [nIn, n], { peepholes: true, f, backwards: true });
      return a.map((row, t) => row.map((v, u) => v + ((b[t] as number[])[u] as number)));
    };
    const sizes = { nin: nIn, nout: n };
    const simple = noise(nIn * n + n * n + n, 5);
    const w = (i: number, o: number) => simple[o * nIn + i] as number;
    const r = (i: number, o: number) => simple[nIn * n + o * n + i] as number;
    let h = new Array<number>(n).fill(0);
    const simpleStates = sequence.map((row) => {
      const before = h;
      h = before.map((_, o) => {
        const own = simple[nIn * n + n * n + o] as number;
        const sum = row.reduce((s, v, i) => s + v * w(i, o), own);
        return Math.tanh(before.reduce((s, v, i) => s + v * r(i, o), sum));
      });
      return h;
    });
    const cases: [object, number[], number[][]][] = [
      [layerOf("LSTM", "TanH", { ...sizes, ...gates }), plain, lstmOf(sequence, plain, [nIn, n])],
      [
        layerOf("GravesLSTM", "TanH", { ...sizes, ...gates }),
        peeping,
        lstmOf(sequence, peeping, [nIn, n], { peepholes: true }),
      ],
      [
        layerOf("GravesLSTM", "SoftSign", { ...sizes, ...gates }),
        peeping,
        lstmOf(sequence, peeping, [nIn, n], { peepholes: true, f: softsign }),
      ],
      [layerOf("GravesBidirectionalLSTM", "TanH", { ...sizes, ...gates }), [...peeping, ...backwards], both(Math.tanh)],
      [
        layerOf("GravesBidirectionalLSTM", "SoftSign", { ...sizes, ...gates }),
        [...peeping, ...backwards],
        both(softsign),
      ],
      [layerOf("recurrent.SimpleRnn", "TanH", sizes), simple, simpleStates],
      [
        typed("layer", "recurrent.LastTimeStep", { underlying: layerOf("recurrent.SimpleRnn", "TanH", sizes) }),
        simple,
        simpleStates.slice(-1),
      ],
      [
        typed("layer", "recurrent.Bidirectional", {
          fwd: layerOf("LSTM", "TanH", { ...sizes, ...gates }),
          bwd: layerOf("LSTM", "TanH", { ...sizes, ...gates }),
          mode: "CONCAT",
        }),
        [...plain, ...plain],
        lstmOf(sequence, plain, [nIn, n]).map((row, t) => [
          ...row,
          ...(lstmOf(sequence, plain, [nIn, n], { backwards: true })[t] as number[]),
        ]),
      ],
    ];
    for (const [layer, parameters, want] of cases) {
      const bytes = dl4jZip(stack([layer]), parameters);
      const model = await load(bytes, { ...dl4j, inputShape: [steps, nIn] });
      expectAlmost(model.predict(wg.tensor(Float32Array.from(x), [1, steps, nIn])), want);
      model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      const targets = wg.zeros([1, ...model.outputShape]);
      const rows = wg.tensor(Float32Array.from(x), [1, steps, nIn]);
      const before = (await model.evaluate(rows, targets)).loss as number;
      await model.fit(rows, targets, { epochs: 3 });
      expect((await model.evaluate(rows, targets)).loss).toBeLessThan(before);
    }
    const bytes = dl4jZip(stack([cases[0]?.[0] as object]), plain);
    await expect(load(bytes, dl4j)).rejects.toThrow(ValueError);
    await expect(load(bytes, dl4j)).rejects.toThrow(/got undefined; pass \{ inputShape: \[steps, 2\] \}/);
    expect((await inspect(bytes, dl4j)).unsupported).toEqual([]);
  });

  test("a graph: its parameters lie in the order in which DL4J goes through it", async () => {
    const vertex = (layer: object, preProcessor: object | null = null) => ({
      LayerVertex: { layerConf: { layer }, preProcessor, outputVertex: false },
    });
    const dense = (nin: number, nout: number) => ({ dense: { nin, nout, activationFn: { TanH: {} } } });
    // By the list "late" comes first; it is reached last.
    const configuration = {
      networkInputs: ["a", "b"],
      networkOutputs: ["late", "last"],
      vertices: {
        late: vertex({ output: { nin: 5, nout: 2, activationFn: { Identity: {} } } }),
        left: vertex(dense(3, 2)),
        joined: { MergeVertex: {} },
        right: vertex(dense(2, 3)),
        last: { LastTimeStepVertex: { maskArrayInputName: "s" } },
        s: { DuplicateToTimeSeriesVertex: { inputName: "t" } },
        sum: { ElementWiseVertex: { op: "Add" } },
        half: { SubsetVertex: { from: 1, to: 1 } },
      },
      vertexInputs: {
        late: ["joined"],
        left: ["a"],
        right: ["b"],
        joined: ["left", "right"],
        sum: ["left", "b"],
        half: ["sum"],
        s: ["half"],
        last: ["s"],
      },
    };
    const graph = { ...configuration, networkInputs: ["a", "b", "t"] };
    const parameters = noise(8 + 9 + 12, 1);
    const model = await load(dl4jZip(graph, parameters), { ...dl4j, inputShape: { t: [4, 1] } });
    const [a, b] = [noise(3, 2), noise(2, 3)];
    const fed = {
      a: wg.tensor(Float32Array.from(a), [1, 3]),
      b: wg.tensor(Float32Array.from(b), [1, 2]),
      t: wg.zeros([1, 4, 1]),
    };
    const left = (denseOf([a], parameters, 3, 2)[0] as number[]).map(Math.tanh);
    const right = (denseOf([b], parameters.slice(8), 2, 3)[0] as number[]).map(Math.tanh);
    const want = denseOf([[...left, ...right]], parameters.slice(17), 5, 2);
    const [late, last] = Object.values(model.predictAll(fed as never)) as [wg.Tensor, wg.Tensor];
    expectAlmost(late, want);
    expectAlmost(last, [[(left[1] as number) + (b[1] as number)]]);
  });

  test("what is not supported is listed, what is damaged is named", async () => {
    const odd = stack([
      layerOf("variational.VariationalAutoencoder", "TanH", { nin: 3, nout: 2 }),
      layerOf("DenseLayer", "RationalTanh", { nin: 2, nout: 2 }),
    ]);
    const lines = ['variationalautoencoder "l0": no such layer here', 'dense "l1": activation rationaltanh'];
    expect((await inspect(dl4jZip(odd, []), dl4j)).unsupported).toEqual(lines);
    await expect(load(dl4jZip(odd, []), dl4j)).rejects.toMatchObject({ name: "UnsupportedModel", parts: lines });
    const dense = (entries: object) => stack([layerOf("DenseLayer", "ReLU", { nin: 3, nout: 2, ...entries })]);
    const cases: [Uint8Array, RegExp][] = [
      [dl4jZip(dense({}), noise(7, 1)), /dense "l0": 2 parameters expected, got 1 to the end of coefficients\.bin/],
      [dl4jZip(dense({}), noise(9, 1)), /8 parameters expected for all layers, got 9/],
      [dl4jZip(dense({ nout: 2 ** 30 }), noise(8, 1)), /3221225472 parameters expected, got 8/],
      [dl4jZip(dense({ nout: 2 ** 31 }), noise(8, 1)), /a whole number ≥ 1 as nout expected, got 2147483648/],
      [dl4jZip(dense({ nin: "3" }), noise(8, 1)), /a whole number ≥ 1 as nin expected, got 3/],
      [dl4jZip("{", []), /entry "configuration\.json": byte 1: JSON expected, got its end/],
      [dl4jZip({}, []), /confs or vertices expected, got none/],
      [
        dl4jZip(
          {
            networkInputs: ["a"],
            networkOutputs: ["v"],
            vertices: { v: { MergeVertex: {} } },
            vertexInputs: { v: ["v"] },
          },
          [],
        ),
        /without a cycle/,
      ],
    ];
    for (const [bytes, message] of cases) {
      await expect(load(bytes, dl4j)).rejects.toThrow(FormatError);
      await expect(load(bytes, dl4j)).rejects.toThrow(message);
    }
  });
});

describe("files that DL4J wrote", () => {
  beforeEach(needsSharedModels);

  const path = (name: string) => `${sharedModels}/dl4j/${name}`;

  test.each([
    ["MLP_1", undefined],
    ["MLP_2", undefined],
    ["CNN_1", [26, 26, 3]],
    ["LSTM_1", [4, 3]],
    ["CG_LSTM_1", [4, 3]],
  ] as const)("0.8: %s is read whole and predicts", async (name, inputShape) => {
    const file = path(`zips/080_ModelSerializer_Regression_${name}.zip`);
    const model = await load(file, inputShape ? { inputShape } : {});
    const y = model.predict(wg.ones([2, ...model.inputShape]));
    expect(y.toTypedArray().every(Number.isFinite)).toBe(true);
    expect(y.shape).toEqual(inputShape?.length === 2 ? [2, 4, 5] : [2, 5]);
    expect((await inspect(file)).unsupported).toEqual([]);
  });

  test("1.0: an MLP puts out what DL4J put out for digits of MNIST", async (context) => {
    const images = `${sharedModels}/../data/mnist/train-images-idx3-ubyte.gz`;
    let bytes: Uint8Array;
    try {
      bytes = gunzipSync(readFileSync(images));
    } catch {
      return context.skip(`it reads ${images}, which is not there`);
    }
    // The batch that DL4J drew: found as those whose outputs are these.
    const drawn = [5310, 36545, 10388, 10768, 1311, 42299, 11497, 35849, 39700, 62];
    const x = Float32Array.from(
      drawn.flatMap((i) => [...bytes.subarray(16 + 784 * i, 16 + 784 * (i + 1))]),
      (v) => v / 255,
    );
    const model = await load(path("MLPMnist/Model_RANDOM_INIT_UNTRAINED.zip"));
    const want = toHost(
      "test",
      decodeNd4j({ name: "output_1_0.bin", bytes: sharedModel("dl4j/MLPMnist/predictions/output_1_0.bin") }),
    );
    expectClose(model.predict(wg.tensor(x, [10, 784])).toTypedArray(), Array.from(want.data), 1e-5, 1e-7, "y");
  });

  test("1.0: a recurrent classifier does what its formulas say, and its forget gate's bias is 1", async () => {
    const file = path("RnnCsvSequenceClassification1/Model_RANDOM_INIT_UNTRAINED.zip");
    const zip = await openZip("test", { name: file, bytes: readFileSync(file) });
    const parameters = Array.from(toHost("test", decodeNd4j(zip.read("coefficients.bin")), "float32").data);
    const model = await load(file, { inputShape: [60, 1] });
    const x = noise(60, 1);
    const states = lstmOf(
      x.map((v) => [v]),
      parameters,
      [1, 10],
    );
    const mean = Array.from({ length: 10 }, (_, u) => states.reduce((sum, h) => sum + (h[u] as number), 0) / 60);
    const want = denseOf([mean], parameters.slice(sizeOfLstm(1, 10, false)), 10, 6).map(softmax);
    expectAlmost(model.predict(wg.tensor(Float32Array.from(x), [1, 60, 1])), want);
    const bias = model.getWeights()[2]?.toArray() as number[];
    expect(bias).toEqual(Array.from({ length: 40 }, (_, i) => (i >= 10 && i < 20 ? 1 : 0)));
  });
});
