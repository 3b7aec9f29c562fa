import { expect, test } from "vitest";
import { decimate, sample } from "../../../examples/playground/src/ui/charts/decimate.js";
import { svgDocument, titled } from "../../../examples/playground/src/ui/charts/export.js";
import { axisEnd } from "../../../examples/playground/src/ui/charts/plot-curves.js";
import { nearest, nearestTo } from "../../../examples/playground/src/ui/charts/reading.js";
import { cellsOf } from "../../../examples/playground/src/ui/images/confusion.js";
import { columnsFor } from "../../../examples/playground/src/ui/images/guess-grid.js";
import { contour } from "../../../examples/playground/src/ui/picture/contour.js";
import { paintSurface, surfaceLines } from "../../../examples/playground/src/ui/picture/paint.js";
import { pictureSvg } from "../../../examples/playground/src/ui/picture/picture-svg.js";
import { pictureTable } from "../../../examples/playground/src/ui/picture/picture-table.js";
import { dots } from "../../../examples/playground/src/ui/picture/points.js";

const itself = (value: number): number => value;
const look = { background: [255, 255, 255] as const, dark: false };

const data = {
  task: "classification" as const,
  classes: ["A", "B"],
  points: Float32Array.of(-1, -1, 1, 1, 0, 0),
  targets: Float32Array.of(0, 1, 1),
  parts: Uint8Array.of(2, 0, 1),
  bounds: [-1, 1, -1, 1] as const,
  features: ["x", "y"],
};
/** The left half is of the first class, the right half of the second. */
const surface = { side: 2, channels: 2, values: Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1) };

test("a short series is drawn as it is, without what is no number", () => {
  expect(decimate([1, Number.NaN, 3, Number.POSITIVE_INFINITY, 2], itself)).toEqual([1, 3, 2]);
  expect(decimate([], itself)).toEqual([]);
});

test("a long series keeps its ends, its peaks and its order", () => {
  const points = Array.from({ length: 10_000 }, (_, x) => ({ x, y: Math.sin(x / 500) }));
  points[4321] = { x: 4321, y: 50 };
  points[7777] = { x: 7777, y: -50 };
  const kept = decimate(points, (point) => point.y, 200);
  expect(kept.length).toBeLessThanOrEqual(200);
  expect(kept[0]?.x).toBe(0);
  expect(kept.at(-1)?.x).toBe(9999);
  expect(kept.map((point) => point.y)).toEqual(expect.arrayContaining([50, -50]));
  expect(kept.every((point, i) => i === 0 || point.x > (kept[i - 1]?.x ?? 0))).toBe(true);
});

test("a table samples rows evenly, with both ends", () => {
  const rows = Array.from({ length: 1000 }, (_, i) => i);
  const sampled = sample(rows, 11);
  expect(sampled).toHaveLength(11);
  expect([sampled[0], sampled[5], sampled[10]]).toEqual([0, 500, 999]);
  expect(sample([1, 2], 11)).toEqual([1, 2]);
});

test("an axis ends at a round number that holds the curve", () => {
  expect([0, 10, 11, 21, 51, 101, 3001].map(axisEnd)).toEqual([10, 10, 15, 30, 75, 150, 5000]);
});

test("a saved chart stands by itself: name space, colours in place of variables", () => {
  const colors: Record<string, string> = { "--line": " #e4e7ed", "--ink": "#111", "--surface": "#fff" };
  const file = svgDocument(
    '<svg width="10" style="overflow: visible"><path stroke="var(--line)" fill="var(--none, red)" color="var(--gone)"/></svg>',
    (name) => colors[name] ?? "",
  );
  expect(file).toContain('xmlns="http://www.w3.org/2000/svg"');
  expect(file).toContain('stroke="#e4e7ed"');
  expect(file).toContain('fill="red"');
  expect(file).toContain('color="currentColor"');
  expect(file).toContain('style="color:#111;background:#fff;font-family:system-ui,sans-serif;overflow: visible"');
  expect(file.match(/xmlns=/g)).toHaveLength(1);
  expect(file).not.toContain("var(");
});

test("a saved chart has its title and the names of its lines above it", () => {
  const legend = [
    { name: "A & B", color: "red", dash: "none" },
    { name: "dev", color: "blue", dash: "6 3" },
  ];
  const file = titled('<svg id="inner"/>', "Loss", legend, 100, 50);
  expect(file).toContain('height="80"');
  expect(file).toContain("A &amp; B");
  expect(file.match(/stroke-dasharray="6 3"/g)).toHaveLength(1);
  const width = Number(/width="(\d+)"/.exec(file)?.[1]);
  expect(width).toBeGreaterThan(100);
});

test("a contour runs where the function crosses 0", () => {
  const lines = contour(3, (row) => row - 0.5);
  expect(lines).toHaveLength(8);
  for (let i = 1; i < lines.length; i += 2) expect(lines[i]).toBe(0.5);
  expect(contour(3, () => 1)).toEqual([]);
});

test("a surface is painted in the colours of its classes, with one line between two", () => {
  const pixels = new Uint8ClampedArray(4 * 4 * 4);
  paintSurface(surface, data, look, 4, pixels);
  const [left, right] = [pixels.slice(0, 3), pixels.slice(12, 15)];
  expect(left[2]).toBeGreaterThan(left[0] as number);
  expect(right[0]).toBeGreaterThan(right[2] as number);
  expect(pixels[3]).toBe(255);
  const lines = surfaceLines(surface, data);
  expect(lines).toHaveLength(1);
  expect([lines[0]?.[0], lines[0]?.[2]]).toEqual([0.5, 0.5]);
});

test("one channel is the probability of the second class", () => {
  // No exact thirds between them, where a band of confidence ends.
  const two = { side: 2, channels: 2, values: Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.9, 0.1, 0.2, 0.8) };
  const one = { side: 2, channels: 1, values: Float32Array.of(0.1, 0.8, 0.1, 0.8) };
  const [a, b] = [new Uint8ClampedArray(64), new Uint8ClampedArray(64)];
  paintSurface(two, data, look, 4, a);
  paintSurface(one, data, look, 4, b);
  expect(b).toEqual(a);
});

test("rows lie where they are, y upwards, train below dev below test, hidden parts left out", () => {
  const found = dots(data, 100, look, [true, true, true]);
  expect(found.map(({ x, y, part }) => [x, y, part])).toEqual([
    [100, 0, 0],
    [50, 50, 1],
    [0, 100, 2],
  ]);
  expect(dots(data, 100, look, [true, false, true])).toHaveLength(2);
});

test("the picture is saved as shapes, with its name", () => {
  const file = pictureSvg({ title: "a < b", data, surface, image: undefined, dark: false, shown: [true, true, true] });
  expect(file).toContain("<title>a &lt; b</title>");
  expect(file.match(/translate/g)).toHaveLength(3);
});

test("the picture is a table too: rows, what they are, and what is predicted there", () => {
  const table = pictureTable(data, [
    ["Predicted by A", surface],
    ["Predicted by B", undefined],
  ]);
  expect(table.columns).toEqual(["Part", "x", "y", "Target", "Predicted by A", "Predicted by B"]);
  expect(table.rows[0]).toEqual(["Test", "−1", "−1", "A", "A, 100.0 %", "–"]);
  expect(table.rows[1]).toEqual(["Train", "1", "1", "B", "B, 100.0 %", "–"]);
  const value = { side: 2, channels: 1, values: Float32Array.of(1, 2, 3, 4) };
  const numbers = pictureTable({ ...data, task: "regression", classes: [] }, [["Predicted", value]]);
  expect(numbers.rows.map((row) => row[4]).slice(0, 2)).toEqual(["3", "2"]);
});

test("a pointer or arrow keys read the point that lies nearest", () => {
  const epochs = [0, 1, 2, 10, 100];
  const places = { count: epochs.length, placeOf: (index: number) => epochs[index] as number };
  expect([-5, 0.4, 0.6, 5, 7, 60, 1000].map((place) => nearest(places, place))).toEqual([0, 0, 1, 2, 3, 4, 4]);
  expect(nearestTo(places, 46 + 22, (place) => 46 + 2 * place)).toBe(3);
});

test("a confusion matrix has a cell for each pair, and its share of the row", () => {
  const cells = cellsOf(Uint32Array.of(3, 1, 0, 0), ["A", "B"]);
  expect(cells.map(({ truth, guess, amount, share, isRight }) => [truth, guess, amount, share, isRight])).toEqual([
    ["A", "A", 3, 0.75, true],
    ["A", "B", 1, 0.25, false],
    ["B", "A", 0, 0, false],
    ["B", "B", 0, 0, true],
  ]);
});

test("images are as large as they can be side by side", () => {
  expect([columnsFor(40, 440, 252, 46 / 36), columnsFor(40, 330, 252, 46 / 36), columnsFor(1, 300, 200, 1)]).toEqual([
    10, 8, 1,
  ]);
});
