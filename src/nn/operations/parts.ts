import * as join from "../../ops/join.js";
import * as padding from "../../ops/pad.js";
import * as parts from "../../ops/slice.js";
import * as splitting from "../../ops/split.js";
import * as triangle from "../../ops/triangle.js";
import { operationOf, withAttributes } from "./operation.js";

export const concat = operationOf("concat", (x, { axis }) => join.concat(x, axis as number));
export const split = withAttributes("split", splitting.split, "sizes", "axis");
export const slice = withAttributes("slice", parts.slice, "begin", "size");
export const stridedSlice = withAttributes("stridedSlice", parts.stridedSlice, "begin", "end", "strides");
export const reverse = withAttributes("reverse", parts.reverse, "axis");
export const tile = withAttributes("tile", parts.tile, "reps");
export const pad = withAttributes("pad", padding.pad, "paddings", "constant", "mode");
export const triu = withAttributes("triu", triangle.triu, "k");
export const tril = withAttributes("tril", triangle.tril, "k");
