import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { minMaxScale, standardize, Table, type Tabular, tabular } from "../../src/data/index.js";
import { inspect, load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { FormatError } from "../../src/util/errors.js";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "preprocessing-"));
  file = join(folder, "m.safetensors");
});
afterEach(() => rmSync(folder, { recursive: true }));

const model = () => wg.sequential([wg.layers.dense({ units: 1, inputShape: [4] })]);
const train = Table.fromColumns({ age: [20, null, 41], city: ["Oslo", "Bern", null], pay: [1, 2, 3] });
const fitted = () => ({
  x: tabular(train, { y: "pay" }),
  y: standardize([[1], [2], [6]]),
  z: minMaxScale([[1], [3]], { range: [-1, 1] }),
});
/** The rows of a prediction from a table, as they come out of a model and its preprocessing. */
const predicted = async (m: wg.BaseModel, prep: Tabular) => {
  for await (const { x } of prep.transform(train).batch(3)) return m.predict(x).toArray();
  return undefined;
};

test("is saved with the model and comes back ready, as inspect shows", async () => {
  const m = model();
  const preprocessing = fitted();
  await save(m, file, { preprocessing });
  const again = await load(file);
  expect(Object.keys(again.preprocessing)).toEqual(["x", "y", "z"]);
  expect(await predicted(again, again.preprocessing.x as Tabular)).toEqual(await predicted(m, preprocessing.x));
  expect(again.preprocessing.y?.config).toEqual(preprocessing.y.config);
  const back = (again.preprocessing.z as typeof preprocessing.z).inverse([[0], [1]]);
  expect([...back.data]).toEqual([2, 3]);
  expect((await inspect(file)).preprocessing).toEqual(
    Object.fromEntries(Object.entries(preprocessing).map(([name, { config }]) => [name, config])),
  );
});

test("a model that has it keeps it: saved again, copied, in a checkpoint", async () => {
  const m = model();
  m.preprocessing = fitted();
  m.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  await m.fit((m.preprocessing.x as Tabular).transform(train), {
    epochs: 1,
    callbacks: [wg.callbacks.modelCheckpoint({ path: file })],
  });
  const again = await load(file);
  expect(Object.keys(again.preprocessing)).toEqual(["x", "y", "z"]);
  await save(again.copy(), file);
  expect(Object.keys((await load(file)).preprocessing)).toEqual(["x", "y", "z"]);
});

test("a model without it has none, and its file says nothing of it", async () => {
  await save(model(), file);
  expect((await load(file)).preprocessing).toEqual({});
  expect((await inspect(file)).preprocessing).toEqual({});
  expect((await inspect(file)).metadata.preprocessing).toBeUndefined();
});

test("damage is an error that names what cannot be made", async () => {
  await save(model(), file, { preprocessing: fitted() });
  const text = readFileSync(file, "latin1");
  writeFileSync(file, text.replace('\\"kind\\":\\"standardize\\"', '\\"kind\\":\\"standardise\\"'), "latin1");
  await expect(load(file)).rejects.toThrow(FormatError);
  await expect(load(file)).rejects.toThrow(
    /m\.safetensors: metadata "preprocessing": "y": preprocessor: config\.kind expected one of/,
  );
});
