import type { Sides } from "../../ops/window.js";
import type { Tensor } from "../../tensor/tensor.js";
import { show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { showShape } from "../../util/shapes.js";
import type { Layer, LayerOptions } from "../layer.js";
import { checkAxes, commonOf } from "./common.js";

/** One number for all four sides, one for top and bottom and one for left and right, or `[[top, bottom], [left, right]]`. */
export type Border = number | readonly [number, number] | readonly [Sides, Sides];

/**
 * A layer that moves the borders of its input.
 *
 * @param sign 1 adds the sides, −1 takes them off
 */
export function bordering(
  kind: string,
  config: LayerOptions,
  own: { padding: Sides | Sides[] } | { cropping: Sides | Sides[] },
  sign: 1 | -1,
  call: (x: Tensor, sides: readonly Sides[]) => Tensor,
): Layer {
  const given = "padding" in own ? own.padding : own.cropping;
  const sides = (typeof given[0] === "number" ? [given] : given) as Sides[];
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, ...own },
    outputShape(input, name) {
      checkAxes(
        kind,
        name,
        input,
        sides.length === 1 ? "[batch, steps, channels]" : "[batch, height, width, channels]",
      );
      const output = input.map((n, i) => n + sign * (sides[i] ?? [0, 0]).reduce((sum, side) => sum + side, 0));
      if (sign > 0 || sides.every((_, i) => (output[i] as number) > 0)) return output;
      throw new ShapeError(
        `${kind} "${name}": cropping expected to leave something of ${showShape([null, ...input])}, got ${show(given)}`,
      );
    },
    weights: () => [],
    call: (x) => call(x, sides),
  };
}

const isCount = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 0;
const isSides = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(isCount);

export function sidesOf(kind: string, argument: string, value: unknown): Sides {
  if (isCount(value)) return [value, value];
  if (isSides(value)) return [...value];
  throw new ValueError(`${kind}: ${argument} expected a whole number ≥ 0 or [before, behind], got ${show(value)}`);
}

export function borderOf(kind: string, argument: string, value: unknown): Sides[] {
  const each: unknown = isCount(value) ? [value, value] : value;
  if (isSides(each)) return each.map((n) => [n, n] as const);
  if (Array.isArray(each) && each.length === 2 && each.every(isSides)) return each.map(([a, b]) => [a, b] as const);
  throw new ValueError(
    `${kind}: ${argument} expected whole numbers ≥ 0: one, [height, width] or [[top, bottom], [left, right]], got ${show(value)}`,
  );
}
