import { expect, test } from "vitest";
import { broughtBy } from "../../support/brought.js";

/** Of a list of sources those whose path, without `src/` and `.ts`, the pattern matches. */
const matching = (paths: readonly string[], pattern: RegExp): string[] =>
  paths.map((path) => path.slice("src/".length, -".ts".length)).filter((path) => pattern.test(path));

test("the code that makes a model of a file comes without its layers, and without what prepares data", async () => {
  const reached = await broughtBy(["src/model/decode-model.ts"]);
  expect(matching(reached, /^nn\/layers\//)).toEqual(["nn/layers/by-kind"]);
  expect(matching(reached, /^data\/(preprocessor|normalize|tables)|^model\/encode-model/)).toEqual([]);
});

test("layers that most networks have come without the operations of others", async () => {
  const core = await broughtBy(["src/nn/layers/families/core.ts"]);
  expect(matching(core, /^nn\/layers\//).sort()).toEqual(
    ["activation", "common", "dense", "families/core", "reshape"].map((name) => `nn/layers/${name}`),
  );
  const operations = "activation column-sums dense elementwise fused gated gemm op rows shape softmax/rows";
  expect(matching(core, /^ops\//).sort()).toEqual(operations.split(" ").map((name) => `ops/${name}`));
  expect(matching(core, /^tensor\/(grad|tape)|^optim|^data|^model/)).toEqual([]);
});

test("convolutions and pooling come without what rarer options and other layers need", async () => {
  const reached = await broughtBy(["src/nn/layers/families/convolution.ts"]);
  expect(
    matching(reached, /^ops\/(slice|pad|gather|reduce|transpose|compare|join|unary|conv-transpose|depthwise)/),
  ).toEqual([]);
});
