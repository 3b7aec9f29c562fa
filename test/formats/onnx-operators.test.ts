import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { transposed } from "../../src/formats/graph/values.js";
import { load } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";

interface Numbers {
  shape: number[];
  values: number[];
}
const cases = JSON.parse(readFileSync("test/fixtures/formats/onnx_operators.json", "utf8")) as {
  op: string;
  opset: number;
  model: string;
  x: Numbers;
  y: Numbers[];
}[];

/** Images, and sequences that a window goes over, have their channels last here. */
const last = ({ shape, values }: Numbers) =>
  transposed({ data: Float32Array.from(values), shape, dtype: "float32" }, [
    0,
    ...shape.slice(2).map((_, i) => i + 2),
    1,
  ]);

for (const [i, { op, opset, model: file, x, y }] of cases.entries()) {
  test(`${op} of operator set ${opset} as onnxruntime has it (${i})`, async () => {
    const model = await load(Buffer.from(file, "base64"), { format: "onnx" });
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
  });
}
