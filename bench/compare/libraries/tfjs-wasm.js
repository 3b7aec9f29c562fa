import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { folderOf } from "../harness/packages.js";
import { openOn } from "./tfjs.js";

export function open() {
  setWasmPaths(`${folderOf("@tensorflow/tfjs-backend-wasm")}wasm-out/`);
  return openOn("wasm", ({ kind, layers }) =>
    kind === "train" && layers.some(({ type }) => type === "conv2d")
      ? "its WebAssembly backend has no kernel Conv2DBackpropFilter, the gradient of a convolution's weights"
      : undefined,
  );
}
