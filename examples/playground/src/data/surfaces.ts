import { exp, sin } from "./draws.js";

// Values over the square from −3 to 3, for regression.

type Coordinates = Float32Array;

function plane(x: Coordinates, y: Coordinates) {
  return x.map((each, i) => 0.4 * each - 0.25 * (y[i] as number));
}

/** Waves around the middle. */
function ripple(x: Coordinates, y: Coordinates) {
  return sin(x.map((each, i) => 2.2 * Math.sqrt(each * each + (y[i] as number) ** 2)));
}

/** Two hills and a hollow. */
function peaks(x: Coordinates, y: Coordinates) {
  const bump = (u: number, v: number, narrow: number) =>
    exp(x.map((each, i) => -narrow * ((each - u) * (each - u) + ((y[i] as number) - v) ** 2)));
  const [first, second, hollow] = [bump(1.2, 1.2, 0.8), bump(-1.5, 0.8, 1.2), bump(0.2, -1.3, 0.7)];
  return first.map((each, i) => each + 0.7 * (second[i] as number) - 0.9 * (hollow[i] as number));
}

export const surfaces = { plane, ripple, peaks };
