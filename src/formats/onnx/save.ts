import type { BaseModel } from "../../model/base.js";
import { encodeOnnx } from "./encode.js";
import { exportOnnx } from "./export/export.js";

/** The parts of an `.onnx` file. */
export function saveOnnx(model: BaseModel, opset: number): Promise<Uint8Array[]> {
  return encodeOnnx("save", exportOnnx(model, opset));
}
