import { checkNumber, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { type ChartOptions, checkChart, checkList, checkPair } from "./chart.js";
import { contourLines } from "./contours.js";
import { draw, type Option } from "./draw.js";
import { base, type Frame, frame, type LegendEntry, placeIn, text } from "./frame.js";
import { pointsOf } from "./line-chart.js";
import { AXIS, heat, MISSING } from "./palette.js";
import { pngUri } from "./png.js";
import { type Axis, checkAxis, checkValues, type Scale, scaleOf, shareOfUnits, shareOn, toUnits } from "./scale.js";
import { textWidth, wrap } from "./text.js";

/** An axis with the places of its cells' centres, rising. */
export interface CellAxis extends Axis {
  values: ArrayLike<number>;
}

/** A way over the map, such as an optimizer's. */
export interface Path {
  name: string;
  x: ArrayLike<number>;
  y: ArrayLike<number>;
}

export interface HeatmapOptions extends ChartOptions {
  x: CellAxis;
  y: CellAxis;
  /** `z[row][column]`, at the places `y.values[row]` and `x.values[column]`. NaN and the infinities are grey. */
  z: ArrayLike<number>[];
  /** What the colours measure. */
  value: Axis;
  /** Lines of equal value between the least and the greatest. Default none. */
  contours?: number;
  paths?: Path[];
}

const BAR = 16;
/** Colours that are seen on dark blue and on yellow, with a white rim, and on the white of the legend. */
const PATHS = ["#d55e00", "#000000", "#cc79a7", "#56b4e9", "#e69f00", "#8a0000"] as const;

/**
 * A grid of numbers as colours (viridis), as SVG: a loss surface, a confusion matrix; with contours and ways over it.
 *
 * @param options.contours how many levels, evenly between the least and the greatest value (on a log axis: of their logarithms); default 0
 * @param options.width pixels, default 720
 * @param options.height pixels, default 440
 * @throws ValueError for an unknown option, no title, rows of z that do not fit the axes, places that do not rise, values ≤ 0 on a log axis
 * @throws PlatformError where `echarts` or `fast-png` is not installed
 * @example
 * const svg = await heatmap({
 *   title: "Loss surface",
 *   x: { title: "w₁", values: [-1, 0, 1] },
 *   y: { title: "w₂", values: [0, 1] },
 *   z: [[1, 0, 1], [2, 1, 2]],
 *   value: { title: "loss" },
 * });
 * svg.includes("data:image/png"); // true
 */
export async function heatmap(options: HeatmapOptions): Promise<string> {
  const size = checkChart("heatmap", options, "x", "y", "z", "value", "contours", "paths");
  const { title, z, contours = 0, paths = [] } = options;
  checkNumber("heatmap", "contours", contours, { min: 0, max: 100, whole: true });
  const [x, y] = [cellAxis("x", options.x), cellAxis("y", options.y)];
  const value = checkAxis("heatmap", "value", options.value);
  checkGrid(z, x.centers.length, y.centers.length, value);
  checkPaths(paths, x.axis, y.axis);

  const colors = scaleOf(value, z, { count: 6 });
  const labels = Math.max(...colors.ticks.map(({ label }) => textWidth(label, 12)));
  const barTitle = wrap(value.title, size.height * 0.6, 13);
  const right = BAR + 20 + labels + 12 + barTitle.length * 17;
  const legend = paths.map(({ name }, i): LegendEntry => ({ name, color: pathColor(i), kind: "line" }));
  const made = frame(
    size,
    title,
    legend,
    {
      x: (count) => cellScale(x, count),
      y: (count) => cellScale(y, count),
    },
    right,
  );

  const cells = await cellImage(made, x, y, z, colors);
  const bar = await colorBar(made, colors, barTitle, labels);
  const lines = contourElements(made, x, y, z, colors, contours);
  return draw("heatmap", title, size, {
    ...withoutGridLines(made.option),
    series: paths.flatMap((path, i) => pathSeries(path, i, made)),
    graphic: { elements: [cells, ...lines, ...bar, ...made.elements] },
  });
}

/** An axis with centres and edges of its cells, in units of the axis. */
interface Cells {
  readonly axis: Axis;
  readonly centers: readonly number[];
  readonly edges: readonly number[];
}

function cellAxis(name: "x" | "y", axis: unknown): Cells {
  const checked = checkAxis("heatmap", name, axis, "values") as CellAxis;
  const values = checkValues("heatmap", `${name}.values`, checked.values, checked.scale);
  for (let i = 0; i < values.length; i++) {
    const [before, here] = [values[i - 1], values[i] as number];
    if (!Number.isFinite(here) || (before !== undefined && here <= before)) {
      throw new ValueError(`heatmap: ${name}.values expected finite numbers that rise, got ${here} at ${i}; sort them`);
    }
  }
  const centers = Array.from(values, (each) => toUnits(each, checked.scale === "log"));
  const middles = centers.slice(1).map((each, i) => (each + (centers[i] as number)) / 2);
  const [first, last] = [centers[0] as number, centers.at(-1) as number];
  const low = middles.length ? 2 * first - (middles[0] as number) : first - 0.5;
  const high = middles.length ? 2 * last - (middles.at(-1) as number) : last + 0.5;
  return { axis: checked, centers, edges: [low, ...middles, high] };
}

/** The axis from the first cell's edge to the last one's. */
function cellScale({ axis, edges }: Cells, count: number): Scale {
  const { title, scale, min, max } = axis;
  const isLog = scale === "log";
  const ends = [edges[0] as number, edges.at(-1) as number].map((at) => (isLog ? 10 ** at : at)) as [number, number];
  return scaleOf({ title, ...(scale && { scale }), min: min ?? ends[0], max: max ?? ends[1] }, [ends], { count });
}

function checkGrid(z: unknown, columns: number, rows: number, value: Axis): void {
  if (!Array.isArray(z) || z.length !== rows) {
    throw new ValueError(
      `heatmap: z expected ${rows} rows as y.values has, got ${Array.isArray(z) ? z.length : show(z)}; z[row][column]`,
    );
  }
  z.forEach((row, i) => {
    checkValues("heatmap", `z[${i}]`, row, value.scale);
    if (row.length !== columns) {
      throw new ValueError(`heatmap: z[${i}] expected ${columns} numbers as x.values has, got ${row.length}`);
    }
  });
}

function checkPaths(paths: unknown, x: Axis, y: Axis): void {
  if (Array.isArray(paths) && paths.length === 0) return;
  checkList<Path>("heatmap", "paths", paths, ["name", "x", "y"]).forEach((each, i) => {
    checkValues("heatmap", `paths[${i}].x`, each.x, x.scale);
    checkValues("heatmap", `paths[${i}].y`, each.y, y.scale);
    checkPair("heatmap", `paths[${i}]`, each.x, each.y);
  });
}

/** The cells as one image of two pixels for each of the box: it has no seams, and cells may differ in size. */
async function cellImage(
  made: Frame,
  x: Cells,
  y: Cells,
  z: readonly ArrayLike<number>[],
  colors: Scale,
): Promise<Option> {
  const { box } = made;
  const [width, height] = [Math.round(box.width) * 2, Math.round(box.height) * 2];
  const columns = cellsAt(x, made.x as Scale, width);
  const rows = cellsAt(y, made.y as Scale, height).reverse();
  const pixels = new Uint8Array(width * height * 3);
  let next = 0;
  for (const row of rows) {
    for (const column of columns) {
      const value = row < 0 || column < 0 ? Number.NaN : ((z[row] as ArrayLike<number>)[column] as number);
      const share = shareOn(colors, value);
      pixels.set(Number.isNaN(share) ? MISSING : heat(share), next);
      next += 3;
    }
  }
  return image(await pngUri("heatmap", width, height, pixels), box.left, box.top, box.width, box.height);
}

/** The cell of each of `count` pixels along an axis; −1 outside. */
function cellsAt({ edges }: Cells, { min, max }: Scale, count: number): number[] {
  let cell = 0;
  return Array.from({ length: count }, (_, i) => {
    const at = min + ((max - min) * (i + 0.5)) / count;
    if (at < (edges[0] as number) || at > (edges.at(-1) as number)) return -1;
    while (cell < edges.length - 2 && at >= (edges[cell + 1] as number)) cell++;
    return cell;
  });
}

/** Lines of equal value, evenly between the ends of the colours. */
function contourElements(
  made: Frame,
  x: Cells,
  y: Cells,
  z: readonly ArrayLike<number>[],
  colors: Scale,
  count: number,
): Option[] {
  const sharesOf = ({ centers }: Cells, scale: Scale) => centers.map((each) => shareOfUnits(scale, each));
  const [xs, ys] = [sharesOf(x, made.x as Scale), sharesOf(y, made.y as Scale)];
  const rows = z.map((row) => Array.from(row, (each) => shareOn(colors, each)));
  const place = placeIn(made);
  const isInside = (point: readonly [number, number]) => point.every((share) => share >= 0 && share <= 1);
  return Array.from({ length: count }, (_, i) => (i + 1) / (count + 1)).flatMap((level) =>
    contourLines(xs, ys, rows, level).map((line) => ({
      ...base,
      z: 20,
      type: "polyline",
      shape: { points: line.filter(isInside).map(place) },
      style: { fill: "none", stroke: "#ffffff", lineWidth: 1, opacity: 0.7 },
    })),
  );
}

async function colorBar({ box }: Frame, colors: Scale, title: readonly string[], labels: number): Promise<Option[]> {
  const left = box.left + box.width + 20;
  const pixels = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) pixels.set(heat(1 - i / 255), i * 3);
  const uri = await pngUri("heatmap", 1, 256, pixels);
  const line = (y: number) => ({
    ...base,
    type: "line",
    shape: { x1: left + BAR, x2: left + BAR + 4, y1: y, y2: y },
    style: { stroke: AXIS },
  });
  const ticks = colors.ticks.flatMap(({ at, label }) => {
    const y = box.top + (1 - at) * box.height;
    return [line(y), text(label, left + BAR + 8, y)];
  });
  const names = title.map((each, i) =>
    text(each, left + BAR + 8 + labels + 14 + i * 17, box.top + box.height / 2, {
      size: 13,
      align: "center",
      isUpright: true,
    }),
  );
  return [image(uri, left, box.top, BAR, box.height), ...ticks, ...names];
}

function image(uri: string, x: number, y: number, width: number, height: number): Option {
  return { ...base, z: 1, type: "image", style: { image: uri, x, y, width, height } };
}

function withoutGridLines(option: Option): Option {
  const bare = (axis: unknown) => ({ ...(axis as Option), splitLine: { show: false } });
  return { ...option, xAxis: bare(option.xAxis), yAxis: bare(option.yAxis) };
}

/** A way with a white rim, from a ring at its start to a full dot at its end. */
function pathSeries(path: Path, i: number, made: Frame): Option[] {
  const data = pointsOf(path, made.x as Scale, made.y as Scale);
  const look = { type: "line", data, silent: true, clip: true, symbol: "none", z: 30 };
  const color = pathColor(i);
  const ends = data.filter(([u, v]) => Number.isFinite(u) && Number.isFinite(v));
  const dot = (at: unknown, fill: string) => ({
    value: at,
    itemStyle: { color: fill, borderColor: color, borderWidth: 2 },
  });
  return [
    { ...look, lineStyle: { color: "#ffffff", width: 4.5, opacity: 0.8 } },
    { ...look, lineStyle: { color, width: 2 } },
    {
      type: "scatter",
      silent: true,
      clip: true,
      z: 31,
      symbolSize: 9,
      data: ends.length ? [dot(ends[0], "#ffffff"), dot(ends.at(-1), color)] : [],
    },
  ];
}

function pathColor(i: number): string {
  return PATHS[i % PATHS.length] as string;
}
