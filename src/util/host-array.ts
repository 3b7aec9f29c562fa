import type { TypedArray } from "./dtypes.js";
import type { Shape } from "./shapes.js";

/** Numbers outside the WASM memory; in a batch the first axis counts rows. */
export interface HostArray {
  readonly data: TypedArray;
  readonly shape: Shape;
}
