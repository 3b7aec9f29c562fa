// What a page is told where no optional package is installed.

import * as wg from "wasmgrad";
import { csv, images } from "wasmgrad/data";
import { load, save } from "wasmgrad/formats";
import { graph, lineChart } from "wasmgrad/report";

/** An archive with a deflated entry. */
const ZIP =
  "UEsDBBQAAAAIAK52fV3jG0WVBwAAACgAAAANAAAAbWV0YWRhdGEuanNvbquurSYKAgBQSwECFAMUAAAACACudn1d4xtFlQcAAAAoAAAADQAAAAAAAAAAAAAAgAEAAAAAbWV0YWRhdGEuanNvblBLBQYAAAAAAQABADsAAAAyAAAAAAA=";
const JPEG = [0xff, 0xd8, 0xff, 0xd9];
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const line = { name: "train", x: [1, 2], y: [2, 1] };
const model = () => wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);

/** Something that needs each. */
const calls = {
  "@bufbuild/protobuf": () => load(new Uint8Array(8), { format: "onnx" }),
  fflate: () => load(bytesOf(ZIP), { format: "keras" }),
  h5wasm: () => save(model(), new TransformStream().writable, { format: "keras" }),
  "csv-parse": () => csv(new Blob(["a,b\n1,2\n"])),
  "jpeg-js": () => images([{ name: "a/1.jpg", source: Uint8Array.from(JPEG) }]),
  "fast-png": () => images([{ name: "a/1.png", source: Uint8Array.from(PNG) }]),
  echarts: () => lineChart({ title: "loss", x: { title: "epoch" }, y: { title: "loss" }, series: [line] }),
  "@dagrejs/dagre": () => graph(model()),
};

/** The error of each call, by the package. */
export async function refusals() {
  const told = Object.entries(calls).map(async ([name, call]) => [name, await call().catch(String)]);
  return Object.fromEntries(await Promise.all(told));
}
