import { expect, test } from "vitest";
import { load, loadWeights, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { joined } from "../support/format-fixtures.js";

const UNITS = 512;
const LAYERS = 8;
const own = 4 * LAYERS * (UNITS + 1) * UNITS;

const made = () =>
  wg.sequential(
    Array.from({ length: LAYERS }, () =>
      wg.layers.dense({ units: UNITS, inputShape: [UNITS], kernelInitializer: "zeros" }),
    ),
  );

async function written(format: "onnx" | "keras" | "pytorch" | "safetensors"): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const target = {
    getWriter: () => ({ write: async (part: Uint8Array) => void parts.push(part), close: async () => undefined }),
  };
  await save(made(), target, { format });
  return joined(parts);
}

/** Bytes that a function leaves in the memory of the kernels, the room for one weight at a time among them. */
async function grownBy(run: () => Promise<unknown>): Promise<number> {
  const before = wg.memory().live;
  const kept = await run();
  const after = wg.memory().live;
  expect(kept).toBeDefined();
  return after - before;
}

test.each(["onnx", "keras", "safetensors"] as const)("a model of %s is held once", async (format) => {
  const bytes = await written(format);
  expect(await grownBy(() => load(bytes, { format }))).toBeLessThan(1.3 * own);
});

test.each(["pytorch", "safetensors"] as const)(
  "weights of %s go into a model without a second copy",
  async (format) => {
    const bytes = await written(format);
    const model = made();
    model.predict(wg.zeros([1, UNITS]));
    expect(await grownBy(() => loadWeights(model, bytes, { format }))).toBeLessThan(0.05 * own);
  },
);
