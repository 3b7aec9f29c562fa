import { expect, test } from "vitest";
import { broughtBy } from "../support/brought.js";

/** What it takes to make datasets, to pass over them and to keep models in files. */
const others = [
  /^src\/data\/(?!arrays\.ts$)/,
  /^src\/model\/(inputs|fit|evaluate|encode-model|decode-preprocessing)\.ts$/,
  /^src\/formats\/(assign|protobuf-encode|safetensors-arrays|safetensors-contents)\.ts$/,
  /^src\/formats\/onnx\/(encode|inspect|export\/.*)\.ts$/,
];

test.each(["safetensors.ts", "onnx/format.ts"])(
  "a page that loads with %s and predicts brings no code for more",
  async (format) => {
    const brought = await broughtBy(["src/formats/index.ts", `src/formats/${format}`]);
    expect(brought).toContain("src/model/predict.ts");
    expect(brought.filter((path) => others.some((other) => other.test(path)))).toEqual([]);
  },
);

// Bundlers that split keep what one entry may ask for in all that reach it: a page with one operation would bring every layer.
test("the core never asks for layers, which it has", async () => {
  const reached = await broughtBy(["src/index.ts"], true);
  expect(reached).toContain("src/model/encode-model.ts");
  expect(reached).not.toContain("src/nn/layers/by-kind.ts");
});
