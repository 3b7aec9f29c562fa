import { describe, expect, test } from "vitest";
import { load } from "../../src/formats/index.js";
import type { NodeProto } from "../../src/formats/onnx/schema.js";
import { floats, integers, node, onnxFile } from "../support/onnx-file.js";

const channels = 4;
/** Of two images of one by two pixels, whose channels last are c and c + 2, so that their mean is c + 1. */
const images = [0, 10].map((more) => [[0, 2].map((pixel) => [0, 1, 2, 3].map((c) => c + pixel + more))]);
const means = [
  [1, 2, 3, 4],
  [11, 12, 13, 14],
];

const pooled = (behind: Partial<NodeProto>, shape?: readonly number[]) =>
  onnxFile({
    node: [node("GlobalAveragePool", ["x"], ["p"]), behind] as NodeProto[],
    initializer: shape ? [integers("shape", shape)] : [],
    input: [floats("x", channels, 1, 2)],
    output: [floats("y", channels)],
  });
const reshaped = (...shape: number[]) => pooled(node("Reshape", ["p", "shape"], ["y"]), shape);

describe("global pooling that rows are made of", () => {
  test.each([
    ["Flatten", pooled(node("Flatten", ["p"], ["y"]))],
    ["Reshape to [-1, channels]", reshaped(-1, channels)],
    ["Reshape to [0, -1]", reshaped(0, -1)],
  ])("%s: is one layer without the axes", async (_, file) => {
    const model = await load(await file, { format: "onnx" });
    expect(model.layers.map(({ kind, config }) => [kind, config.keepdims])).toEqual([
      ["globalAveragePooling2D", false],
    ]);
    expect(model.predict(images).toArray()).toEqual(means);
  });

  test.each([
    ["parts of a row", reshaped(-1, 2)],
    ["all rows in one", reshaped(1, -1)],
  ])("a Reshape to %s is none", async (_, file) => {
    await expect(load(await file, { format: "onnx" })).rejects.toThrow(/batch/);
  });
});
