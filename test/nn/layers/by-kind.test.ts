import { expect, test } from "vitest";
import { layersByKind } from "../../../src/nn/layers/by-kind.js";
import * as layers from "../../../src/nn/layers/index.js";

const all: Readonly<Record<string, unknown>> = layers;

test("every factory of wg.layers is found by its name, and the same one", async () => {
  const found = await layersByKind(Object.keys(all));
  expect([...found.keys()].sort()).toEqual(Object.keys(all).sort());
  expect([...found].filter(([kind, factory]) => factory !== all[kind])).toEqual([]);
});

test("a name that is none has no factory", async () => {
  const none = ["convolve", "", "toString", "__proto__"];
  expect([...(await layersByKind([...none, "dense", "dense"])).keys()]).toEqual(["dense"]);
});
