import { heat } from "../../../report/palette.js";
import type { Parameter } from "../../../search/index.js";
import { type Chart, chartOption, grid, type Option, placeAxis, type Section, valueText } from "../chart.js";
import { extentOf } from "../extent.js";
import { placeOf, ticksOf } from "../places.js";
import { byImportance, type Digest, type Target } from "../view.js";

/** So many parameters, the most important ones, in all pairs. */
const PARAMETERS = 4;
/** Cells of a parameter that is no choice. */
const CELLS = 32;
/** Fewer points make no surface. */
const LEAST = 5;

/** The value over two parameters at once. */
export function contours(study: Digest): Section {
  const title = "Contours";
  if (Object.keys(study.space).length < 2) {
    return { title, charts: [], why: "The study has fewer than two parameters." };
  }
  const charts = study.targets.flatMap((target) => {
    const names = byImportance(study, target).slice(0, PARAMETERS);
    const pairs = names.flatMap((x, i) => names.slice(i + 1).map((y) => [x, y] as const));
    return pairs.flatMap(([x, y]) => contourOf(study, target, x, y) ?? []);
  });
  if (charts.length === 0) {
    return { title, charts, why: `It takes ${LEAST} complete trials that have two parameters in common.` };
  }
  const note =
    "The value over pairs of the most important parameters: the mean of the trials near a place, the bright side is the better one. Where no trial is near, there is no colour.";
  return { title, note, charts, isGrid: true };
}

interface Point {
  readonly x: number;
  readonly y: number;
  readonly value: number;
  readonly number: number;
}

function contourOf(study: Digest, target: Target, x: string, y: string): Chart | undefined {
  const [along, up] = [study.space[x] as Parameter, study.space[y] as Parameter];
  const [least, most] = extentOf(target.known.map(({ value }) => value));
  const isLog = least > 0 && most / least > 1000;
  const points = target.known.flatMap(({ trial, value }): Point[] => {
    const [px, py] = [placeOf(along, trial, x), placeOf(up, trial, y)];
    if (px === undefined || py === undefined) return [];
    return [{ x: px, y: py, value: isLog ? Math.log10(value) : value, number: trial.number }];
  });
  if (points.length < LEAST) return undefined;
  const cells = surface(along, up, points);
  const [low, high] = extentOf(cells.map(([, , level]) => level));
  const levelText = (level: number) => valueText(Number((isLog ? 10 ** level : level).toPrecision(3)));
  const colors = [0, 0.25, 0.5, 0.75, 1].map((share) => `rgb(${heat(share).join(",")})`);
  const marks = target.known.flatMap(({ trial }) => {
    const [px, py] = [placeOf(along, trial, x, "x"), placeOf(up, trial, y, "y")];
    return px === undefined || py === undefined ? [] : [[px, py, trial.number]];
  });
  const band = (parameter: Parameter): Option => ({
    type: "category",
    show: false,
    data: Array.from({ length: cellsOf(parameter) }, (_, i) => i),
  });
  const look = { splitLine: { show: false } };
  return {
    title: study.targets.length > 1 ? `${x} and ${y}, ${target.name}` : `${x} and ${y}`,
    label: `${target.name} over ${x} and ${y}: ${points.length} trials, and the mean of those near each place.`,
    height: 300,
    renderer: "canvas",
    option: chartOption(grid({ right: 62 }), {
      xAxis: [placeAxis(x, ticksOf(along), look), band(along)],
      yAxis: [placeAxis(y, ticksOf(up), look), band(up)],
      visualMap: {
        type: "continuous",
        text: [levelText(high), levelText(low)],
        textStyle: { color: "@muted", fontSize: 11 },
        right: 0,
        top: "middle",
        itemWidth: 10,
        itemHeight: 150,
        hoverLink: false,
        seriesIndex: 0,
        dimension: 2,
        min: low,
        max: high > low ? high : low + 1,
        inRange: { color: target.direction === "minimize" ? colors.reverse() : colors },
      },
      series: [
        { type: "heatmap", xAxisIndex: 1, yAxisIndex: 1, data: cells, silent: true, progressive: 0 },
        {
          type: "scatter",
          data: marks,
          symbolSize: points.length > 300 ? 4 : 6,
          itemStyle: { color: "#ffffff", borderColor: "#171b22", borderWidth: 1 },
        },
      ],
    }),
  };
}

function cellsOf(parameter: Parameter): number {
  return parameter.type === "choice" ? parameter.choices.length : CELLS;
}

/**
 * The mean of the values around each cell, weighted by a normal density (Nadaraya, 1964; Watson, 1964) as wide as Scott's rule says for points
 * that lie evenly: n^(−1/6) / √12. Of a choice only its own trials count. Cells more than two widths from every trial are left out.
 */
export function surface(
  along: Parameter,
  up: Parameter,
  points: readonly Point[],
): [x: number, y: number, level: number][] {
  const width = points.length ** (-1 / 6) / Math.sqrt(12);
  const distance = (parameter: Parameter, a: number, b: number) => {
    if (parameter.type !== "choice") return ((a - b) / width) ** 2;
    return Math.abs(a - b) * parameter.choices.length < 0.5 ? 0 : Number.POSITIVE_INFINITY;
  };
  const [columns, rows] = [cellsOf(along), cellsOf(up)];
  return Array.from({ length: columns * rows }, (_, cell): [number, number, number][] => {
    const [i, j] = [cell % columns, Math.floor(cell / columns)];
    let [sum, total, nearest] = [0, 0, Number.POSITIVE_INFINITY];
    for (const { x, y, value } of points) {
      const square = distance(along, x, (i + 0.5) / columns) + distance(up, y, (j + 0.5) / rows);
      const weight = Math.exp(-square / 2);
      nearest = Math.min(nearest, square);
      sum += weight * value;
      total += weight;
    }
    return nearest <= 4 ? [[i, j, sum / total]] : [];
  }).flat();
}
