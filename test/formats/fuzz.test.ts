import { expect, test } from "vitest";
import { decodeMxnet } from "../../src/formats/mxnet.js";
import { decodeNd4j } from "../../src/formats/nd4j.js";
import { decodeNpz } from "../../src/formats/npz.js";
import { decodeOnnx } from "../../src/formats/onnx/decode.js";
import { decodeTorch } from "../../src/formats/torch.js";
import { formatFixtures, unpacked } from "../support/format-fixtures.js";
import { fuzz, type Victim } from "../support/fuzz.js";
import { mxnetFile } from "../support/mxnet.js";
import { nd4jFile } from "../support/nd4j.js";

const npz = Object.values(formatFixtures("npz")).map(unpacked);
const onnx = Object.values(formatFixtures("onnx_models")).slice(0, 3).map(unpacked);
const torch = Object.entries(formatFixtures("torch_save"));
const torchFiles = (pattern: RegExp) => torch.filter(([name]) => pattern.test(name)).map(([, each]) => unpacked(each));

/** Every reader of src/formats. Millions of mutations: FUZZ_ROUNDS=1000000 npx vitest run --config test/vitest.config.ts test/formats/fuzz.test.ts */
const victims: Victim[] = [
  { name: "npz", samples: npz, read: (file) => decodeNpz("fuzz", file) },
  { name: "torch", samples: torchFiles(/^(views|types|checkpoint)/), read: (file) => decodeTorch("fuzz", file) },
  { name: "legacy torch", samples: torchFiles(/^legacy/), read: (file) => decodeTorch("fuzz", file) },
  { name: "onnx", samples: onnx, read: (file) => decodeOnnx("fuzz", file) },
  {
    name: "mxnet",
    samples: (["V0", "V1", "V2", "V3"] as const).map((version) =>
      mxnetFile(version, { "arg:w": [2, 3], "aux:b": [3] }),
    ),
    read: decodeMxnet,
  },
  {
    name: "nd4j",
    samples: ["JAVACPP", "LONG_SHAPE"].map((mode) =>
      nd4jFile({ mode, type: "FLOAT", shape: [2, 3], strides: [1, 2], order: "f", values: [1, 2, 3, 4, 5, 6] }),
    ),
    read: decodeNd4j,
  },
];

for (const victim of victims) {
  test(`${victim.name}: damaged files are refused in time, with an error that says so`, async () => {
    const { refused } = await fuzz(victim);
    expect(refused).toBeGreaterThan(0);
  });
}
