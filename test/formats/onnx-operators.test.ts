import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { transposed } from "../../src/formats/graph/values.js";
import { load } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";
import { pythonWith, savedOnnx } from "../support/format-fixtures.js";

interface Numbers {
  shape: number[];
  values: number[];
}
interface Case {
  op: string;
  opset: number;
  model: string;
  x: Numbers;
  y: Numbers[];
}
const cases = JSON.parse(readFileSync("test/fixtures/formats/onnx_operators.json", "utf8")) as Case[];

const array = ({ shape, values }: Numbers) => ({ data: Float32Array.from(values), shape, dtype: "float32" as const });

/** Images, and sequences that a window goes over, have their channels last here. */
const last = (x: Numbers) => transposed(array(x), [0, ...x.shape.slice(2).map((_, i) => i + 2), 1]);

const channelsFirst = (x: Numbers) =>
  transposed(array(x), [0, x.shape.length - 1, ...x.shape.slice(2).map((_, i) => i + 1)]);

const opened = ({ model }: Case) => load(Buffer.from(model, "base64"), { format: "onnx" });

function expectOutputs(model: wg.BaseModel, { x, y }: Case): void {
  const isTurned = model.inputShape.join() !== x.shape.slice(1).join();
  const input = isTurned || x.shape.length === 4 ? last(x) : { data: Float32Array.from(x.values), shape: x.shape };
  const got = model.predictAll(wg.tensor(input.data, input.shape));
  expect(got.length).toBe(y.length);
  for (const [j, want] of y.entries()) {
    const { shape } = got[j] as wg.Tensor;
    const same = shape.join() === want.shape.join();
    // What comes from windows and the like has its channels last, as images here have.
    const values = same ? want.values : Array.from(last(want).data);
    if (!same) expect(shape).toEqual(last(want).shape);
    expectClose((got[j] as wg.Tensor).toTypedArray(), values, 1e-5, 1e-6, `output ${j}`);
  }
}

for (const [i, each] of cases.entries()) {
  test(`${each.op} of operator set ${each.opset} as onnxruntime has it (${i})`, async () => {
    expectOutputs(await opened(each), each);
  });

  test(`${each.op} goes out again (${i})`, async () => {
    expectOutputs(await load(await savedOnnx(await opened(each), 20), { format: "onnx" }), each);
  });
}

test("what goes out again is what onnxruntime had, in an older and the newest operator set", {
  timeout: 240_000,
}, async (context) => {
  const python = pythonWith(context, "onnx", "onnxruntime", "numpy");
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-judge-"));
  const asked: { file: string; x: Record<string, Numbers> }[] = [];
  const wanted: Case[] = [];
  for (const [i, each] of cases.entries()) {
    const model = await opened(each);
    for (const opset of [14, 20]) {
      const file = join(folder, `${each.op}-${i}-${opset}.onnx`);
      writeFileSync(file, await savedOnnx(model, opset));
      asked.push({ file, x: { [model.inputNames[0] as string]: each.x } });
      wanted.push(each);
    }
  }
  const script = "test/fixtures/formats/onnx_judge.py";
  const printed = execFileSync(python, [script], { input: JSON.stringify(asked), encoding: "utf8", maxBuffer: 1e9 });
  const found = JSON.parse(printed) as Numbers[][];
  rmSync(folder, { recursive: true });
  for (const [i, outputs] of found.entries()) {
    const { y } = wanted[i] as Case;
    for (const [j, { shape, values }] of outputs.entries()) {
      const where = `${asked[i]?.file}, output ${j}`;
      const want = y[j] as Numbers;
      // Of four axes it is not known whether they are an image: they may come with their channels in the other place.
      const placed = [array(want), last(want), channelsFirst(want)].find((each) => each.shape.join() === shape.join());
      expect(placed, where).toBeDefined();
      expectClose(values, Array.from(placed?.data ?? []), 1e-5, 1e-5, where);
    }
  }
});
