// Serves the example pages as they are, without a bundler; makes the model that they load, where it is not there yet. `npm run pages` runs it.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { preview } from "vite";
import { load, save } from "wasmgrad/formats";

const root = fileURLToPath(new URL("..", import.meta.url));
const at = (path) => `${root}${path}`;

if (!existsSync(at("examples/digits.onnx"))) {
  console.log("making examples/digits.onnx …");
  // The convolutional network of `npm start -- --model cnn`, else one that sees the digits twice.
  if (existsSync(at("mnist-cnn.safetensors"))) {
    await save(await load(at("mnist-cnn.safetensors")), at("examples/digits.onnx"));
  } else {
    const options = ["--model", "cnn", "--epochs", "2", "--save", "examples/digits.onnx"];
    execFileSync(process.execPath, ["examples/mnist.js", ...options], { cwd: root, stdio: "inherit" });
  }
}

const server = await preview({
  root,
  configFile: false,
  logLevel: "error",
  appType: "mpa",
  build: { outDir: "." },
  // With these two a page may have threads.
  preview: { headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" } },
});
const address = server.resolvedUrls.local[0];
console.log(`An ONNX model in a plain page:        ${address}examples/onnx-page/`);
console.log(`Fine-tuning on images of the camera:  ${address}examples/webcam/`);
console.log("Ctrl+C ends the server.");
