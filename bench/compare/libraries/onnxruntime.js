import * as ort from "onnxruntime-web";
import { channelsFirst } from "../harness/layout.js";
import { onnxModel } from "../harness/onnx.js";
import { versionOf } from "../harness/packages.js";

/** onnxruntime-web on its WebAssembly backend; it runs models and does not train them. */
export function open({ threads }) {
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  const lacks = { train: "inference only", matmul: "whole models only" };
  return { version: versionOf("onnxruntime-web"), lacks, predict };
}

async function predict(workload) {
  const { x, inputShape, batch, ...rest } = channelsFirst(workload);
  const { bytes, output } = onnxModel({ ...rest, inputShape, batch });
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const step = async () =>
    (await session.run({ x: new ort.Tensor("float32", x, [batch, ...inputShape]) }))[output].data;
  return { step, result: step };
}
