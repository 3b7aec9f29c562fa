import { activation } from "./activation.js";
import { control } from "./control.js";
import { convolution } from "./convolution.js";
import { dense } from "./dense.js";
import { elementwise } from "./elementwise.js";
import { normalization } from "./normalization.js";
import type { Operators } from "./operator.js";
import { places } from "./places.js";
import { pooling } from "./pooling.js";
import { recurrence } from "./recurrent.js";
import { reduction } from "./reduction.js";
import { shape } from "./shape.js";

export type { Behind, Operator, Operators } from "./operator.js";

/** What each operator of ONNX's own domain becomes here. */
export const operators: Operators = {
  ...activation,
  ...control,
  ...convolution,
  ...dense,
  ...elementwise,
  ...normalization,
  ...places,
  ...pooling,
  ...recurrence,
  ...reduction,
  ...shape,
};
