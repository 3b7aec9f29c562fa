import type { Operators } from "../../../onnx/operators/index.js";
import { dense } from "./dense.js";
import { elementwise } from "./elementwise.js";
import { images } from "./images.js";
import { indexing } from "./indexing.js";
import { reduction } from "./reduction.js";
import { shape } from "./shape.js";

export { OPERATOR_SET } from "./like.js";

/** What each operator of TensorFlow becomes here. */
export const operators: Operators = {
  ...dense,
  ...elementwise,
  ...images,
  ...indexing,
  ...reduction,
  ...shape,
};
