import type { FileFormat } from "../format.js";
import { decodeOnnx } from "./decode.js";
import { importOnnx } from "./import.js";

export const onnx: FileFormat = {
  load: async (file, { file: external }) => importOnnx(await decodeOnnx("load", file, { external }), file.name),
  inspect: async (file, beside) => (await import("./inspect.js")).inspectOnnx(file, beside),
  async save(model, { opset = 17 }) {
    const [{ exportOnnx }, { encodeOnnx }] = await Promise.all([import("./export/export.js"), import("./encode.js")]);
    return [{ location: "", parts: await encodeOnnx("save", exportOnnx(model, opset)) }];
  },
};
