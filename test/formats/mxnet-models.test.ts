import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { transposed } from "../../src/formats/graph/values.js";
import { inspect, load } from "../../src/formats/index.js";
import { decodeMxnet } from "../../src/formats/mxnet/params.js";
import { encodeNpz } from "../../src/formats/npz.js";
import * as wg from "../../src/index.js";
import { FormatError, ValueError } from "../../src/util/errors.js";
import { expectClose } from "../support/check-op.js";
import { joined } from "../support/format-fixtures.js";
import { mxnetFile } from "../support/mxnet.js";

interface Numbers {
  shape: number[];
  values: number[];
}

const models = JSON.parse(readFileSync("test/fixtures/formats/mxnet_models.json", "utf8")) as Record<
  string,
  { symbol: string; params: string; x: Numbers; y: Numbers; states?: [given: Numbers[], ends: Numbers[]] }
>;
const plain = Object.entries(models).filter(([, { states }]) => !states);
const mxnet = { format: "mxnet" as const };
const text = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

test.each(plain)("%s: as torch has it", async (_, { symbol, params, x, y }) => {
  const isImage = x.shape.length === 4;
  const given = { data: Float32Array.from(x.values), shape: x.shape, dtype: "float32" as const };
  const fed = isImage ? transposed(given, [0, 2, 3, 1]) : given;
  const options = { ...mxnet, weights: Buffer.from(params, "base64"), inputShape: fed.shape.slice(1) };
  const model = await load(text(symbol), options);
  const got = model.predict(wg.tensor(fed.data, fed.shape));
  expect(got.shape).toEqual(y.shape);
  expectClose(got.toTypedArray(), y.values, 1e-5, 1e-5, "y");
  expect(await inspect(text(symbol), options)).toMatchObject({ format: "mxnet", unsupported: [] });
});

test("parameters as NumPy's arrays, as MXNet 2 saves them", async () => {
  const { symbol, params, x, y } = models.words as (typeof models)[string];
  const arrays = decodeMxnet({ name: "params", bytes: Buffer.from(params, "base64") });
  const options = { ...mxnet, weights: joined(encodeNpz(arrays)), inputShape: x.shape.slice(1) };
  const model = await load(text(symbol), options);
  expectClose(model.predict(wg.tensor(x.values, x.shape)).toTypedArray(), y.values, 1e-5, 1e-5, "y");
  expect((await inspect(text(symbol), options)).tensors).toEqual((await inspect(options.weights, mxnet)).tensors);
});

test("states go in, one after the other of each layer, and come out", async () => {
  const { symbol, params, x, y, states } = models["lstm with states"] as (typeof models)[string];
  const [given, ends] = states as [Numbers[], Numbers[]];
  const inputShape = { data: [5, 3], h0: [2, 4], c0: [2, 4] };
  const model = await load(text(symbol), { ...mxnet, weights: Buffer.from(params, "base64"), inputShape });
  expect(model.inputNames).toEqual(["data", "h0", "c0"]);
  const fed = [x, ...given].map(({ values, shape }) => wg.tensor(Float32Array.from(values), shape));
  const got = model.predictAll(fed);
  [y, ...ends].forEach(({ shape, values }, i) => {
    expect(got[i]?.shape).toEqual(shape);
    expectClose((got[i] as wg.Tensor).toTypedArray(), values, 1e-5, 1e-5, `output ${i}`);
  });
});

test("a recurrent operator that does not fit its parameters is refused", async () => {
  const { symbol, params } = models["plain steps"] as (typeof models)[string];
  const options = { ...mxnet, weights: Buffer.from(params, "base64"), inputShape: [5, 3] };
  for (const [from, to, message] of [
    ['"mode": "rnn_tanh"', '"mode": "lstm"', /parameters of 1 layers with 4 units expected, got 36 numbers/],
    ['"mode": "rnn_tanh"', '"mode": "qrnn"', /a mode of lstm, gru, rnn_tanh, rnn_relu expected, got "qrnn"/],
    ['"state_size": "4"', '"state_size": "4", "projection_size": "2"', /RNN "first": projection_size/],
    ['"state_size": "4"', '"state_size": "2147483648"', /a size from 1 on as state_size expected/],
    ['"num_layers": "1"', '"num_layers": "1000000"', /parameters of 1000000 layers/],
  ] as const) {
    expect(symbol).toContain(from);
    await expect(load(text(symbol.replace(from, to)), options)).rejects.toThrow(message);
  }
});

test("all that is not supported is listed at once; what is missing or damaged is named", async () => {
  const variable = { op: "null", name: "data", inputs: [] };
  const weights = mxnetFile("V2", { "arg:w": [2, 1] });
  const symbol = (...nodes: object[]) =>
    text({ nodes: [variable, ...nodes], arg_nodes: [0], heads: [[nodes.length, 0]] });
  const odd = symbol({ op: "CTCLoss", name: "a", inputs: [[0, 0]] }, { op: "Custom", name: "b", inputs: [[1, 0]] });
  const parts = ['CTCLoss "a": no such operator here', 'Custom "b": no such operator here'];
  await expect(load(odd, { ...mxnet, weights })).rejects.toMatchObject({ name: "UnsupportedModel", parts });
  expect((await inspect(odd, { ...mxnet, weights })).unsupported).toEqual(parts);
  const fc = symbol({
    op: "FullyConnected",
    name: "fc",
    inputs: [
      [0, 0],
      [0, 0],
    ],
  });
  const cases: [Uint8Array, RegExp, new (...args: never[]) => Error][] = [
    [weights, /one of parameters; give m-symbol\.json/, ValueError],
    [symbol({ op: "relu", name: "r", inputs: [[0, 0]] }), /pass \{ inputShape: \[features\] \}/, ValueError],
    [
      symbol({ op: "relu", name: "r", inputs: [[1, 0]] }),
      /node "r": a node before number 1 expected, got \[1,0\]/,
      FormatError,
    ],
    [text("{"), /JSON expected/, FormatError],
    [text({}), /nodes and heads expected/, FormatError],
  ];
  for (const [file, message, kind] of cases) {
    await expect(load(file, { ...mxnet, weights })).rejects.toThrow(kind);
    await expect(load(file, { ...mxnet, weights })).rejects.toThrow(message);
  }
  const options = { ...mxnet, weights, inputShape: [2] };
  await expect(load(fc, options)).rejects.toThrow(/weight "data" among the parameters expected, got none/);
  await expect(load(fc, mxnet)).rejects.toThrow(/weights expected a path/);
  expect((await inspect(weights, mxnet)).tensors).toEqual([{ name: "arg:w", dtype: "float32", shape: [2, 1] }]);
});
