// Has the outside judges that are installed (PyTorch, Keras, onnx, onnxruntime, numpy, h5py, OpenCV, safetensors) look at what is written
// and compare what is read: `npm run judge`. WASMGRAD_PYTHON names another Python than python3. Says their versions first; the tests whose
// judge is missing are listed as skipped.

import { spawnSync } from "node:child_process";
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
console.log(`judges of ${python}:\n${stdout}`);
const run = fileURLToPath(new URL("run.mjs", import.meta.url));
const env = { ...process.env, WASMGRAD_PYTHON: python, KERAS_BACKEND: process.env.KERAS_BACKEND ?? "torch" };
process.exitCode = spawnSync(process.execPath, [run, "test/formats"], { stdio: "inherit", env }).status ?? 1;
