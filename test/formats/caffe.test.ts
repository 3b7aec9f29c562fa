import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import {
  type CaffeLayer,
  type CaffeNet,
  decodeCaffe,
  decodePrototxt,
  encodeCaffe,
  encodePrototxt,
} from "../../src/formats/caffe/net.js";
import { FormatError } from "../../src/util/errors.js";
import { fromHost, toHost } from "../../src/util/file-array.js";
import {
  formatFixtures,
  joined,
  needsSharedModels,
  pythonWith,
  sharedModel,
  unpacked,
} from "../support/format-fixtures.js";
import { plain } from "../support/plain.js";

/** By Google's protobuf: test/fixtures/formats/caffe.py. */
const fixtures = formatFixtures<{ w: object; b: { bytes: string } }>("caffe");
const fixture = (name: string) => fixtures[name] as (typeof fixtures)[string];
const decode = (name: string) => decodeCaffe("test", { name: "m.caffemodel", bytes: unpacked(fixture(name)) });
const parse = (text: string) => decodePrototxt({ name: "m.prototxt", bytes: new TextEncoder().encode(text) });

describe("reads caffemodels", () => {
  test("of the form with string types", async () => {
    const net = await decode("new");
    expect(net.inputs).toEqual([{ name: "data", shape: [1, 1, 4, 4] }]);
    const [conv, lstm] = net.layers as [CaffeLayer, CaffeLayer];
    expect(conv).toMatchObject({
      name: "conv",
      type: "Convolution",
      bottoms: ["data"],
      tops: ["conv"],
      params: [],
      include: [],
    });
    expect(plain(conv.settings)).toEqual({
      convolution_param: { num_output: 2, pad: [1, 0], kernel_size: [3], stride: [], dilation: [] },
    });
    const { w, b } = fixture("new").content;
    expect(plain(conv.blobs[0])).toEqual(w);
    expect(conv.blobs[1]).toMatchObject({ dtype: "float64", shape: [2] });
    expect([...toHost("test", conv.blobs[1] as never).data]).toEqual([0.5, -1]);
    expect(b.bytes).toHaveLength(16);
    expect(lstm.type).toBe("LSTM");
  });

  test("of the form with numbers for types, blobs of four axes", async () => {
    const net = await decode("old");
    expect(net.inputs).toEqual([{ name: "data", shape: [1, 1, 4, 4] }]);
    expect(net.layers.map(({ type }) => type)).toEqual([
      "Convolution",
      "Pooling",
      "ReLU",
      "InnerProduct",
      "SoftmaxWithLoss",
      "LRN",
      "TanH",
      "99",
    ]);
    const [conv, pool] = net.layers as [CaffeLayer, CaffeLayer];
    expect(conv.params).toEqual([
      { lr_mult: 1, decay_mult: 1 },
      { lr_mult: 2, decay_mult: 0 },
    ]);
    expect(plain(conv.blobs[0])).toEqual(fixture("old").content.w);
    expect(conv.blobs[1]?.shape).toEqual([1, 1, 1, 2]);
    expect(plain(pool.settings)).toEqual({ pooling_param: { pool: "AVE" } });
  });

  test("refuses the oldest form, and weights that do not fit their shape", async () => {
    await expect(decode("refused: oldest")).rejects.toThrow(
      /the first form \(V0\); convert it with upgrade_net_proto_binary/,
    );
    const blob = { dtype: "float32" as const, shape: [3], bytes: new Uint8Array(8) };
    const net = await decode("new");
    const layers = [{ ...(net.layers[0] as CaffeLayer), blobs: [blob] }];
    const bytes = joined(await encodeCaffe("test", { ...net, layers }));
    await expect(decodeCaffe("test", { name: "m.caffemodel", bytes })).rejects.toThrow(
      'm.caffemodel: layer "conv": blob 0: 12 bytes for shape [3] expected, got 8',
    );
  });
});

describe("reads prototxt", () => {
  test("numbers, lists, texts, comments, names of every kind", () => {
    const net = parse(`# a net
      name: 'it''s' "\\x41\\102\\n"; input: "data" input_dim: 1, input_dim: 0x3 input_dim: 4 input_dim: 4
      layer { name: "c" type: "Convolution" convolution_param < pad: [1, 2] kernel_size: 3 kernel_size: 5 engine: CUDNN bias_term: false >
        include: { phase: TRAIN } loss_weight: -.5e1 top: "a" top: "b" extra_param { x: 1 x: 2 name: FOO deep { y: "z" } } }
      layer { name: "r" relu_param { negative_slope: 0.1f engine: 1 } }`);
    expect(net.name).toBe("itsAB\n");
    expect(net.inputs).toEqual([{ name: "data", shape: [1, 3, 4, 4] }]);
    const [c, r] = net.layers as [CaffeLayer, CaffeLayer];
    expect(c.settings.get("convolution_param")).toEqual({
      pad: [1, 2],
      kernel_size: [3, 5],
      stride: [],
      dilation: [],
      engine: "CUDNN",
      bias_term: false,
    });
    expect(c).toMatchObject({ tops: ["a", "b"], lossWeights: [-5] });
    expect(c.include).toMatchObject([{ phase: "TRAIN" }]);
    expect(r.settings.get("relu_param")).toEqual({ negative_slope: Math.fround(0.1), engine: "CAFFE" });
  });

  test.each([
    ["layer {", /^m\.prototxt: line 1, column 8: a field's name or } expected, got the end/],
    ['name: "a"\n  name: "b"', /line 2, column 3: name once expected, got "name"/],
    ["layer {\n  name: conv\n}", /line 2, column 9: a text in quotes expected, got "conv"/],
    ["layer { pooling_param { pool: MIN } }", /column 31: one of MAX, AVE, STOCHASTIC expected, got "MIN"/],
    [
      "layer { convolution_param { num_output: -1 } }",
      /column 41: a whole number from 0 to 4294967295 expected, got "-1"/,
    ],
    ["layer { convolution_param { num_output: 1.5 } }", /a whole number/],
    ['name: "a', /column 7: a text ended by " expected/],
    ['name "a"', /column 6: : or { expected/],
    ["layer: 3", /column 8: { expected, got "3"/],
    ["input_dim: [1, 2", /\] or , expected, got the end/],
    ["}", /a field's name expected/],
    ['name: "a" %', /got "%"/],
    [`layer { x ${"{ x ".repeat(200)}`, /at most 100 deep/],
    ['layer { name: "a" } layers { name: "b" type: RELU }', /layers of one form expected/],
    ['layers { layer { name: "a" type: "conv" } }', /the first form \(V0\)/],
  ])("%s: an error with line and column", (text, message) => {
    expect(() => parse(text)).toThrow(FormatError);
    expect(() => parse(text)).toThrow(message);
  });

  describe("of Caffe", () => {
    beforeEach(needsSharedModels);
    test.each(["lenet", "lenet_train_test", "alexnet_deploy"])("%s comes back as it went", (name) => {
      const net = decodePrototxt({ name, bytes: sharedModel(`caffe/${name}.prototxt`) });
      expect(net.layers.length).toBeGreaterThan(8);
      expect(parse(encodePrototxt(net))).toEqual(net);
    });

    test("LeNet is understood", () => {
      const net = decodePrototxt({ name: "lenet", bytes: sharedModel("caffe/lenet.prototxt") });
      expect(net.layers.map(({ type }) => type)).toEqual([
        "Input",
        "Convolution",
        "Pooling",
        "Convolution",
        "Pooling",
        "InnerProduct",
        "ReLU",
        "InnerProduct",
        "Softmax",
      ]);
      expect(net.layers[0]?.settings.get("input_param")).toEqual({ shape: [{ dim: [64, 1, 28, 28] }] });
      expect(net.layers[2]?.settings.get("pooling_param")).toEqual({ pool: "MAX", kernel_size: 2, stride: 2 });
    });
  });
});

describe("writes", () => {
  const array = (shape: number[], ...data: number[]) => fromHost("test", { data: Float32Array.from(data), shape });
  const layer = (
    name: string,
    type: string,
    bottom: string,
    blobs: CaffeLayer["blobs"],
    settings: [string, object][],
  ): CaffeLayer => ({
    name,
    type,
    bottoms: [bottom],
    tops: [name],
    blobs,
    settings: new Map(settings.map(([key, value]) => [key, { ...value }])),
    include: [],
    exclude: [],
    params: [],
    lossWeights: [],
  });
  const net: CaffeNet = {
    name: "größe",
    inputs: [{ name: "data", shape: [1, 1, 4, 4] }],
    layers: [
      layer(
        "conv",
        "Convolution",
        "data",
        [array([1, 1, 3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9), array([1], 0.5)],
        [["convolution_param", { num_output: 1, kernel_size: [3], pad: [1], stride: [1], dilation: [] }]],
      ),
      layer("pool", "Pooling", "conv", [], [["pooling_param", { pool: "AVE", kernel_size: 2, stride: 2 }]]),
      layer("relu", "ReLU", "pool", [], [["relu_param", { negative_slope: Math.fround(0.1) }]]),
      layer(
        "fc",
        "InnerProduct",
        "relu",
        [array([2, 4], 1, 0, 0, 0, 0.25, 0.25, 0.25, -0.25), array([2], 0, -1)],
        [["inner_product_param", { num_output: 2 }]],
      ),
    ],
  };

  test("what decodeCaffe and decodePrototxt read", async () => {
    const bytes = joined(await encodeCaffe("test", net));
    expect(plain(await decodeCaffe("test", { name: "m", bytes }))).toEqual(plain(net));
    const bare = { ...net, layers: net.layers.map((each) => ({ ...each, blobs: [] })) };
    expect(plain(parse(encodePrototxt(net)))).toEqual(plain(bare));
  });

  test("judged by OpenCV", async (context) => {
    const python = pythonWith(context, "cv2.dnn.readNetFromCaffe");
    const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
    try {
      const paths = [join(folder, "m.prototxt"), join(folder, "m.caffemodel")] as const;
      writeFileSync(paths[0], encodePrototxt(net));
      writeFileSync(paths[1], joined(await encodeCaffe("test", net)));
      const script = new URL("../fixtures/formats/caffe.py", import.meta.url).pathname;
      const { shape, bytes } = JSON.parse(execFileSync(python, [script, "check", ...paths], { encoding: "utf8" }));
      expect(shape).toEqual([1, 2]);
      // Sums of the kernel over a 4 × 4 image of ones: 28 33 33 24 in a corner's window, and so on by symmetry of the padding.
      const at = (r: number, c: number) => {
        let sum = 0.5;
        for (let i = 0; i < 3; i++)
          for (let j = 0; j < 3; j++) {
            const [y, x] = [r + i - 1, c + j - 1];
            if (y >= 0 && y < 4 && x >= 0 && x < 4) sum += 3 * i + j + 1;
          }
        return sum;
      };
      const pooled = [
        [0, 0],
        [0, 2],
        [2, 0],
        [2, 2],
      ].map(([r = 0, c = 0]) => (at(r, c) + at(r, c + 1) + at(r + 1, c) + at(r + 1, c + 1)) / 4);
      const [p = 0, q = 0, s = 0, t = 0] = pooled;
      const second = 0.25 * (p + q + s - t) - 1;
      const read = new Float32Array(Uint8Array.from(Buffer.from(bytes, "hex")).buffer);
      expect([...read]).toEqual([p, second].map((value) => expect.closeTo(value, 4)));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
