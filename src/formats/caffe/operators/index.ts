import { convolution } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import { normalization } from "./normalization.js";
import type { Operators } from "./operator.js";
import { pooling } from "./pooling.js";
import { shape } from "./shape.js";

/** By the type of layer. */
export const operators: Operators = { ...convolution, ...elementwise, ...normalization, ...pooling, ...shape };
