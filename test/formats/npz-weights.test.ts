import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { inspect, loadWeights, type SaveOptions, save } from "../../src/formats/index.js";
import { decodeNpz, encodeNpz } from "../../src/formats/npz.js";
import * as wg from "../../src/index.js";
import type { BaseModel } from "../../src/model/base.js";
import { type FileArray, fromHost, toHost } from "../../src/util/file-array.js";
import { formatFixtures, joined, pythonWith, unpacked } from "../support/format-fixtures.js";
import { plain } from "../support/plain.js";

interface Stored {
  dtype: "float32";
  shape: number[];
  bytes: string;
}
const fixtures = formatFixtures<{ x: Stored; y: Stored }>("lasagne");
const fixture = (name: string) => fixtures[name] as (typeof fixtures)[string];
const arrayOf = ({ dtype, shape, bytes }: Stored) =>
  toHost("test", { dtype, shape, bytes: new Uint8Array(Buffer.from(bytes, "hex")) });

const { layers } = wg;

const images = () =>
  wg.sequential([
    layers.conv2d({ filters: 3, kernelSize: [2, 3], useBias: true, inputShape: [5, 6, 2] }),
    layers.batchNormalization({ epsilon: 1e-4 }),
    layers.activation({ activation: "relu" }),
    layers.flatten(),
    layers.dense({ units: 4 }),
  ]);
const recurrent = (peepholes = false) =>
  wg.sequential([
    layers.bidirectional({ layer: layers.lstm({ units: 2, returnSequences: true, peepholes }), inputShape: [4, 3] }),
    layers.gru({ units: 3, returnSequences: true }),
    layers.simpleRNN({ units: 2 }),
  ]);

async function written(model: BaseModel, options: SaveOptions): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const write = async (bytes: Uint8Array) => void parts.push(bytes.slice());
  await save(model, { getWriter: () => ({ write, close: async () => undefined }) }, { format: "npz", ...options });
  return joined(parts);
}

const arraysIn = (bytes: Uint8Array) => decodeNpz("test", { name: "m.npz", bytes });
const weightsOf = (model: BaseModel) => model.getWeights().map((each) => [...each.toTypedArray()]);
const lasagne = { format: "npz", framework: "lasagne" } as const;

/** The fixture's arrays with some of them changed. */
async function changed(name: string, change: (arrays: Map<string, FileArray>) => void): Promise<Uint8Array> {
  const arrays = await arraysIn(unpacked(fixture(name)));
  change(arrays);
  return joined(encodeNpz(arrays));
}

const floats = (value: number, ...shape: number[]): FileArray =>
  fromHost("test", { data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value), shape });

describe("Lasagne's lists", () => {
  test.each([
    ["images", images, { conv2d: "arr_0", batch_normalization: "arr_2", dense: "arr_6" }],
    ["recurrent", recurrent, { bidirectional: "arr_0", gru: "arr_28", simple_rnn: "arr_38" }],
    ["peepholes of 0", recurrent, { bidirectional: "arr_0", gru: "arr_34", simple_rnn: "arr_44" }],
    ["peepholes", () => recurrent(true), { bidirectional: "arr_0", gru: "arr_34", simple_rnn: "arr_44" }],
  ] as const)("%s: its outputs, and the same list again", async (name, make, names) => {
    const { x, y } = fixture(name).content;
    const file = unpacked(fixture(name));
    const model = make();
    expect(await loadWeights(model, file, lasagne)).toEqual(names);
    const found = model.predict(wg.tensor(arrayOf(x).data, x.shape)) as wg.Tensor;
    expect(found.shape).toEqual(y.shape);
    const wanted = arrayOf(y).data;
    found.toTypedArray().forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i] as number, 5);
    });
    const again = await written(model, lasagne);
    // Peepholes of 0, which the layer lacks, are left out, as LSTMLayer(…, peepholes=False) does.
    if (name !== "peepholes of 0") expect(plain(await arraysIn(again))).toEqual(plain(await arraysIn(file)));
    const other = make();
    await loadWeights(other, again, { format: "npz", framework: "theano" });
    expect(weightsOf(other)).toEqual(weightsOf(model));
  });

  test("flipFilters: false leaves kernels as they are", async () => {
    const [flipped, not] = [images(), images()];
    await loadWeights(flipped, unpacked(fixture("images")), lasagne);
    await loadWeights(not, unpacked(fixture("images")), { ...lasagne, flipFilters: false });
    const [a, b] = [flipped, not].map((model) => model.getWeights()[0] as wg.Tensor) as [wg.Tensor, wg.Tensor];
    expect([...b.toTypedArray()]).not.toEqual([...a.toTypedArray()]);
    expect([...wg.reverse(b, [0, 1]).toTypedArray()]).toEqual([...a.toTypedArray()]);
    expect(plain(await arraysIn(await written(not, { ...lasagne, flipFilters: false })))).toEqual(
      plain(await arraysIn(unpacked(fixture("images")))),
    );
  });

  test("what does not fit is listed, and no weight is changed", async () => {
    const model = images();
    const before = weightsOf(model);
    const file = await changed("images", (arrays) => {
      arrays.set("arr_1", floats(1, 4));
      arrays.delete("arr_7");
    });
    await expect(loadWeights(model, file, lasagne)).rejects.toThrow(
      '"arr_1", b of "conv2d", expected [3], got [4]; "arr_7" [4], b of "dense", is missing',
    );
    const more = await changed("images", (arrays) => arrays.set("arr_8", floats(1, 4)));
    await expect(loadWeights(model, more, lasagne)).rejects.toThrow("expected: 8 arrays, got 9");
    const steep = await changed("images", (arrays) => arrays.set("arr_5", floats(1000, 3)));
    await expect(loadWeights(model, steep, lasagne)).rejects.toThrow(/"arr_5, inv_std" expected at most 1 \/ √ε/);
    expect(weightsOf(model)).toEqual(before);
  });

  test("peepholes that the layer lacks, or the file, and a state to begin with are refused", async () => {
    await expect(loadWeights(recurrent(), unpacked(fixture("peepholes")), lasagne)).rejects.toThrow(
      /"arr_12, forward W_cell_to_ingate" expected 0 everywhere.*\{ peepholes: true \}/,
    );
    await expect(loadWeights(recurrent(true), unpacked(fixture("recurrent")), lasagne)).rejects.toThrow(
      /"arr_12", forward W_cell_to_ingate of "bidirectional", expected \[2\], got \[1, 2\]/,
    );
    const begun = await changed("recurrent", (arrays) => arrays.set("arr_13", floats(0.5, 1, 2)));
    await expect(loadWeights(recurrent(), begun, lasagne)).rejects.toThrow(
      /"arr_13, forward hid_init" expected 0 everywhere.*a state to begin with is not there/,
    );
  });

  test("a GRU whose state has a bias for its candidate is refused, the other two are added", async () => {
    const make = () => wg.sequential([layers.gru({ units: 1, inputShape: [2, 1] })]);
    const model = make();
    const weights = model.getWeights();
    model.setWeights([
      weights[0] as wg.Tensor,
      weights[1] as wg.Tensor,
      wg.tensor([
        [1, 2, 3],
        [4, 5, 0],
      ]),
    ]);
    const file = await written(model, lasagne);
    const other = make();
    await loadWeights(other, file, lasagne);
    expect([...(other.getWeights()[2] as wg.Tensor).toTypedArray()]).toEqual([5, 7, 3, 0, 0, 0]);
    model.setWeights([
      weights[0] as wg.Tensor,
      weights[1] as wg.Tensor,
      wg.tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ]);
    await expect(written(model, lasagne)).rejects.toThrow(/gru "gru": the candidate's bias of the state must be 0/);
  });

  test("layers without an equal are listed", async () => {
    const model = wg.sequential([layers.layerNormalization({ inputShape: [2] }), layers.dense({ units: 1 })]);
    await expect(written(model, lasagne)).rejects.toThrow(
      'layerNormalization "layer_normalization": no equal in Lasagne is known here',
    );
  });
});

describe("arrays as here", () => {
  test("named layer/weight, in order", async () => {
    const model = images();
    const file = await written(model, {});
    const names = model.parameters.list.map(({ name }) => name);
    expect([...(await arraysIn(file)).keys()]).toEqual(names);
    expect((await inspect(file, { format: "npz" })).tensors[0]).toEqual({
      name: "conv2d/kernel",
      dtype: "float32",
      shape: [2, 3, 2, 3],
    });
    const other = images();
    await loadWeights(other, file, { format: "npz" });
    expect(weightsOf(other)).toEqual(weightsOf(model));
  });

  test("as Keras's get_weights lists them", async () => {
    const model = images();
    const options = { format: "npz", framework: "keras" } as const;
    const file = await written(model, options);
    const shapes = Array.from(await arraysIn(file), ([name, { shape }]) => [name, shape]);
    expect(shapes.slice(0, 3)).toEqual([
      ["arr_0", [2, 3, 2, 3]],
      ["arr_1", [3]],
      ["arr_2", [3]],
    ]);
    const other = images();
    expect(await loadWeights(other, file, options)).toEqual({
      conv2d: "arr_0",
      batch_normalization: "arr_2",
      dense: "arr_6",
    });
    expect(weightsOf(other)).toEqual(weightsOf(model));
  });

  test("a list needs to be told whose it is, and names are no list", async () => {
    const model = images();
    await expect(loadWeights(model, unpacked(fixture("images")), { format: "npz" })).rejects.toThrow(
      /framework expected one of lasagne, theano, keras for a list/,
    );
    await expect(loadWeights(model, await written(model, {}), lasagne)).rejects.toThrow(
      /arrays arr_0, arr_1, … expected of framework "lasagne", got conv2d\/kernel/,
    );
    const misspelt = { format: "npz", framework: "lasange" as "lasagne" } as const;
    await expect(written(model, misspelt)).rejects.toThrow(/framework expected one of .*did you mean "lasagne"/);
    await expect(written(model, { names: { conv2d: "x" } })).rejects.toThrow(/names expected of other formats/);
  });

  test("judged by NumPy", async (context) => {
    const python = pythonWith(context, "numpy");
    const script = new URL("../fixtures/formats/npz.py", import.meta.url).pathname;
    const model = recurrent();
    await loadWeights(model, unpacked(fixture("recurrent")), lasagne);
    const input = await written(model, lasagne);
    const told = execFileSync(python, [script, "check"], { input, encoding: "utf8" });
    expect(JSON.parse(told)).toEqual(plain(await arraysIn(unpacked(fixture("recurrent")))));
    const named = await written(model, {});
    const again = execFileSync(python, [script, "check"], { input: named, encoding: "utf8" });
    expect(Object.keys(JSON.parse(again))).toEqual(model.parameters.list.map(({ name }) => name));
  }, 120_000);
});
