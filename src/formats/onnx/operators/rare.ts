import { comparison } from "./comparison.js";
import { control } from "./control.js";
import { images } from "./images.js";
import { math } from "./math.js";
import type { Operators } from "./operator.js";
import { places } from "./places.js";
import { rectifiers } from "./rectifiers.js";
import { recurrence } from "./recurrent.js";
import { reduction } from "./reduction.js";
import { transposedConvolution } from "./transposed-convolution.js";

/** All that most networks for images do without. */
export const rare: Operators = {
  ...comparison,
  ...control,
  ...images,
  ...math,
  ...places,
  ...rectifiers,
  ...recurrence,
  ...reduction,
  ...transposedConvolution,
};
