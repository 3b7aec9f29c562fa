// Kernels that come by URL.

import * as wg from "wasmgrad";
import { load } from "wasmgrad/formats";
import { train } from "./bits.js";

const warnings = [];
console.warn = (text) => warnings.push(text);

/** What a network comes to with them, and all that the page has fetched for it. */
export async function trainBy(wasmUrl, threads) {
  await wg.init({ wasmUrl, numerics: "strict", threads });
  const { bits, offloaded } = await train("wide", threads);
  return { bits, isShared: offloaded > 0, warnings, fetched: fetched() };
}

/** What a model that is loaded predicts with. */
export async function predictBy(wasmUrl, file) {
  await wg.init({ wasmUrl, numerics: "strict", threads: 1 });
  const model = await load(file);
  const x = { data: new Float32Array(64).fill(0.5), shape: [1, ...model.inputShape] };
  return { outputs: Array.from(model.predict(x).toTypedArray()), fetched: fetched() };
}

/** What a URL is refused for, and whether the library goes on with another. */
export async function refusedBy(wasmUrl, other) {
  const { name, message } = await wg.init({ wasmUrl, numerics: "strict", threads: 1 }).catch((error) => error);
  await wg.init({ wasmUrl: other });
  return { name, message, value: wg.matmul([[1, 2]], [[3], [4]]).item() };
}

const fetched = () => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
