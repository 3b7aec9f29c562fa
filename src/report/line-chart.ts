import { checkName } from "../util/check.js";
import { type ChartOptions, checkChart, checkList, checkPair } from "./chart.js";
import { draw, type Option } from "./draw.js";
import { type Frame, frame, type LegendEntry } from "./frame.js";
import { checkMarks, drawMarks, type Mark, valuesOfMarks } from "./marks.js";
import { colorOf, SYMBOLS } from "./palette.js";
import { type Axis, checkAxis, checkValues, type Scale, scaleOf, shareOn } from "./scale.js";

/** One curve. */
export interface Line {
  name: string;
  x: ArrayLike<number>;
  /** NaN and the infinities are gaps. */
  y: ArrayLike<number>;
  /** Default `"line"`. `"step"` holds each value until the next. */
  style?: "line" | "dashed" | "points" | "step";
}

export interface LineChartOptions extends ChartOptions {
  x: Axis;
  y: Axis;
  series: Line[];
  /** Labelled lines and points over the curves. */
  marks?: Mark[];
}

/** One cloud of points. */
export type Points = Omit<Line, "style">;

export interface ScatterChartOptions extends Omit<LineChartOptions, "series"> {
  series: Points[];
}

const STYLES = ["line", "dashed", "points", "step"] as const;
/** Beyond so many points a curve is drawn by its extremes in each pixel. */
const MANY = 2000;

/**
 * Curves over an axis of numbers, as SVG: losses over epochs, rates over steps. A legend stands above two series or more.
 *
 * Drawn by Apache ECharts (the optional package `echarts`), without a DOM and with the same bits on every run.
 *
 * @param options.width pixels, default 720
 * @param options.height pixels, default 440
 * @throws ValueError for an unknown option, no title, no series, x and y of different lengths, values ≤ 0 on a log axis
 * @throws PlatformError where `echarts` is not installed
 * @example
 * const svg = await lineChart({
 *   title: "Loss",
 *   x: { title: "epoch" },
 *   y: { title: "loss", scale: "log" },
 *   series: [{ name: "train", x: [1, 2, 3], y: [0.9, 0.3, 0.1] }],
 *   marks: [{ x: 2, text: "best" }],
 * });
 * svg.startsWith("<svg"); // true
 */
export async function lineChart(options: LineChartOptions): Promise<string> {
  const { title, series } = options ?? {};
  const size = checkChart("lineChart", options, "x", "y", "series", "marks");
  const { x, y, marks } = checkPlane("lineChart", options, ["name", "x", "y", "style"]);
  for (const [i, { style }] of series.entries()) {
    if (style !== undefined) checkName("lineChart", `series[${i}].style`, style, STYLES);
  }
  // Curves fill the box from side to side; points need a margin.
  const isRound = series.every(({ style }) => style === "points");
  const legend = series.map(({ name, style }, i): LegendEntry => {
    const kind = style === "dashed" || style === "points" ? style : "line";
    return { name, color: colorOf(i), kind, symbol: symbolOf(i) };
  });
  const made = plane(size, title, x, y, series, marks, legend, isRound);
  const drawn = series.flatMap((each, i) => curve(each, i, made.x as Scale, made.y as Scale));
  return draw("lineChart", title, size, finish(made, drawn, marks, series));
}

/**
 * Points on two axes of numbers, as SVG. Series differ in colour and shape.
 *
 * @param options.width pixels, default 720
 * @param options.height pixels, default 440
 * @throws ValueError for an unknown option, no title, no series, x and y of different lengths, values ≤ 0 on a log axis
 * @throws PlatformError where `echarts` is not installed
 * @example
 * const svg = await scatterChart({
 *   title: "Two classes",
 *   x: { title: "length (cm)" },
 *   y: { title: "width (cm)" },
 *   series: [
 *     { name: "setosa", x: [5.1, 4.9], y: [3.5, 3] },
 *     { name: "virginica", x: [6.3, 5.8], y: [3.3, 2.7] },
 *   ],
 * });
 * svg.includes("virginica"); // true
 */
export async function scatterChart(options: ScatterChartOptions): Promise<string> {
  const { title, series } = options ?? {};
  const size = checkChart("scatterChart", options, "x", "y", "series", "marks");
  const { x, y, marks } = checkPlane("scatterChart", options, ["name", "x", "y"]);
  const legend = series.map(
    ({ name }, i): LegendEntry => ({ name, color: colorOf(i), kind: "points", symbol: symbolOf(i) }),
  );
  const made = plane(size, title, x, y, series, marks, legend, true);
  const count = series.reduce((sum, each) => sum + each.x.length, 0);
  const drawn = series.map((each, i) => cloud(each, i, made.x as Scale, made.y as Scale, count));
  return draw("scatterChart", title, size, finish(made, drawn, marks, series));
}

function checkPlane(operation: string, options: LineChartOptions, keys: string[]) {
  const x = checkAxis(operation, "x", options.x);
  const y = checkAxis(operation, "y", options.y);
  checkList<Line>(operation, "series", options.series, keys).forEach((each, i) => {
    checkValues(operation, `series[${i}].x`, each.x, x.scale);
    checkValues(operation, `series[${i}].y`, each.y, y.scale);
    checkPair(operation, `series[${i}]`, each.x, each.y);
  });
  return { x, y, marks: checkMarks(operation, options.marks ?? [], x, y) };
}

function plane(
  size: { width: number; height: number },
  title: string,
  x: Axis,
  y: Axis,
  series: readonly Points[],
  marks: readonly Mark[],
  legend: readonly LegendEntry[],
  isRound: boolean,
): Frame {
  const xs = [...series.map((each) => each.x), valuesOfMarks(marks, "x")];
  const ys = [...series.map((each) => each.y), valuesOfMarks(marks, "y")];
  return frame(size, title, series.length > 1 ? legend : [], {
    x: (count) => scaleOf(x, xs, { count, isRound }),
    y: (count) => scaleOf(y, ys, { count, isRound: true }),
  });
}

function finish(made: Frame, drawn: Option[], marks: readonly Mark[], series: readonly Points[]): Option {
  const [x, y] = [made.x as Scale, made.y as Scale];
  const points = marks.length ? series.flatMap((each) => filled(pointsOf(each, x, y))) : [];
  return {
    ...made.option,
    series: drawn,
    graphic: { elements: [...made.elements, ...drawMarks(made, marks, points)] },
  };
}

/** Points with others between them where two in succession lie far apart. */
function filled(points: readonly [number, number][]): [number, number][] {
  return points.flatMap(([x, y], i) => {
    const [toX, toY] = points[i + 1] ?? [x, y];
    const parts = Math.min(Math.max(Math.ceil(Math.max(Math.abs(toX - x), Math.abs(toY - y)) * 60) || 1, 1), 60);
    return Array.from({ length: parts }, (_, j): [number, number] => [
      x + ((toX - x) * j) / parts || x,
      y + ((toY - y) * j) / parts || y,
    ]);
  });
}

/** As shares of the axes; a gap has NaN. */
export function pointsOf({ x, y }: Pick<Line, "x" | "y">, xScale: Scale, yScale: Scale): [number, number][] {
  return Array.from({ length: x.length }, (_, i) => [shareOn(xScale, x[i] as number), shareOn(yScale, y[i] as number)]);
}

function curve(line: Line, i: number, x: Scale, y: Scale): Option[] {
  const { style = "line" } = line;
  if (style === "points") return [cloud(line, i, x, y, line.x.length)];
  const data = pointsOf(line, x, y);
  const isRising = data.every(([at], j) => j === 0 || at >= (data[j - 1] as [number, number])[0]);
  const color = colorOf(i);
  // A value between two gaps has no line: it is seen as a dot.
  const alone = data.filter((point, j) => !isGap(point) && isGap(data[j - 1]) && isGap(data[j + 1]));
  const curve = {
    type: "line",
    data,
    silent: true,
    clip: true,
    step: style === "step" ? "end" : false,
    symbol: "none",
    sampling: data.length > MANY && isRising ? "minmax" : undefined,
    lineStyle: { color, width: 2, type: style === "dashed" ? [6, 4] : "solid" },
  };
  if (alone.length === 0) return [curve];
  return [curve, { type: "scatter", data: alone, silent: true, clip: true, symbolSize: 5, itemStyle: { color } }];
}

function isGap(point: [number, number] | undefined): boolean {
  return point === undefined || Number.isNaN(point[0]) || Number.isNaN(point[1]);
}

function cloud(points: Points, i: number, x: Scale, y: Scale, count: number): Option {
  return {
    type: "scatter",
    data: pointsOf(points, x, y).filter((point) => point.every(isWithin)),
    silent: true,
    symbol: symbolOf(i),
    symbolSize: count > 2000 ? 4 : count > 300 ? 5 : 7,
    itemStyle: { color: colorOf(i), opacity: count > 300 ? 0.6 : 0.85 },
  };
}

function isWithin(share: number): boolean {
  return share >= -1e-9 && share <= 1 + 1e-9;
}

function symbolOf(i: number): string {
  return SYMBOLS[i % SYMBOLS.length] as string;
}
