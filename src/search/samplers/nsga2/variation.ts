import { power } from "../../../util/math.js";
import type { Draws } from "../../draws.js";

/**
 * Simulated binary crossover between bounds 0 and 1: a child about as far from its parents as they are from each other, closer the larger
 * `eta` is (Deb and Agrawal, "Simulated Binary Crossover for Continuous Search Space", Complex Systems 9, 1995; bounded as in Deb's code).
 */
export function crossed(a: number, b: number, eta: number, draws: Draws): number {
  const [u, upper] = [draws.uniform(), draws.uniform() < 0.5];
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  const apart = high - low;
  if (apart < 1e-14) return a;
  const room = 1 + (2 * (upper ? 1 - high : low)) / apart;
  const alpha = 2 - power(room, -(eta + 1));
  const spread = u * alpha <= 1 ? u * alpha : 1 / (2 - u * alpha);
  const beta = spread > 0 ? power(spread, 1 / (eta + 1)) : 0;
  const middle = 0.5 * (low + high);
  return held(upper ? middle + 0.5 * beta * apart : middle - 0.5 * beta * apart);
}

/** Polynomial mutation between bounds 0 and 1 (Deb and Goyal, "A combined genetic adaptive search (GeneAS)", 1996). */
export function mutated(x: number, eta: number, draws: Draws): number {
  const u = draws.uniform();
  const index = 1 / (eta + 1);
  if (u < 0.5) {
    const inside = 2 * u + (1 - 2 * u) * whole(1 - x, eta + 1);
    return held(x + whole(inside, index) - 1);
  }
  const inside = 2 * (1 - u) + 2 * (u - 0.5) * whole(x, eta + 1);
  return held(x + 1 - whole(inside, index));
}

const whole = (base: number, exponent: number): number => (base > 0 ? power(base, exponent) : 0);
const held = (x: number): number => Math.min(1, Math.max(0, x));
