import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UnsupportedModel } from "../../src/formats/graph/unsupported.js";
import { load } from "../../src/formats/index.js";
import { operationRules } from "../../src/formats/onnx/export/operation.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";
import { pythonWith, savedOnnx } from "../support/format-fixtures.js";
import { asGiven, drawn, type Output } from "../support/judged.js";
import { drafted, namedCases, unjudged } from "../support/onnx-operations.js";

const opsets = [9, 10, 11, 13, 16, 18, 20];

/** The file, or undefined where it is refused because the operator set is too old. */
async function written(model: wg.BaseModel, opset: number): Promise<Buffer | undefined> {
  try {
    return await savedOnnx(model, opset);
  } catch (error) {
    const isTooOld = error instanceof UnsupportedModel && error.parts.every((part) => /it takes \d+$/.test(part));
    if (opset < 20 && isTooOld) return undefined;
    throw error;
  }
}

const numbers = (t: wg.Tensor): number[] => Array.from(t.toTypedArray(), Number);

test("every operation that is written is in a case", () => {
  const seen = namedCases.flatMap(([, draw]) =>
    drafted(draw)
      .model()
      .network.graph.steps.map(({ layer }) => String(layer.config.operation)),
  );
  expect(Object.keys(operationRules).filter((name) => !seen.includes(name))).toEqual([]);
});

describe.each(namedCases)("%s", (_, draw) => {
  test("comes back from ONNX files with the same outputs", async () => {
    const draft = drafted(draw);
    const model = drawn(draft.model());
    const want = model.predictAll(asGiven(draft.rows));
    for (const opset of opsets) {
      const file = await written(model, opset);
      if (!file) continue;
      const again = await load(file, { format: "onnx" });
      expect(again.inputShapes).toEqual(model.inputShapes);
      for (const [i, y] of again.predictAll(asGiven(draft.rows)).entries()) {
        const name = `operator set ${opset}, output ${i}`;
        expect(y.shape, name).toEqual(want[i]?.shape);
        expectClose(numbers(y), numbers(want[i] as wg.Tensor), 1e-5, 1e-6, name);
      }
    }
  });
});

test("judged by onnx.checker and onnxruntime", { timeout: 240_000 }, async (context) => {
  const python = pythonWith(context, "onnx", "onnxruntime", "numpy");
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-judge-"));
  const asked = [];
  const wanted: { name: string; y: wg.Tensor[] }[] = [];
  for (const [i, [name, draw]] of namedCases.entries()) {
    if (unjudged.includes(name)) continue;
    const draft = drafted(draw);
    const model = drawn(draft.model());
    const y = model.predictAll(asGiven(draft.rows));
    const x = Object.fromEntries(
      draft.rows.map((rows, place) => {
        const turned = rows.rank === 4 ? wg.transpose(rows, [0, 3, 1, 2]) : rows;
        return [model.inputNames[place] as string, { shape: turned.shape, values: numbers(turned) }];
      }),
    );
    for (const opset of opsets) {
      const bytes = await written(model, opset);
      if (!bytes) continue;
      const file = join(folder, `${i}-${opset}.onnx`);
      writeFileSync(file, bytes);
      asked.push({ file, x });
      wanted.push({ name: `${name}, operator set ${opset}`, y });
    }
  }
  const script = "test/fixtures/formats/onnx_judge.py";
  const printed = execFileSync(python, [script], { input: JSON.stringify(asked), encoding: "utf8", maxBuffer: 1e9 });
  rmSync(folder, { recursive: true });
  for (const [i, outputs] of (JSON.parse(printed) as Output[][]).entries()) {
    const { name, y } = wanted[i] as (typeof wanted)[number];
    for (const [j, { shape, values }] of outputs.entries()) {
      const mine = y[j] as wg.Tensor;
      const own = shape.join() === mine.shape.join() ? mine : wg.transpose(mine, [0, 3, 1, 2]);
      expect(shape, `${name}, output ${j}`).toEqual(own.shape);
      expectClose(values, numbers(own), 1e-5, 1e-5, `${name}, output ${j}`);
    }
  }
});
