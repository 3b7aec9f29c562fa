import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { inspect, load, loadWeights, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { drawn } from "../support/judged.js";

const { layers } = wg;
const fixtures = "test/fixtures/formats/keras";
const folder = mkdtempSync(join(tmpdir(), "wasmgrad-weights-"));
afterAll(() => rmSync(folder, { recursive: true }));

const values = (model: wg.BaseModel) => model.getWeights().map((w) => Array.from(w.toTypedArray()));

describe.each(["cnn", "sequence", "words"])("%s", (name) => {
  test.each(["keras", "h5", "weights.h5"])("its .%s gives a model made anew its weights", async (ending) => {
    const file = `${fixtures}/${name}.${ending}`;
    const model = await load(`${fixtures}/${name}.keras`);
    const other = drawn(model.copy());
    const names = await loadWeights(other, file);
    expect(values(other)).toEqual(values(model));
    expect(Object.keys(names).sort()).toEqual(
      [...new Set(model.parameters.list.map(({ name }) => name.split("/")[0] as string))].sort(),
    );
  });
});

test("a graph's layers are found by Keras's order, not by that in which they were made", async () => {
  const make = () => {
    const x = wg.input({ shape: [4] });
    const [last, first] = [layers.dense({ units: 4, name: "last" }), layers.dense({ units: 4, name: "first" })];
    const side = layers.dense({ units: 4, name: "side" }).apply(x);
    return wg.model({ inputs: x, outputs: layers.add().apply([last.apply(first.apply(x)), side]) });
  };
  for (const ending of ["keras", "h5"]) {
    const model = drawn(make());
    await save(model, join(folder, `m.${ending}`));
    const other = make();
    const names = await loadWeights(other, join(folder, `m.${ending}`));
    expect(values(other)).toEqual(values(model));
    if (ending === "keras") expect(names).toEqual({ first: "dense", last: "dense_1", side: "dense_2" });
    else expect(names).toEqual({ first: "first", last: "last", side: "side" });
  }
});

test("a file of another model is refused, and the model stays as it is", async () => {
  const model = drawn(wg.sequential([layers.dense({ units: 3, inputShape: [2] })]));
  const before = values(model);
  for (const file of ["cnn.h5", "cnn.keras", "sequence.weights.h5"]) {
    await expect(loadWeights(model, `${fixtures}/${file}`)).rejects.toThrow(/loadWeights: .*expected/);
  }
  const other = wg.sequential([layers.dense({ units: 2, inputShape: [2] })]);
  await save(other, join(folder, "other.keras"));
  await expect(loadWeights(model, join(folder, "other.keras"))).rejects.toThrow(
    '"dense/kernel" expected [2, 3], got [2, 2]',
  );
  expect(values(model)).toEqual(before);
});

test("a file of weights alone says what to do", async () => {
  await expect(load(`${fixtures}/words.weights.h5`)).rejects.toThrow(/call loadWeights\(model, …\)/);
  await expect(inspect(`${fixtures}/words.weights.h5`)).rejects.toThrow(/weights alone/);
});

const shared = "../shared/models/keras/weights";
test.skipIf(!existsSync(shared))("Keras 1 and 2: by the place of the layers", async () => {
  const file = `${shared}/dense_tensorflow_2.h5`;
  const model = await load(file);
  const other = drawn(model.copy());
  await loadWeights(other, file);
  expect(values(other)).toEqual(values(model));
});
