import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { npy, npyBytes, Table, tabular } from "../../src/data/index.js";
import { load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { formatFixtures, unpacked, type Written } from "../support/format-fixtures.js";
import { RecordingTerminal } from "./support/terminal.js";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

const terminal = new RecordingTerminal();
beforeEach(() => terminal.reset());
const command = (...args: string[]) => terminal.command(...args);

const image = wg.sequential([
  wg.layers.conv2d({ filters: 2, kernelSize: 3, activation: "tanh", inputShape: [8, 8, 1] }),
  wg.layers.flatten(),
  wg.layers.dense({ units: 3, activation: "softmax" }),
]);
const plain = wg.sequential([wg.layers.dense({ units: 2, inputShape: [3] })]);

beforeAll(async () => {
  await save(image, at("image.safetensors"));
  await save(plain, at("plain.safetensors"));
});

describe("inspect", () => {
  test("shows format, sizes and the graph, and tells how far the file has come", async () => {
    const { code, out } = await command("inspect", at("image.safetensors"));
    expect(code).toBe(0);
    for (const part of ["format   safetensors", "conv2d (conv2d)", "[batch, 6, 6, 2]", "total 239", "supported"]) {
      expect(out).toContain(part);
    }
    const { length } = readFileSync(at("image.safetensors"));
    expect(terminal.seen).toContainEqual([length, length]);
  });

  test("the same as JSON", async () => {
    const { out } = await command("inspect", at("image.safetensors"), "--json");
    const found = JSON.parse(out);
    expect(found.counts).toEqual({ tensors: 4, numbers: 239, bytes: 956 });
    expect(found.graph.layers.map(({ kind }: { kind: string }) => kind)).toEqual(["conv2d", "flatten", "dense"]);
    expect(found.graph.parameters).toBe(239);
  });

  test("says how a model is trained, and what of that is left out", async () => {
    const { out } = await command("inspect", "test/fixtures/formats/keras_training/adamw.keras");
    for (const part of [
      "adamw, learning rate sequence, 3 steps done",
      "values: meanSquaredError; yes: binaryCrossentropy × 0.5",
      "values: meanAbsoluteError; yes: accuracy",
    ]) {
      expect(out).toContain(part);
    }
    expect(out).not.toContain("Left out");
    await command("inspect", "test/fixtures/formats/keras_training/refused-optimizer.keras");
    expect(terminal.printed.at(-1)).toContain("Left out of how it is trained");
    expect(terminal.printed.at(-1)).toContain('– Ftrl "ftrl": no such optimizer here');
    const { code } = await command("inspect", "test/fixtures/formats/keras_training/sgd.keras", "--json");
    expect(code).toBe(0);
    const { compiled, training } = JSON.parse(terminal.printed.at(-1) as string);
    expect(training).toEqual([]);
    expect(compiled).toMatchObject({
      optimizer: { name: "sgd", config: { learningRate: 0.1 } },
      outputs: [{ loss: { name: "meanSquaredError" }, weight: 1, metrics: [{ name: "meanAbsoluteError" }] }],
      step: 3,
    });
  });

  test("ends with 3 where no model can be made, and says of what", async () => {
    const { kinds } = formatFixtures<unknown>("onnx_models");
    writeFileSync(at("bad.onnx"), unpacked(kinds as Written<unknown>));
    const { out, code } = await command("inspect", at("bad.onnx"));
    expect(out).toContain("No model can be made of");
    expect(code).toBe(3);
  });
});

describe("convert", () => {
  test("what comes out predicts the same", async () => {
    const { code, out } = await command("convert", at("image.safetensors"), at("image.onnx"), "--opset", "13");
    expect([code, out]).toEqual([0, expect.stringContaining("3 layers, 239 parameters")]);
    const x = wg.randomNormal([4, 8, 8, 1]);
    const again = (await load(at("image.onnx"))).predict(x).toTypedArray();
    const wanted = image.predict(x).toTypedArray();
    expect(Math.max(...wanted.map((value, i) => Math.abs(value - (again[i] as number))))).toBeLessThan(1e-6);
    const { out: json } = await command("convert", at("image.onnx"), at("back.safetensors"), "--json");
    expect(JSON.parse(json.split("\n").at(-1) as string)).toMatchObject({ parameters: 239 });
  });

  test("errors say what to do, and end with 1, or 2 where the command line is wrong", async () => {
    expect(await command("convert", at("missing.onnx"), at("x.onnx"))).toMatchObject({ code: 1 });
    expect(terminal.noted.at(-1)).toMatch(/^error read ".*missing.onnx": no such file; check the path$/);
    expect(await command("convert", at("image.safetensors"), at("x.xyz"))).toMatchObject({ code: 1 });
    expect(terminal.noted.at(-1)).toMatch(
      /^error save: file expected an extension of .*; rename it or pass \{ format \}$/,
    );
    expect(await command("convert", at("image.safetensors"))).toMatchObject({ code: 2 });
    expect(terminal.noted.at(-1)).toMatch(/^error expected IN OUT, got .*; see wasmgrad convert --help$/);
    expect(await command("convert", "a", "b", "--opset", "x")).toMatchObject({ code: 2 });
    expect(terminal.noted.at(-1)).toMatch(/^error --opset expected a whole number from 1 on, got "x"/);
    expect(await command("convert", "a", "b", "--from", "x")).toMatchObject({ code: 2 });
    expect(await command("convert", "a", "b", "--speed", "x")).toMatchObject({ code: 2 });
    expect(terminal.noted.at(-1)).toBe("error Unknown option '--speed'; see wasmgrad convert --help");
    expect(await command("invert")).toMatchObject({ code: 2 });
    expect(terminal.noted.at(-1)).toBe(
      'error command expected inspect, convert, predict, search, got "invert"; did you mean "convert"? See wasmgrad --help',
    );
    expect(await command("dance")).toMatchObject({ code: 2 });
    expect(terminal.noted.at(-1)).toMatch(/got "dance"; see wasmgrad --help$/);
    expect(await command()).toMatchObject({ code: 2 });
    expect(await command("--help")).toMatchObject({ code: 0 });
    expect(await command("--version")).toMatchObject({ code: 0 });
    for (const name of ["inspect", "convert", "predict"]) {
      expect(await command(name, "--help")).toMatchObject({ code: 0 });
      expect(terminal.printed.at(-1)).toContain(`Usage: wasmgrad ${name}`);
    }
  });
});

describe("predict", () => {
  test("on NPY: rows as text, JSON, and files", async () => {
    const x = wg.randomNormal([5, 3]);
    writeFileSync(at("x.npy"), npyBytes({ data: x.toTypedArray(), shape: x.shape }));
    const wanted = plain.predict(x);
    const { code, out } = await command("predict", at("plain.safetensors"), at("x.npy"));
    expect([code, out.split("\n").length]).toEqual([0, 5]);
    await command("predict", at("plain.safetensors"), at("x.npy"), "--json");
    expect(JSON.parse(terminal.printed.at(-1) as string)).toEqual({ dense: wanted.toArray() });
    await command("predict", at("plain.safetensors"), at("x.npy"), "--output", at("y.npy"));
    expect((await npy(at("y.npy"))).data).toEqual(wanted.toTypedArray());
    await command("predict", at("plain.safetensors"), at("x.npy"), "--output", at("y.csv"));
    const rows = readFileSync(at("y.csv"), "utf8").trim().split("\n");
    expect(rows.map((row) => row.split(",").map(Number))).toEqual(wanted.toArray());
  });

  test("on CSV: numbers as they are, a table with what was fitted on the training data", async () => {
    writeFileSync(at("x.csv"), "a,b,c\n1,2,3\n4,5,6\n");
    await command("predict", at("plain.safetensors"), at("x.csv"), "--json");
    const wanted = plain.predict([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(JSON.parse(terminal.printed.at(-1) as string)).toEqual({ dense: wanted.toArray() });

    const table = Table.fromColumns({ size: [1, 2, 3, 4], color: ["red", "blue", "red", "blue"] });
    const x = tabular(table);
    writeFileSync(at("t.csv"), "size,color\n1,red\n4,blue\n");
    const rows: number[][] = [];
    for await (const batch of x.transform(table).batch(4)) rows.push(...(batch.x.toArray() as number[][]));
    const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [(rows[0] as number[]).length] })]);
    await save(model, at("t.safetensors"), { preprocessing: { x } });
    await command("predict", at("t.safetensors"), at("t.csv"), "--json");
    const both = model.predict([rows[0] as number[], rows[3] as number[]]).toArray();
    expect(JSON.parse(terminal.printed.at(-1) as string)).toEqual({ dense: both });
    const { code, error } = await command("predict", at("plain.safetensors"), at("t.csv"));
    expect([code, error]).toEqual([1, expect.stringContaining('got string in "color"')]);
  });

  test("on an image, brought to the model's size; the likeliest classes by name", async () => {
    const data = Uint8Array.from({ length: 256 }, (_, i) => i);
    writeFileSync(at("x.png"), encode({ width: 16, height: 16, channels: 1, data }));
    const { code, out } = await command(
      "predict",
      at("image.safetensors"),
      at("x.png"),
      "--classes",
      "cat,dog,cow",
      "--top",
      "2",
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^row 0 {4}(cat|dog|cow) 0\.\d{4} {3}(cat|dog|cow) 0\.\d{4}$/);
    await command("predict", at("image.safetensors"), at("x.png"), "--json", "--pixels", "bytes");
    await command("predict", at("image.safetensors"), at("x.png"), "--json");
    expect(terminal.printed.at(-1)).not.toBe(terminal.printed.at(-2));
    expect(await command("predict", at("plain.safetensors"), at("x.png"))).toMatchObject({ code: 1 });
    expect(await command("predict", at("image.safetensors"), at("x.gif"))).toMatchObject({ code: 2 });
    expect(await command("predict", at("image.safetensors"), at("x.png"), "--pixels", "odd")).toMatchObject({
      code: 2,
    });
    expect(await command("predict", "m", "x", "--output", "y.txt")).toMatchObject({ code: 2 });
  });
});
