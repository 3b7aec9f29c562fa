import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inspect, load } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";
import { savedOnnx } from "../support/format-fixtures.js";
import { asGiven, type Output } from "../support/judged.js";

/** By test/fixtures/formats/onnx_recurrent.py. */
interface Case {
  model: string;
  x?: Output[];
  y?: Output[];
}
const all = JSON.parse(readFileSync("test/fixtures/formats/onnx_recurrent.json", "utf8")) as Record<string, Case>;
const bytesOf = (name: string) => Buffer.from((all[name] as Case).model, "base64");
const cases = Object.keys(all).filter((name) => !name.startsWith("refused"));

function rowsOf(model: wg.BaseModel, name: string): wg.Tensor[] {
  return model.network.graph.inputs.map(({ dtype }, i) => {
    const { shape, values } = (all[name] as Required<Case>).x[i] as Output;
    return wg.tensor(values, shape, dtype ?? "float32");
  });
}

function expectOutputs(model: wg.BaseModel, name: string): void {
  const got = model.predictAll(asGiven(rowsOf(model, name)));
  for (const [i, { shape, values }] of (all[name] as Required<Case>).y.entries()) {
    expect(got[i]?.shape).toEqual(shape);
    expectClose((got[i] as wg.Tensor).toTypedArray(), values, 1e-5, 1e-6, `output ${i}`);
  }
}

describe.each(cases)("%s", (name) => {
  test("as onnxruntime has it", async () => {
    expectOutputs(await load(bytesOf(name), { format: "onnx" }), name);
  });

  test("goes out again, but for lengths", async () => {
    const model = await load(bytesOf(name), { format: "onnx" });
    if (model.inputNames.includes("lengths")) {
      await expect(savedOnnx(model)).rejects.toThrow("a mask: the operators of ONNX take lengths alone");
      return;
    }
    expectOutputs(await load(await savedOnnx(model), { format: "onnx" }), name);
  });
});

test("rows do not see each other's lengths, and what comes after them changes nothing", async () => {
  const model = await load(bytesOf("LSTM, bidirectional, lengths"), { format: "onnx" });
  const [x, lengths] = rowsOf(model, "LSTM, bidirectional, lengths") as [wg.Tensor, wg.Tensor];
  const whole = model.predictAll([x, lengths]);
  const first = [wg.slice(x, 0, 1), wg.slice(lengths, 0, 1)] as const;
  const changed = wg.where(wg.tensor([[[1], [1], [0], [0]]], undefined, "bool"), first[0], 99);
  const own = model.predictAll([changed, first[1]]);
  for (const [i, y] of own.entries()) {
    expect(y.toArray()).toEqual(wg.slice(whole[i] as wg.Tensor, 0, 1).toArray());
  }
});

test("learns with lengths, states and peepholes", async () => {
  const name = "LSTM, peepholes, all there is";
  const model = await load(bytesOf(name), { format: "onnx" });
  const rows = rowsOf(model, name);
  model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.05 }), loss: "meanSquaredError" });
  const targets = model.outputShapes.map((shape) => wg.randomNormal([3, ...shape], 0, 0.3));
  const before = (await model.evaluate(asGiven(rows), targets as never)).loss as number;
  await model.fit(asGiven(rows), targets as never, { epochs: 5 });
  expect((await model.evaluate(asGiven(rows), targets as never)).loss).toBeLessThan(before);
});

test.each([
  ["clip", 'LSTM "node": clip'],
  ["input_forget", 'LSTM "node": input_forget'],
  ["activations that differ", 'LSTM "node": activations tanh and relu, which differ'],
  ["parameters", /RNN "node": activation LeakyRelu with 0.3\d* of a step/],
  ["constant lengths", 'RNN "node": constant lengths of the sequences, which hold for one size of batch alone'],
  ["constant states", 'RNN "node": constant states to begin with that differ from row to row of the batch'],
])("refuses %s", async (what, text) => {
  const bytes = bytesOf(`refused: ${what}`);
  await expect(load(bytes, { format: "onnx" })).rejects.toThrow(text);
  const { unsupported } = await inspect(bytes, { format: "onnx" });
  expect(unsupported).toEqual([typeof text === "string" ? text : expect.stringMatching(text)]);
});
