import type { DataView2D } from "../../protocol.js";
import type { Table } from "../charts/chart.js";
import { sample } from "../charts/decimate.js";
import { number, percent } from "../format.js";
import { classesOf, probability, type Surface } from "./paint.js";
import { PART_NAMES } from "./points.js";

/** Rows of the table at most: enough to see, few enough to read. */
const MOST = 60;

/** What a surface says at a row: that of the cell that lies next to it. */
function predicted(data: DataView2D, surface: Surface, row: number): string {
  const [x0, x1, y0, y1] = data.bounds;
  const { side } = surface;
  const place = (share: number): number => Math.min(side - 1, Math.max(0, Math.round(share * (side - 1))));
  const column = place(((data.points[2 * row] as number) - x0) / (x1 - x0));
  const line = place(1 - ((data.points[2 * row + 1] as number) - y0) / (y1 - y0));
  const cell = line * side + column;
  if (data.task === "regression") return number(surface.values[cell] as number);
  const chances = Array.from({ length: classesOf(surface) }, (_, i) => probability(surface, cell, i));
  const best = chances.indexOf(Math.max(...chances));
  return `${data.classes[best] ?? best}, ${percent(chances[best] as number)}`;
}

/** The picture as numbers: rows, what they are, and what each network makes of them. */
export function pictureTable(
  data: DataView2D,
  surfaces: readonly (readonly [name: string, surface: Surface | undefined])[],
): Table {
  const [x = "x", y = "y"] = data.features;
  const target = (row: number): string => {
    const value = data.targets[row] as number;
    return data.task === "regression" ? number(value) : (data.classes[value] ?? String(value));
  };
  return {
    columns: ["Part", x, y, "Target", ...surfaces.map(([name]) => name)],
    rows: sample(Array.from(data.parts.keys()), MOST).map((row) => [
      PART_NAMES[data.parts[row] as number],
      number(data.points[2 * row] as number),
      number(data.points[2 * row + 1] as number),
      target(row),
      ...surfaces.map(([, surface]) => (surface === undefined ? "–" : predicted(data, surface, row))),
    ]),
  };
}
