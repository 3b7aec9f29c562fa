import * as places from "../../ops/gather.js";
import * as tuples from "../../ops/gather-nd.js";
import * as scatter from "../../ops/scatter.js";
import type { Tensor } from "../../tensor/tensor.js";
import { operationOf } from "./operation.js";

export const gather = operationOf("gather", ([x, indices], { axis }) =>
  places.gather(x as Tensor, indices as Tensor, axis as number),
);
export const gatherND = operationOf("gatherND", ([x, indices], { batchDims }) =>
  tuples.gatherND(x as Tensor, indices as Tensor, batchDims as number | undefined),
);
export const takeAlongAxis = operationOf("takeAlongAxis", ([x, indices], { axis }) =>
  tuples.takeAlongAxis(x as Tensor, indices as Tensor, axis as number),
);
export const scatterElements = operationOf("scatterElements", ([x, indices, updates], { axis, reduction }) =>
  scatter.scatterElements(
    x as Tensor,
    indices as Tensor,
    updates as Tensor,
    axis as number,
    reduction as scatter.ScatterReduction,
  ),
);
export const tensorScatterUpdate = operationOf("tensorScatterUpdate", ([x, indices, updates], { reduction }) =>
  scatter.tensorScatterUpdate(x as Tensor, indices as Tensor, updates as Tensor, reduction as scatter.ScatterReduction),
);
