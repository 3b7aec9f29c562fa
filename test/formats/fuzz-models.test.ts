import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { load } from "../../src/formats/index.js";
import { dl4jZip, layerOf, stack, typed } from "../support/dl4j.js";
import { fuzz, type Victim } from "../support/fuzz.js";
import { uniform } from "../support/random.js";

const noise = (count: number) => Array.from(uniform(count, -1, 1));
const dl4jParameters = [...noise(4 * 2 * 3 + 3 * 15 + 12), ...noise(3 * 2 + 2)];
const dl4jConfigurations = [
  stack([
    layerOf("GravesLSTM", "TanH", { nin: 2, nout: 3 }),
    layerOf("RnnOutputLayer", "Softmax", { nin: 3, nout: 2 }),
  ]),
  stack(
    [
      layerOf("ConvolutionLayer", "ReLU", { nin: 1, nout: 2, kernelSize: [2, 2], padding: [0, 1], hasBias: false }),
      layerOf("SubsamplingLayer", undefined, { poolingType: "AVG", kernelSize: [2, 2], stride: [2, 2] }),
      layerOf("ZeroPaddingLayer", undefined, { padding: [1, 1, 2, 0] }),
      layerOf("Upsampling2D", undefined, { size: [2, 2] }),
      layerOf("GlobalPoolingLayer", undefined, { poolingType: "SUM" }),
      layerOf("OutputLayer", "Identity", { nin: 2, nout: 27 }),
    ],
    { 0: typed("preprocessor", "FeedForwardToCnnPreProcessor", { inputHeight: 6, inputWidth: 5, numChannels: 1 }) },
  ),
].map((each) => new TextEncoder().encode(JSON.stringify(each)));
const loadDl4j = (bytes: Uint8Array) => load(bytes, { format: "dl4j", inputShape: [3, 2] });

const mxnetModels = Object.values(
  JSON.parse(readFileSync("test/fixtures/formats/mxnet_models.json", "utf8")) as Record<
    string,
    { symbol: string; params: string }
  >,
).map(({ symbol, params }) => ({ symbol: new TextEncoder().encode(symbol), params: Buffer.from(params, "base64") }));

/** Readers of architectures that lie beside their weights. */
const victims: Victim[] = [
  {
    name: "dl4j",
    samples: [dl4jZip(stack([layerOf("DenseLayer", "ReLU", { nin: 3, nout: 2 })]), noise(8))],
    read: ({ bytes }) => loadDl4j(bytes),
  },
  {
    name: "dl4j configuration",
    samples: dl4jConfigurations,
    read: ({ bytes }) => loadDl4j(dl4jZip(new TextDecoder().decode(bytes), dl4jParameters)),
  },
  ...[0, 3, 4, 5, 7].map((i): Victim => {
    const { symbol, params } = mxnetModels[i] as (typeof mxnetModels)[number];
    const inputShape = [[7, 8, 3], [], [], [6, 6, 4], [3], [5, 3], [5, 3], [5, 3]][i] as number[];
    return {
      name: `mxnet symbol ${i}`,
      samples: [symbol],
      read: ({ bytes }) => load(bytes, { format: "mxnet", weights: params, inputShape }),
    };
  }),
];

const rounds = Number(process.env.FUZZ_ROUNDS ?? 2000);
for (const victim of victims) {
  test(`${victim.name}: damaged files are refused in time, with an error that says so`, {
    timeout: 120_000 + rounds * 20,
  }, async () => {
    const { refused } = await fuzz(victim, { rounds });
    expect(refused).toBeGreaterThan(0);
  });
}
