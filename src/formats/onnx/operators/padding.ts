import type { AnyLayer } from "../../../nn/layer.js";
import { zeroPadding1D, zeroPadding2D } from "../../../nn/layers/padding.js";
import type { Sides } from "../../../ops/window.js";

/** Zeros around the pixels, or the steps. */
export function padding(sides: readonly Sides[]): AnyLayer {
  if (sides.length === 1) return zeroPadding1D({ padding: [...(sides[0] as Sides)] as [number, number] });
  return zeroPadding2D({ padding: sides as readonly [Sides, Sides] });
}
