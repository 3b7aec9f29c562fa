import * as blocks from "../../ops/blocks.js";
import * as resize from "../../ops/resize.js";
import type { Tensor } from "../../tensor/tensor.js";
import { operationOf, withAttributes } from "./operation.js";

export const depthToSpace = withAttributes("depthToSpace", blocks.depthToSpace, "blockSize", "order");
export const spaceToDepth = withAttributes("spaceToDepth", blocks.spaceToDepth, "blockSize", "order");
export const resizeBilinear = operationOf("resizeBilinear", ([x], { size, ...options }) =>
  resize.resizeBilinear(x as Tensor, size as [number, number], options),
);
export const resizeNearestNeighbor = operationOf("resizeNearestNeighbor", ([x], { size, ...options }) =>
  resize.resizeNearestNeighbor(x as Tensor, size as [number, number], options),
);
