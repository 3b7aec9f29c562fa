export type Stroke = readonly (readonly [x: number, y: number])[];

const SIDE = 28;
/** MNIST's digits fill a box of 20 pixels, and their centre of mass lies in the middle of the 28. */
const BOX = 20;
/** Half the width of the pen, in pixels of the 28. */
const PEN = 1.25;

/** Distance from a point to the stretch between two others. */
function distance(px: number, py: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}

function ink(strokes: readonly Stroke[]): Float32Array {
  const pixels = new Float32Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      let near = Number.POSITIVE_INFINITY;
      for (const stroke of strokes) {
        stroke.forEach(([bx, by], i) => {
          const [ax, ay] = stroke[Math.max(0, i - 1)] as readonly [number, number];
          near = Math.min(near, distance(x + 0.5, y + 0.5, ax, ay, bx, by));
        });
      }
      pixels[y * SIDE + x] = Math.min(1, Math.max(0, PEN + 0.5 - near));
    }
  }
  return pixels;
}

const moved = (strokes: readonly Stroke[], scale: number, dx: number, dy: number): Stroke[] =>
  strokes.map((stroke) => stroke.map(([x, y]) => [x * scale + dx, y * scale + dy] as const));

/** 28 × 28 pixels from 0 to 1 of lines drawn at any size: brought to the box and centre of MNIST's digits. Nothing drawn is all 0. */
export function raster(strokes: readonly Stroke[]): Float32Array {
  const points = strokes.flat();
  if (points.length === 0) return new Float32Array(SIDE * SIDE);
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = (BOX - 2 * PEN) / Math.max(right - left, bottom - top, 1e-6);
  const capped = Math.min(scale, 1e6);
  const boxed = moved(
    strokes,
    capped,
    SIDE / 2 - (capped * (left + right)) / 2,
    SIDE / 2 - (capped * (top + bottom)) / 2,
  );
  const first = ink(boxed);
  let mass = 0;
  let cx = 0;
  let cy = 0;
  first.forEach((value, i) => {
    mass += value;
    cx += value * ((i % SIDE) + 0.5);
    cy += value * (Math.floor(i / SIDE) + 0.5);
  });
  return mass === 0 ? first : ink(moved(boxed, 1, SIDE / 2 - cx / mass, SIDE / 2 - cy / mass));
}
