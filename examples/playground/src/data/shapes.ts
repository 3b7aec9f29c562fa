import { cos, type Draws, sin } from "./draws.js";

// Points of classes that lie in the plane as their names say, about ±3 wide.

/** Two coordinates and a class for each of `count` points, without noise. */
type Shape = (count: number, draws: Draws) => { x: Float32Array; y: Float32Array; classes: Int32Array };

/** Two half circles that reach into each other. */
function moons(count: number, draws: Draws) {
  const classes = turns(count, 2);
  const angle = draws.uniform(count, 0, Math.PI);
  const [u, v] = [cos(angle), sin(angle)];
  const upper = (i: number) => classes[i] === 0;
  return {
    x: u.map((each, i) => 1.5 * (upper(i) ? each - 0.5 : 0.5 - each)),
    y: v.map((each, i) => 1.5 * (upper(i) ? each - 0.25 : 0.25 - each)),
    classes,
  };
}

/** A ring around a ring. */
function circles(count: number, draws: Draws) {
  const classes = turns(count, 2);
  const angle = draws.uniform(count, 0, 2 * Math.PI);
  const radius = (i: number) => (classes[i] === 0 ? 2.4 : 1.1);
  return { x: cos(angle).map((u, i) => radius(i) * u), y: sin(angle).map((v, i) => radius(i) * v), classes };
}

/** Two arms that wind around each other one and a quarter times. */
function spirals(count: number, draws: Draws) {
  const classes = turns(count, 2);
  const along = draws.uniform(count, 0.06, 1);
  const angle = along.map((t, i) => 2.5 * Math.PI * t + (classes[i] === 0 ? 0 : Math.PI));
  return {
    x: sin(angle).map((v, i) => 3 * (along[i] as number) * v),
    y: cos(angle).map((u, i) => 3 * (along[i] as number) * u),
    classes,
  };
}

/** Three round clouds. */
function blobs(count: number, draws: Draws) {
  const classes = turns(count, 3);
  const middles = [
    [0, 1.9],
    [-1.7, -1],
    [1.7, -1],
  ] as const;
  const middle = (i: number) => middles[classes[i] as number] as readonly [number, number];
  return {
    x: draws.normal(count, 0.4).map((each, i) => middle(i)[0] + each),
    y: draws.normal(count, 0.4).map((each, i) => middle(i)[1] + each),
    classes,
  };
}

/** A chessboard of four fields. */
function xor(count: number, draws: Draws) {
  const [x, y] = [draws.uniform(count, -2.5, 2.5), draws.uniform(count, -2.5, 2.5)];
  return { x, y, classes: Int32Array.from(x, (each, i) => (each > 0 === (y[i] as number) > 0 ? 0 : 1)) };
}

export const shapes = { moons, circles, spirals, blobs, xor } satisfies Record<string, Shape>;

/** Class after class, again and again. */
function turns(count: number, classes: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i % classes);
}
