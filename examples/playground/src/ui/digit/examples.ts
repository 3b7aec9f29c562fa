import type { Stroke } from "../../data/raster.js";
import type { DrawnDigit } from "../../protocol.js";

const arc = (cx: number, cy: number, rx: number, ry: number, from: number, to: number): Stroke =>
  Array.from({ length: 17 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / 16) * Math.PI) / 180;
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)] as const;
  });

/** One digit each, as a pen would draw it in a square of 1: for those who choose rather than draw. */
export const EXAMPLES: readonly (readonly Stroke[])[] = [
  [arc(0.5, 0.5, 0.22, 0.34, -90, 270)],
  [
    [
      [0.42, 0.24],
      [0.54, 0.15],
      [0.5, 0.85],
    ],
  ],
  [[...arc(0.48, 0.33, 0.2, 0.18, -170, 30), [0.28, 0.83], [0.74, 0.81]]],
  [[...arc(0.46, 0.32, 0.19, 0.16, -150, 90), ...arc(0.46, 0.66, 0.22, 0.18, -90, 150)]],
  [
    [
      [0.4, 0.15],
      [0.28, 0.55],
      [0.74, 0.55],
    ],
    [
      [0.62, 0.3],
      [0.58, 0.86],
    ],
  ],
  [[[0.7, 0.17], [0.38, 0.17], [0.34, 0.46], ...arc(0.48, 0.63, 0.2, 0.2, -110, 150)]],
  [[[0.62, 0.15], [0.42, 0.38], ...arc(0.49, 0.65, 0.18, 0.19, 180, -180)]],
  [
    [
      [0.27, 0.2],
      [0.73, 0.18],
      [0.45, 0.86],
    ],
  ],
  [[...arc(0.5, 0.32, 0.16, 0.16, 90, -270), ...arc(0.5, 0.67, 0.2, 0.19, -90, 270)]],
  [[...arc(0.5, 0.34, 0.17, 0.18, 0, -360), [0.67, 0.34], [0.6, 0.86]]],
];

/** Hands that write each example: how much they lean, turn (in degrees) and stretch. */
const HANDS = [
  [0, 0, 1],
  [0.25, -4, 0.85],
  [-0.2, 6, 1.1],
  [0.12, 10, 0.75],
  [-0.1, -9, 0.95],
] as const;

/** Each example in several hands. */
export function varied(): DrawnDigit[] {
  return HANDS.flatMap(([lean, turn, stretch]) => {
    const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
    const moved = ([x, y]: readonly [number, number]) => {
      const [u, v] = [(x - 0.5) * stretch - lean * (y - 0.5), y - 0.5];
      return [0.5 + cos * u - sin * v, 0.5 + sin * u + cos * v] as const;
    };
    return EXAMPLES.map((strokes, digit) => ({ digit, strokes: strokes.map((stroke) => stroke.map(moved)) }));
  });
}
