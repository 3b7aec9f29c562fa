/** Colours of classes on a surface, after Okabe and Ito: told apart by the colour-blind, and unlike in lightness where they are neighbours. */
const CLASSES = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#d55e00",
  "#56b4e9",
  "#8a8a00",
  "#7a5cc0",
  "#9a6a3a",
  "#6b7280",
];
/** The same for points that lie on them: darker where the page is light, lighter where it is dark. */
const ON_LIGHT = [
  "#005f96",
  "#c87500",
  "#007f5d",
  "#b0558a",
  "#b34700",
  "#2b8fc9",
  "#6f6f00",
  "#6344ad",
  "#7d5228",
  "#545b68",
];
const ON_DARK = [
  "#4db2f0",
  "#f5b83d",
  "#35cf9f",
  "#ea9fca",
  "#f58345",
  "#a1d8fa",
  "#cbcb45",
  "#b199f0",
  "#d3a175",
  "#a3adbc",
];

export type Rgb = readonly [number, number, number];

export function rgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

const CLASS_RGB = CLASSES.map(rgb);

/** Of a point, or a swatch. */
export const classColor = (index: number, dark: boolean): string =>
  (dark ? ON_DARK : ON_LIGHT)[index % CLASSES.length] as string;
/** Of a surface. */
export const classRgb = (index: number): Rgb => CLASS_RGB[index % CLASS_RGB.length] as Rgb;

/** Low, middle and high of a target: blue to orange, through the grey of the surface it lies on. */
const LOW = rgb("#0067a5");
const HIGH = rgb("#d45f00");

export const mix = (a: Rgb, b: Rgb, share: number): Rgb => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
];

/** The colour of a target, from 0 (lowest) to 1 (highest). */
export function targetRgb(share: number, middle: Rgb): Rgb {
  const t = Math.min(1, Math.max(0, share)) * 2 - 1;
  return t < 0 ? mix(middle, LOW, -t) : mix(middle, HIGH, t);
}

export const css = (color: Rgb): string => `rgb(${color.map(Math.round).join(" ")})`;
