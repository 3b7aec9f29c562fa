import { expect } from "vitest";
import { inspect, load, save } from "../../src/formats/index.js";
import type { BaseModel } from "../../src/index.js";

/**
 * Saves a model compiled with an optimizer, a loss and a metric that a format has no equal of: they are left out, listed where they are asked for,
 * and a known metric beside the unknown one is kept.
 */
export async function expectLeftOut(
  model: BaseModel,
  file: string,
  settings: Parameters<BaseModel["compile"]>[0] & { readonly metrics: readonly [string] },
  listed: readonly string[],
): Promise<void> {
  model.compile(settings);
  await save(model, file);
  expect(await inspect(file)).not.toHaveProperty("training");
  for (const part of listed) await expect(save(model, file, { includeOptimizer: true })).rejects.toThrow(part);
  model.compile({ optimizer: "sgd", loss: "mse", metrics: [settings.metrics[0], "mae"] });
  await save(model, file);
  expect((await load(file)).compiled?.heads[0]?.metrics.map(({ name }) => name)).toEqual(["meanAbsoluteError"]);
  await save(model, file, { includeOptimizer: false });
  expect((await load(file)).compiled).toBeUndefined();
}
