// Loads a model as a page can, and says what it predicts.

import * as wg from "wasmgrad";
import { load } from "wasmgrad/formats";

export async function fromUrl(url) {
  const told = [];
  const found = await predicted(url, { onProgress: (done, total, file) => told.push({ done, total, file }) });
  return { ...found, told };
}

/** As one that the user chose. */
export async function fromFile(url) {
  const name = url.slice(url.lastIndexOf("/") + 1);
  return predicted(new File([await fetched(url)], name), { format: formatOf(url) });
}

export async function fromBlob(url) {
  return predicted(new Blob([await fetched(url)]), { format: formatOf(url) });
}

const fetched = async (url) => (await fetch(url)).arrayBuffer();
const formatOf = (url) => (url.endsWith(".onnx") ? "onnx" : "safetensors");

async function predicted(source, options) {
  await wg.init({ numerics: "strict" });
  const model = await load(source, options);
  const shape = [2, ...model.inputShape];
  const length = shape.reduce((a, b) => a * b);
  // Whole numbers alone: the sine of an engine is its own.
  const data = Float32Array.from({ length }, (_, i) => ((i * 31) % 97) / 64 - 0.75);
  return { shape, outputs: Array.from(model.predict({ data, shape }).toTypedArray()) };
}
