import * as groups from "../../ops/groupnorm.js";
import * as response from "../../ops/lrn.js";
import type { Tensor } from "../../tensor/tensor.js";
import { operationOf, withAttributes } from "./operation.js";

export const instanceNorm = operationOf("instanceNorm", ([x, gamma, beta], { epsilon }) =>
  groups.instanceNorm(x as Tensor, { gamma: gamma as Tensor, beta: beta as Tensor, epsilon: epsilon as number }),
);
export const localResponseNormalization = withAttributes(
  "localResponseNormalization",
  response.localResponseNormalization,
  "depthRadius",
  "bias",
  "alpha",
  "beta",
);
