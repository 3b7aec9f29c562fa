import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { transposed } from "../../src/formats/graph/values.js";
import { inspect, load } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";

const folder = "test/fixtures/formats/networks";
const { default: goldens } = { default: JSON.parse(readFileSync(`${folder}.json`, "utf8")) } as {
  default: Record<string, Record<"x" | "y", { shape: number[]; values: number[] }>>;
};
const files = readdirSync(folder);

/** As PyTorch has it, but images with their channels last. */
function tensorOf({ shape, values }: { shape: number[]; values: number[] }, unit = 1): wg.Tensor {
  const array = { data: Float32Array.from(values, (v) => v / unit), shape, dtype: "float32" as const };
  const turned = shape.length === 4 ? transposed(array, [0, 2, 3, 1]) : array;
  return wg.tensor(turned.data, turned.shape);
}

describe.each(files)("%s", (file) => {
  const { x, y } = goldens[file.split(/[-.]/)[0] as string] as (typeof goldens)[string];
  const [inputs, outputs] = [tensorOf(x, 32), tensorOf(y)];

  test("has the outputs that PyTorch has", async () => {
    const model = await load(`${folder}/${file}`);
    const got = model.predict(inputs);
    expect(got.shape).toEqual(outputs.shape);
    const most = Math.max(...outputs.toTypedArray().map(Math.abs));
    expectClose(got.toTypedArray(), Array.from(outputs.toTypedArray()), 1e-5, 1e-5 * most, "y");
    // Rows do not see each other, whatever the graph does with its axes.
    const first = model.predict(wg.slice(inputs, [0], [1]));
    expect(Array.from(first.toTypedArray())).toEqual(Array.from(got.toTypedArray().slice(0, first.size)));
  });

  test("learns on", async () => {
    const model = await load(`${folder}/${file}`);
    model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.01 }), loss: "meanSquaredError" });
    const targets = wg.add(outputs, wg.randomNormal(outputs.shape, 0, 0.1));
    const before = (await model.evaluate(inputs, targets)).loss as number;
    await model.fit(inputs, targets, { epochs: 3 });
    expect((await model.evaluate(inputs, targets)).loss).toBeLessThan(before);
  });

  test("is kept by a file of our own", async () => {
    const model = await load(`${folder}/${file}`);
    const parts: Uint8Array[] = [];
    const { save } = await import("../../src/formats/index.js");
    await save(model, {
      getWriter: () => ({ write: async (part) => void parts.push(part), close: async () => undefined }),
    });
    const again = await load(Buffer.concat(parts));
    expect(again.predict(inputs).toTypedArray()).toEqual(model.predict(inputs).toTypedArray());
  });

  test("is inspected", async () => {
    const found = await inspect(`${folder}/${file}`);
    expect(found).toMatchObject({ format: "onnx", unsupported: [] });
    expect(found.metadata.producer).toMatch(/^pytorch/);
    expect(found.metadata.inputs).toMatch(/^x float32 \[batch, /);
  });
});
