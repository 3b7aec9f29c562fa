import { usual } from "./index.js";
import { joining } from "./joining.js";
import type { Operators } from "./operator.js";
import { rare } from "./rare.js";

/** Every operator of ONNX's own domain, for those who read their own as such. */
export const operators: Operators = { ...usual, ...joining, ...rare };
