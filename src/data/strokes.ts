/** A point of a stroke in the unit square, y downwards. */
export type Point = readonly [x: number, y: number];

/** A smooth line through its points. A corner is where one stroke ends and another begins. */
export type Stroke = readonly Point[];

/** Ways in which people write each digit: points in hundredths of the square, strokes apart by "/". */
const written = [
  [
    "50,0 82,16 90,50 80,85 50,100 20,85 10,50 18,16 50,0",
    "62,3 30,10 10,50 25,92 55,100 86,72 86,32 60,2 40,10",
    "50,0 70,20 76,50 70,82 50,100 30,82 24,50 30,20 50,0",
  ],
  ["50,0 50,100", "30,22 54,0 / 54,0 54,100", "28,20 52,0 / 52,0 52,100 / 24,100 80,100", "55,0 50,50 46,100"],
  [
    "14,26 30,5 62,2 82,24 70,50 40,78 12,100 / 12,100 90,100",
    "18,20 46,0 78,18 66,55 32,88 13,94 20,79 42,84 66,97 92,90",
    "16,12 50,2 74,20 56,55 16,98 / 16,98 50,94 90,100",
  ],
  [
    "18,12 50,0 80,20 66,42 40,48 / 40,48 76,56 86,78 55,100 14,90",
    "15,3 80,3 / 80,3 44,42 / 44,42 80,55 80,86 45,100 12,88",
    "22,6 62,4 76,24 46,46 78,64 70,92 38,100 14,92",
  ],
  [
    "22,0 17,30 12,56 / 12,56 90,56 / 72,4 68,50 66,100",
    "65,0 10,66 / 10,66 92,66 / 65,0 65,100",
    "25,5 20,42 40,54 78,46 / 82,0 76,50 70,100",
  ],
  [
    "82,2 30,2 / 30,2 22,43 / 22,43 55,36 85,60 72,92 40,100 12,88",
    "84,2 38,6 24,38 60,44 82,68 60,97 14,92",
    "28,4 25,44 / 25,44 62,42 80,70 55,98 14,94 / 28,4 88,0",
  ],
  [
    "72,2 36,25 15,65 35,97 70,93 82,70 60,52 30,60 17,78",
    "56,0 30,40 18,78 46,100 78,82 66,60 36,62 20,82",
    "34,0 20,40 18,80 50,100 82,84 72,62 44,60 20,78",
  ],
  [
    "10,5 88,5 / 88,5 60,50 42,100",
    "12,6 86,4 / 86,4 60,50 40,100 / 34,52 84,48",
    "14,24 15,5 / 15,5 86,5 / 86,5 70,50 62,100",
  ],
  [
    "74,14 46,0 22,20 50,47 80,75 50,100 20,77 50,47 78,22 74,14",
    "50,0 74,22 50,46 26,22 50,0 / 50,46 84,74 50,100 16,74 50,46",
    "84,6 50,2 24,20 46,44 74,70 50,100 26,76 54,46 84,6",
  ],
  [
    "80,25 52,2 20,20 30,46 62,44 80,22 / 80,22 78,60 70,100",
    "76,26 54,2 22,16 22,42 52,48 76,26 / 78,2 76,50 74,100",
    "80,25 50,0 18,22 42,50 72,38 81,22 / 81,22 80,65 56,97 20,93",
  ],
];

/** The ways of `written` as strokes. */
export const digitStyles: readonly (readonly (readonly Stroke[])[])[] = written.map((styles) =>
  styles.map((style) => style.split(" / ").map(strokeOf)),
);

function strokeOf(points: string): Stroke {
  return points.split(" ").map((point) => {
    const [x, y] = point.split(",").map(Number);
    return [(x as number) / 100, (y as number) / 100];
  });
}

/**
 * Points on a Catmull–Rom curve through the given ones, `steps` on each stretch: of two points a straight line, and a round one where the
 * last point is the first.
 */
export function sampleStroke(stroke: Stroke, steps: number, closed = false): Point[] {
  const last = stroke.length - 1;
  const at = (i: number): Point => {
    if (closed) return stroke[(i + last) % last] as Point;
    return stroke[Math.min(last, Math.max(0, i))] as Point;
  };
  const out: Point[] = [at(0)];
  for (let i = 0; i < last; i++) {
    const [p, q, r, s] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let j = 1; j <= steps; j++) {
      const t = j / steps;
      out.push([spline(p[0], q[0], r[0], s[0], t), spline(p[1], q[1], r[1], s[1], t)]);
    }
  }
  return out;
}

/** Whether a stroke ends where it began. */
export function isClosed(stroke: Stroke): boolean {
  const [first, last] = [stroke[0] as Point, stroke[stroke.length - 1] as Point];
  return first[0] === last[0] && first[1] === last[1];
}

/** Between `q` (t = 0) and `r` (t = 1), heading as the chord of the neighbours. */
function spline(p: number, q: number, r: number, s: number, t: number): number {
  return 0.5 * (2 * q + t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p))));
}
