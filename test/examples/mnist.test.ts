import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { needsSharedData, sharedData } from "../support/shared-data.js";

/** What `npm start` runs takes 8 s on a core of its own; here it shares the machine with other tests. */
const TIMEOUT = 300_000;
let folder: string;

beforeAll(() => {
  execFileSync(process.execPath, ["src/tools/prepare.mjs"]);
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-start-"));
}, TIMEOUT);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, ["examples/mnist.js", ...args], (error, stdout, stderr) => {
      done({ code: error ? Number(error.code) || 1 : 0, stdout, stderr });
    });
  });
}

test(
  "--model cnn learns digits from 6,000 images in one epoch, tells each class's accuracy and saves what it learned",
  async (context) => {
    needsSharedData(context);
    const file = join(folder, "digits.safetensors");
    const few = ["--images", "6000", "--epochs", "1", "--data", sharedData, "--save", file];
    const { code, stdout, stderr } = await start("--model", "cnn", ...few);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("mnist: 6000 training and 10000 test images");
    expect(stdout).toMatch(/^epoch 1\/1 {2}loss 0\.\d+ {2}accuracy 0\.\d+/m);
    expect(stdout).toMatch(/^trained in [\d.]+ s$/m);
    expect(stdout.match(/^ {2}\d {2}0\.\d{4} {2}█+$/gm)).toHaveLength(10);
    const accuracy = /^test accuracy: (\S+)$/m.exec(stdout)?.[1];
    expect(Number(accuracy)).toBeGreaterThanOrEqual(0.95);
    expect(Number(accuracy)).toBeLessThan(1);

    const again = `
      import { mnist } from "wasmgrad/data";
      import { load } from "wasmgrad/formats";
      const { test } = await mnist({ dir: ${JSON.stringify(sharedData)}, oneHot: true });
      console.log((await (await load(${JSON.stringify(file)})).evaluate(test)).accuracy.toFixed(4));`;
    const loaded = execFileSync(process.execPath, ["--input-type=module", "--eval", again], { encoding: "utf8" });
    expect(loaded.trim()).toBe(accuracy);
  },
  TIMEOUT,
);

test("--help lists the options, and what they are for each model", async () => {
  const { code, stdout } = await start("--help");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}--model NAME +mlp \(default\).* cnn/m);
  expect(stdout).toMatch(/^ {2}mlp, mnist +10 epochs, batch size 128, learning rate 0\.002$/m);
  expect(stdout).toMatch(/^ {2}cnn, fashion-mnist +\d+ epochs, batch size \d+, learning rate 0\.\d+$/m);
});

test.each([
  ["--model rnn", '--model expected mlp or cnn, got "rnn"'],
  ["--model toString", '--model expected mlp or cnn, got "toString"'],
  ["--dataset cifar", '--dataset expected mnist or fashion-mnist, got "cifar"'],
  ["--images 0", '--images expected a whole number ≥ 1, got "0"'],
  ["--epochs 1.5", '--epochs expected a whole number ≥ 1, got "1.5"'],
  ["--learning-rate fast", '--learning-rate expected a number > 0, got "fast"'],
  ["--learning-rate Infinity", '--learning-rate expected a number > 0, got "Infinity"'],
  ["--modle cnn", "Unknown option '--modle'; npm start -- --help lists the options"],
])("%s is refused", async (args, message) => {
  const { code, stderr } = await start(...args.split(" "));
  expect(stderr.trim()).toBe(message);
  expect(code).toBe(1);
});
