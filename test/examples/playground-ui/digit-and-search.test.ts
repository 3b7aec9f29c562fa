import { expect, test } from "vitest";
import { raster } from "../../../examples/playground/src/data/raster.js";
import { defaults } from "../../../examples/playground/src/defaults.js";
import type { Trial } from "../../../examples/playground/src/protocol.js";
import { axisOf, ranked } from "../../../examples/playground/src/ui/charts/parallel.js";
import { barsSvg } from "../../../examples/playground/src/ui/digit/bars.js";
import { EXAMPLES, varied } from "../../../examples/playground/src/ui/digit/examples.js";

function centre(pixels: Float32Array): [number, number] {
  let [mass, x, y] = [0, 0, 0];
  pixels.forEach((value, i) => {
    mass += value;
    x += value * ((i % 28) + 0.5);
    y += value * (Math.floor(i / 28) + 0.5);
  });
  return [x / mass, y / mass];
}

test("a drawing lies as MNIST's digits do, wherever and however large it was drawn", () => {
  for (const [scale, shift] of [
    [1, 0],
    [0.2, 0.7],
    [300, -40],
  ] as const) {
    const moved = (EXAMPLES[4] ?? []).map((stroke) => stroke.map(([x, y]) => [x * scale + shift, y * scale] as const));
    const pixels = raster(moved);
    const [x, y] = centre(pixels);
    expect([Math.abs(x - 14) < 0.3, Math.abs(y - 14) < 0.3]).toEqual([true, true]);
    expect(pixels).toEqual(raster(moved));
    const rows = Array.from({ length: 28 }, (_, row) =>
      pixels.slice(28 * row, 28 * row + 28).some((value) => value > 0.5),
    );
    expect(rows.filter(Boolean).length).toBeGreaterThanOrEqual(17);
    expect(rows.filter(Boolean).length).toBeLessThanOrEqual(21);
  }
});

test("nothing drawn is nothing, and a dot is a dot", () => {
  expect(raster([]).every((value) => value === 0)).toBe(true);
  const dot = raster([[[0.3, 0.3]]]);
  expect(Math.max(...dot)).toBe(1);
  expect(centre(dot).map(Math.round)).toEqual([14, 14]);
});

test("there is one example of each digit, inside its square", () => {
  expect(EXAMPLES).toHaveLength(10);
  for (const [x, y] of EXAMPLES.flat(2)) expect(Math.min(x, y) >= 0 && Math.max(x, y) <= 1).toBe(true);
});

test("examples in several hands are all different, and inside their square too", () => {
  const drawn = varied();
  expect(drawn).toHaveLength(50);
  expect(new Set(drawn.map(({ strokes }) => JSON.stringify(strokes))).size).toBe(50);
  for (const [x, y] of drawn.flatMap(({ strokes }) => strokes.flat())) {
    expect(Math.min(x, y) >= 0 && Math.max(x, y) <= 1).toBe(true);
  }
});

test("the probabilities of a digit are saved as bars, the best in its own colour", () => {
  const { markup } = barsSvg(Float32Array.of(0.25, 0.75));
  expect(markup.match(/<rect/g)).toHaveLength(2);
  expect(markup).toMatch(/width="65.50"[^>]*--bar.*25.0 %.*width="196.50"[^>]*--best.*75.0 %/);
});

const trial = (number: number, score: number, rate: number, kind = "relu"): Trial => ({
  number,
  of: 9,
  settings: defaults,
  values: { rate, kind },
  loss: 1,
  score,
});
const trials = [trial(1, 0.5, 0.001), trial(2, 0.9, 1, "tanh"), trial(3, Number.NaN, 0.03)];
const valuesOf = (key: string) => trials.map((each) => each.values[key] ?? "");

test("the best trial is first: most right, or least wrong; one that failed is last", () => {
  expect(ranked(trials, "classification").map((each) => each.number)).toEqual([2, 1, 3]);
  expect(ranked(trials, "regression").map((each) => each.number)).toEqual([1, 2, 3]);
});

test("an axis over wide ranges is logarithmic, one of names has each at its place", () => {
  const rate = axisOf("rate", valuesOf("rate"), (each) => each.values.rate ?? "");
  expect(trials.map(rate.place).map((place) => Number(place.toFixed(2)))).toEqual([0, 1, 0.49]);
  expect(rate.labels.map(([text]) => text)).toEqual(["0.001", "1"]);
  const kind = axisOf("kind", valuesOf("kind"), (each) => each.values.kind ?? "");
  expect(kind.labels).toEqual([
    ["relu", 0],
    ["tanh", 1],
  ]);
  const alike = axisOf("x", [3, 3], () => 3);
  expect([alike.labels, alike.place(trials[0] as Trial)]).toEqual([[["3", 0.5]], 0.5]);
});
