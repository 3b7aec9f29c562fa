import { createHash } from "node:crypto";
import { afterEach } from "vitest";
import * as wg from "../../src/index.js";
import type { BaseModel } from "../../src/model/base.js";
import { inWorker, type RemoteModel } from "../../src/worker/index.js";
import { inProcess } from "../support/in-process.js";

const open: RemoteModel[] = [];
afterEach(() => {
  for (const remote of open.splice(0)) remote.terminate();
});

/** The model in a worker that ends with the test. */
export async function moved<M extends BaseModel>(model: M): Promise<RemoteModel<M>> {
  const remote = await inWorker(model, { worker: inProcess });
  open.push(remote);
  return remote;
}

/** SHA-256 of all weights. */
export function bitsOf(model: BaseModel): string {
  const hash = createHash("sha256");
  for (const weight of model.getWeights()) hash.update(new Uint8Array(weight.toTypedArray().buffer));
  return hash.digest("hex");
}

/** Two blobs, one around each of two points. */
export function blobs(rows = 60) {
  const x = new Float32Array(rows * 3).map((_, i) => Math.sin(i * 12.9898) + (i % 6 < 3 ? 1 : -1));
  const y = new Int32Array(rows).map((_, i) => i % 2);
  return { x: { data: x, shape: [rows, 3] }, y };
}

/** What draws random numbers, moves by itself and keeps moments. */
export function network({ optimizer = "adam", ...more }: Partial<wg.CompileOptions> = {}) {
  wg.setSeed(11);
  const model = wg.sequential([
    wg.layers.dense({ units: 8, activation: "relu", inputShape: [3] }),
    wg.layers.batchNormalization(),
    wg.layers.dropout({ rate: 0.2 }),
    wg.layers.dense({ units: 2, activation: "softmax" }),
  ]);
  return model.compile({ optimizer, loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"], ...more });
}
