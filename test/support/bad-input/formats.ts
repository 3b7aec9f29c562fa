import { standardize } from "../../../src/data/index.js";
import * as formats from "../../../src/formats/index.js";
import { and, arg, NOTHING, options, type Row, row, text } from "./arguments.js";
import { model } from "./classes.js";

/** The bytes of a model's file. */
async function saved(): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const write = async (bytes: Uint8Array) => void parts.push(bytes);
  await formats.save(model(), { getWriter: () => ({ write, close: async () => undefined }) });
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const sink = { getWriter: () => ({ write: async () => undefined, close: async () => undefined }) };
const file = options(text("format", "safetensors", "onxx"));
const source = arg("", await saved(), ...NOTHING, 3, {}, "missing.safetensors", new Uint8Array(0), new Uint8Array(99));
/** Of PyTorch's and NumPy's files. */
const elsewhere = [
  arg("names", undefined, 3, [], { x: "y" }),
  arg("framework", undefined, "lasagne", 3),
  arg("flipFilters", undefined, "yes", true),
];
export const formatRows: Record<string, Row> = {
  inspect: and(row(formats.inspect, source, file), ["m.txt"]),
  loadWeights: and(
    row(
      formats.loadWeights,
      arg("model", model(), ...NOTHING, 3, {}, "m"),
      source,
      options(text("format", "safetensors", "onxx", "onnx"), ...elsewhere),
    ),
    [model(), "m.txt"],
  ),
  // Of a browser alone.
  listModels: { ...row(formats.listModels), costly: true },
  removeModel: {
    ...row(
      formats.removeModel,
      arg("path", "opfs://m.onnx", ...NOTHING, 3, "", "m.onnx", "opfs://", "downloads://m.onnx"),
    ),
    costly: true,
  },
  load: and(row(formats.load, source, file), ["m.txt"]),
  save: and(
    row(
      formats.save,
      arg("model", model(), ...NOTHING, 3, {}, "m"),
      arg("", sink, ...NOTHING, 3, {}, ""),
      options(
        text("format", "safetensors", "onxx"),
        ...elsewhere,
        arg("preprocessing", { x: standardize([[1], [2]]) }, 3, [], { x: 3 }, { x: {} }, standardize([[1], [2]])),
      ),
    ),
    [model(), "m.txt"],
  ),
};
