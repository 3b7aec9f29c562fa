import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inspect, load } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";
import { savedOnnx } from "../support/format-fixtures.js";
import { asGiven, type Output } from "../support/judged.js";

/** By test/fixtures/formats/onnx_control.py. */
const all = JSON.parse(readFileSync("test/fixtures/formats/onnx_control.json", "utf8")) as Record<
  string,
  { model: string; x: Output[]; y: Output[] }
>;
const bytesOf = (name: string) => Buffer.from(all[name]?.model as string, "base64");

function expectOutputs(model: wg.BaseModel, name: string): void {
  const { x, y } = all[name] as (typeof all)[string];
  const rows = model.network.graph.inputs.map(({ dtype }, i) => {
    const { shape, values } = x[i] as Output;
    return wg.tensor(values, shape, dtype ?? "float32");
  });
  const got = model.predictAll(asGiven(rows));
  for (const [i, { shape, values }] of y.entries()) {
    expect(got[i]?.shape).toEqual(shape);
    expectClose(Array.from((got[i] as wg.Tensor).toTypedArray(), Number), values, 1e-5, 1e-6, `output ${i}`);
  }
}

describe.each(Object.keys(all).filter((name) => name !== "refused"))("%s", (name) => {
  test("as onnxruntime has it", async () => {
    expectOutputs(await load(bytesOf(name), { format: "onnx" }), name);
  });

  test("goes out again", async () => {
    const model = await load(bytesOf(name), { format: "onnx" });
    expectOutputs(await load(await savedOnnx(model), { format: "onnx" }), name);
  });
});

test("a branch is read as if it stood in the graph, with layers", async () => {
  const model = await load(bytesOf("If of PyTorch, 2 steps"), { format: "onnx" });
  const kinds = model.network.graph.steps.map(({ layer }) => layer.kind);
  expect(kinds).toContain("dense");
  expect(model.outputShape).toEqual([4]);
});

test("images that have their channels last stay as they are", async () => {
  const model = await load(bytesOf("images with their channels last"), { format: "onnx" });
  expect(model.inputShape).toEqual([6, 5, 3]);
  expect(model.network.graph.steps.map(({ layer }) => layer.kind)).toEqual(["conv2d", "maxPooling2D"]);
});

test("what depends on the data is refused, all of it, with the nodes' names", async () => {
  const loop = "a loop; export the model with a fixed number of rounds, which are then written one after the other";
  const parts = [
    'If "if": a condition that is worked out while the model runs, for Det "other", Relu "then"; export it with the branch that is meant',
    `Loop "loop": ${loop}`,
    `Scan "scan": ${loop}`,
    'Slice "part": starts, worked out while the model runs; export it with fixed sizes and weights',
  ];
  await expect(load(bytesOf("refused"), { format: "onnx" })).rejects.toThrow(
    `4 things are not supported:\n  ${parts.join("\n  ")}`,
  );
  expect((await inspect(bytesOf("refused"), { format: "onnx" })).unsupported).toEqual(parts);
});
