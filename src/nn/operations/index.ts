import * as activation from "./activation.js";
import * as arithmetic from "./arithmetic.js";
import * as comparison from "./comparison.js";
import * as images from "./images.js";
import * as math from "./math.js";
import * as normalization from "./normalization.js";
import type { Operation } from "./operation.js";
import * as parts from "./parts.js";
import * as places from "./places.js";
import * as rectifiers from "./rectifiers.js";
import * as recurrent from "./recurrent.js";
import * as reduction from "./reduction.js";
import * as shape from "./shape.js";

const families: readonly Readonly<Record<string, Operation>>[] = [
  activation,
  arithmetic,
  comparison,
  images,
  math,
  normalization,
  parts,
  places,
  rectifiers,
  recurrent,
  reduction,
  shape,
];

/** What `layers.operation` can do, by the name of the function in `wg`. */
export const operations: Readonly<Record<string, Operation>> = Object.fromEntries(
  families.flatMap((family) => Object.values(family).map((each) => [each.name, each])),
);
