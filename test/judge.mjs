// Has the outside judges that are installed (PyTorch, Keras, onnx, onnxruntime, numpy, h5py, OpenCV, safetensors, TensorFlow.js) look at what
// is written and compare what is read: `npm run judge`. WASMGRAD_PYTHON names another Python than python3, WASMGRAD_TFJS a folder in which
// @tensorflow/tfjs is installed. Says their versions first; the tests whose judge is missing are listed as skipped.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const python = process.env.WASMGRAD_PYTHON ?? "python3";
const names = ["torch", "keras", "onnx", "onnxruntime", "numpy", "h5py", "cv2", "safetensors"];
const script = `
import importlib, os
os.environ.setdefault("KERAS_BACKEND", "torch")
for name in ${JSON.stringify(names)}:
    try:
        print(f"  {name:12} {importlib.import_module(name).__version__}")
    except ImportError:
        print(f"  {name:12} not installed: pip install {'opencv-python-headless<5' if name == 'cv2' else name}")
`;
const { status, stdout, stderr } = spawnSync(python, ["-c", script], { encoding: "utf8" });
if (status !== 0) {
  console.error(`judge: a Python expected as WASMGRAD_PYTHON or python3, got ${python}: ${stderr ?? "not found"}`);
  process.exit(1);
}
console.log(`judges of ${python}:\n${stdout}  ${"tfjs".padEnd(12)} ${tfjs()}\n`);
const run = fileURLToPath(new URL("run.mjs", import.meta.url));
const env = { ...process.env, WASMGRAD_PYTHON: python, KERAS_BACKEND: process.env.KERAS_BACKEND ?? "torch" };
process.exitCode = spawnSync(process.execPath, [run, "test/formats"], { stdio: "inherit", env }).status ?? 1;

function tfjs() {
  const folder = process.env.WASMGRAD_TFJS;
  if (folder === undefined)
    return "not named: npm install @tensorflow/tfjs in a folder of its own, and name that in WASMGRAD_TFJS";
  return JSON.parse(readFileSync(`${folder}/node_modules/@tensorflow/tfjs/package.json`, "utf8")).version;
}
