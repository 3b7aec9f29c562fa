import cnn from "./cnn.js";
import cnnDeep from "./cnn-deep.js";
import inference from "./inference.js";
import matmul from "./matmul.js";
import mlp from "./mlp.js";
import mlpBatchNorm from "./mlp-batchnorm.js";
import mlpOnline from "./mlp-online.js";
import mlpSmall from "./mlp-small.js";

export const workloads = [mlp, mlpBatchNorm, mlpSmall, mlpOnline, cnn, cnnDeep, inference, matmul].flat();

/** A workload with its data. @throws Error for a name that is not there */
export function makeWorkload(name) {
  const found = workloads.find((each) => each.name === name);
  if (!found)
    throw new Error(`compare: no workload "${name}"; there are ${workloads.map((each) => each.name).join(", ")}`);
  const { name: _, title, kind } = found;
  return { name, title, kind, ...found.make() };
}
