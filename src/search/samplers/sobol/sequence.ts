import { Draws } from "../../draws.js";
import { directions } from "./directions.js";

/** How many dimensions a Sobol sequence has here. */
export const DIMENSIONS = directions.length + 1;

const BITS = 32;

/** The direction numbers v₁ … v₃₂ of a dimension, from 0, as fractions of 2³². */
function numbersOf(dimension: number): Uint32Array {
  const out = new Uint32Array(BITS);
  if (dimension === 0) return out.map((_, k) => 2 ** (BITS - 1 - k));
  const [polynomial, ...first] = directions[dimension - 1] as [number, ...number[]];
  const degree = first.length;
  for (let k = 0; k < BITS; k++) {
    if (k < degree) {
      out[k] = (first[k] as number) * 2 ** (BITS - 1 - k);
      continue;
    }
    const old = out[k - degree] as number;
    let next = old ^ (old >>> degree);
    for (let j = 1; j < degree; j++) {
      if ((polynomial >>> (degree - j)) & 1) next ^= out[k - j] as number;
    }
    out[k] = next;
  }
  return out;
}

const known: Uint32Array[] = [];

/** Coordinate `dimension` of point `index` of the Sobol sequence in Gray code's order (Antonov and Saleev, 1979), as a fraction of 2³². */
export function sobolWord(index: number, dimension: number): number {
  known[dimension] ??= numbersOf(dimension);
  const numbers = known[dimension];
  const gray = (index ^ (index >>> 1)) >>> 0;
  let word = 0;
  for (let k = 0; gray >>> k; k++) {
    if ((gray >>> k) & 1) word ^= numbers[k] as number;
  }
  return word >>> 0;
}

/**
 * Owen's scrambling: each bit flips as the bits before it say, at random. By a hash that carries only upwards, on the bits in reverse
 * (Laine and Karras, "Stratified sampling for stochastic transparency", 2011; constants by Vegdahl in Burley, "Practical hash-based Owen
 * scrambling", JCGT 9, 2020).
 */
export function owenScrambled(word: number, seed: number): number {
  let x = reversed(word);
  x ^= Math.imul(x, 0x3d20adea);
  x = (x + seed) | 0;
  x = Math.imul(x, (seed >>> 16) | 1);
  x ^= Math.imul(x, 0x05526c56);
  x ^= Math.imul(x, 0x53a22864);
  return reversed(x);
}

function reversed(word: number): number {
  let x = word;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}

/** Points of a scrambled sequence in the unit cube; what lies beyond DIMENSIONS is random. */
export class Sobol {
  private readonly seeds: readonly number[];

  constructor(
    private readonly seed: number,
    dimensions: number,
    private readonly purpose = "sobol",
  ) {
    const draws = new Draws(seed, 0, `${purpose} scrambling`);
    this.seeds = Array.from({ length: Math.min(dimensions, DIMENSIONS) }, () => draws.word());
    this.dimensions = dimensions;
  }

  readonly dimensions: number;

  /** Coordinates in [0, 1). */
  point(index: number): number[] {
    const inside = this.seeds.map((seed, i) => owenScrambled(sobolWord(index, i), seed) / 0x100000000);
    if (this.dimensions <= DIMENSIONS) return inside;
    const draws = new Draws(this.seed, index, `${this.purpose} beyond`);
    return [...inside, ...Array.from({ length: this.dimensions - DIMENSIONS }, () => draws.uniform())];
  }
}
