import { cosPi } from "../../util/math.js";
import { type Draws, Word } from "./draws.js";
import type { Plan, Sizes } from "./plan.js";

/** Numbers of a map: across = a·j + b·i + c, down = d·j + e·i + f. */
export const MAP = 6;

/**
 * Where each pixel of the new image comes from, as one affine map: flip, zoom, shear and rotation about the middle of the image, then the
 * shift, then the window of the crop. A place p of the image goes to C + R·S·Z·F·(p − C) + shift − window; this is the inverse.
 */
export function drawMap(out: Float64Array, at: number, plan: Plan, sizes: Sizes, draws: Draws): void {
  const { height, width, outHeight, outWidth } = sizes;
  const [padTop, padLeft] = plan.padding;
  const [middleAcross, middleDown] = [(width - 1) / 2, (height - 1) / 2];
  const flips = plan.flipAcross || plan.flipDown ? draws.word(Word.flip) : 0;
  const flipAcross = plan.flipAcross && flips >= 0x80000000 ? -1 : 1;
  const flipDown = plan.flipDown && (flips & 0x40000000) !== 0 ? -1 : 1;
  const room = [height + 2 * padTop - outHeight, width + 2 * padLeft - outWidth] as const;
  const top = (room[0] > 0 ? draws.below(Word.cropTop, room[0] + 1) : 0) - padTop;
  const left = (room[1] > 0 ? draws.below(Word.cropLeft, room[1] + 1) : 0) - padLeft;
  const turns = draws.within(Word.rotate, plan.rotate, 0) / 180;
  const [cos, sin] = turns === 0 ? [1, 0] : [cosPi(turns), cosPi(0.5 - turns)];
  const zoom = draws.within(Word.zoom, plan.zoom, 1);
  const slant = tanPi(draws.within(Word.shear, plan.shear, 0) / 180);
  const across = left - middleAcross - width * draws.within(Word.shiftAcross, plan.shiftAcross, 0);
  const down = top - middleDown - height * draws.within(Word.shiftDown, plan.shiftDown, 0);
  const a = (flipAcross * (cos - slant * sin)) / zoom;
  const b = (flipAcross * (-sin - slant * cos)) / zoom;
  const d = (flipDown * sin) / zoom;
  const e = (flipDown * cos) / zoom;
  out[at] = a;
  out[at + 1] = b;
  out[at + 2] = middleAcross + a * across + b * down;
  out[at + 3] = d;
  out[at + 4] = e;
  out[at + 5] = middleDown + d * across + e * down;
}

function tanPi(x: number): number {
  return x === 0 ? 0 : cosPi(0.5 - x) / cosPi(x);
}

/** The place in the new image of what was at (across, down), by the inverse of a map. */
export function placeBehind(map: Float64Array, at: number, across: number, down: number): [number, number] {
  const [a, b, c, d, e, f] = map.subarray(at, at + MAP) as unknown as [number, number, number, number, number, number];
  const [u, v] = [across - c, down - f];
  const determinant = a * e - b * d;
  return [(e * u - b * v) / determinant, (a * v - d * u) / determinant];
}
