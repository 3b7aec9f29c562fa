/**
 * Okabe and Ito's colours, told apart by colour-blind readers too ("Color Universal Design", 2008), in the order in which they stand out
 * from white and from each other.
 */
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8a8a00"] as const;

export const INK = "#222222";
export const FAINT = "#e3e3e3";
export const AXIS = "#555555";
/** Where there is no value. */
export const MISSING: readonly [number, number, number] = [217, 217, 217];

export function colorOf(series: number): string {
  return COLORS[series % COLORS.length] as string;
}

/** Shapes of points, so that series differ by more than colour. */
export const SYMBOLS = ["circle", "triangle", "rect", "diamond"] as const;

/** Nine even steps of viridis (van der Walt and Smith, matplotlib 1.5): brightness grows evenly with the value. */
const VIRIDIS: readonly (readonly [number, number, number])[] = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/** The colour of a share from 0 to 1, as bytes. */
export function heat(share: number): [number, number, number] {
  const at = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1);
  const i = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const [from, to] = [VIRIDIS[i], VIRIDIS[i + 1]] as [readonly number[], readonly number[]];
  const mix = (c: number) => Math.round((from[c] as number) + ((to[c] as number) - (from[c] as number)) * (at - i));
  return [mix(0), mix(1), mix(2)];
}
