import { expect, test } from "vitest";
import { contourLines } from "../../src/report/contours.js";

test("the level r² of x² + y² is one closed line near a circle of radius r", () => {
  const xs = Array.from({ length: 41 }, (_, i) => -2 + i * 0.1);
  const z = xs.map((y) => xs.map((x) => x * x + y * y));
  const lines = contourLines(xs, xs, z, 1.2 ** 2);
  expect(lines).toHaveLength(1);
  const [line] = lines as [(typeof lines)[0]];
  expect(line[0]).toEqual(line.at(-1));
  for (const [x, y] of line) expect(Math.hypot(x, y)).toBeCloseTo(1.2, 2);
});

test("a saddle is cut by its middle", () => {
  const lines = contourLines(
    [0, 1],
    [0, 1],
    [
      [1, 0],
      [0, 1],
    ],
    0.4,
  );
  // The middle, 0.5, is above: the low corners are cut off, (1, 0) and (0, 1).
  expect(lines).toHaveLength(2);
  for (const line of lines) for (const [x, y] of line) expect(Math.abs(x - y)).toBeGreaterThan(0.55);
});

test("cells with a gap have no line, nor has a level outside the values", () => {
  expect(
    contourLines(
      [0, 1],
      [0, 1],
      [
        [0, 1],
        [Number.NaN, 2],
      ],
      0.5,
    ),
  ).toEqual([]);
  expect(
    contourLines(
      [0, 1],
      [0, 1],
      [
        [0, 1],
        [1, 2],
      ],
      3,
    ),
  ).toEqual([]);
});
