import { stream } from "../tensor/random.js";
import { addTo, lanczos, norm, type RitzPair } from "./lanczos.js";
import type { Probe } from "./probe.js";

/** What a point where the gradient vanishes is. */
export type CriticalKind = "minimum" | "saddle" | "maximum" | "plateau" | "not critical";

/** Value, slope and curvature at a point. */
export interface Curvature {
  readonly loss: number;
  readonly gradient: Float64Array;
  /** Ascending; the ends are nearest to eigenvalues of the Hessian. */
  readonly pairs: readonly RitzPair[];
}

/** Steps balance the error of the formula, h², and that of rounding, ε / h. */
const STEP = Math.cbrt(Number.EPSILON);

/** The Hessian times v is (∇f(w + h v) − ∇f(w − h v)) / 2h: two gradients, and no matrix of size². */
export function curvatureAt(
  { lossAt, gradientAt, size }: Probe,
  at: Float64Array,
  iterations: number,
  seed: number,
): Curvature {
  const loss = lossAt(at);
  const h = STEP * (1 + norm(at));
  const multiply = (v: Float64Array) => {
    const [ahead, behind] = [h, -h].map((step) => gradientAt(moved(at, v, step))) as [Float64Array, Float64Array];
    return ahead.map((each, i) => (each - (behind[i] as number)) / (2 * h));
  };
  const pairs = lanczos(multiply, size, iterations, stream("criticalPoint", seed));
  return { loss, gradient: gradientAt(at), pairs };
}

/** How the function goes on along directions, beyond its tangent plane. */
export interface Probing {
  /** Directions that were tried, each both ways. */
  readonly directions: number;
  /** The least and the greatest 2 (f(w + r d) − f(w) − r ∇f·d) / r²: the curvature that the step sees. */
  readonly lowest: number;
  readonly highest: number;
}

export function probeAlong(
  { lossAt }: Probe,
  at: Float64Array,
  { loss, gradient }: Curvature,
  directions: readonly Float64Array[],
  radius: number,
): Probing {
  let [lowest, highest] = [0, 0];
  for (const direction of directions) {
    for (const step of [radius, -radius]) {
      const slope = direction.reduce((sum, d, i) => sum + d * (gradient[i] as number), 0);
      const rise = lossAt(moved(at, direction, step)) - loss - step * slope;
      const seen = (2 * rise) / (step * step);
      if (seen < lowest) lowest = seen;
      if (seen > highest) highest = seen;
    }
  }
  return { directions: directions.length, lowest, highest };
}

function moved(at: Float64Array, direction: Float64Array, step: number): Float64Array {
  const to = at.slice();
  addTo(to, direction, step);
  return to;
}
