import { arithmetic } from "./arithmetic.js";
import { dropout } from "./dropout.js";
import { globalPooling } from "./global-pooling.js";
import { normalization } from "./normalization.js";
import type { Operators } from "./operator.js";
import { parts } from "./parts.js";

/** What networks have whose ways part and join again. */
export const joining: Operators = { ...arithmetic, ...dropout, ...globalPooling, ...normalization, ...parts };
