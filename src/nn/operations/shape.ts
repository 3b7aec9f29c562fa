import * as stretching from "../../ops/broadcast-to.js";
import * as types from "../../ops/cast.js";
import * as shapes from "../../ops/shape.js";
import * as order from "../../ops/transpose.js";
import { withAttributes } from "./operation.js";

export const reshape = withAttributes("reshape", shapes.reshape, "shape");
export const squeeze = withAttributes("squeeze", shapes.squeeze, "axis");
export const expandDims = withAttributes("expandDims", shapes.expandDims, "axis");
export const broadcastTo = withAttributes("broadcastTo", stretching.broadcastTo, "shape");
export const transpose = withAttributes("transpose", order.transpose, "perm");
export const cast = withAttributes("cast", types.cast, "dtype");
