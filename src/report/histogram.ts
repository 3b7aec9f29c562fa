import { checkNumber } from "../util/check.js";
import { type ChartOptions, checkChart, checkList } from "./chart.js";
import { draw, type Option } from "./draw.js";
import { frame, type LegendEntry } from "./frame.js";
import { checkMarks, drawMarks, type Mark, valuesOfMarks } from "./marks.js";
import { colorOf } from "./palette.js";
import { type Axis, checkAxis, checkValues, type Scale, scaleOf, shareOn } from "./scale.js";

/** Numbers whose distribution is drawn. */
export interface Sample {
  name: string;
  /** NaN and the infinities are left out. */
  values: ArrayLike<number>;
}

export interface HistogramOptions extends ChartOptions {
  x: Axis;
  series: Sample[];
  /** How many intervals of equal width (on a log axis: of equal ratio). Default 40. */
  bins?: number;
  /** Labelled lines. */
  marks?: Mark[];
}

/**
 * How often values fall into each of `bins` intervals, as SVG: counts; shares of each series where series differ in length.
 *
 * @param options.bins default 40; the same intervals for all series. Values outside `x.min` to `x.max` are not counted
 * @param options.width pixels, default 720
 * @param options.height pixels, default 440
 * @throws ValueError for an unknown option, no title, an empty series, bins below 1, values ≤ 0 on a log axis
 * @throws PlatformError where `echarts` is not installed
 * @example
 * const svg = await histogram({
 *   title: "Weights",
 *   x: { title: "weight" },
 *   series: [{ name: "dense", values: [-0.2, 0, 0.1, 0.1] }],
 *   bins: 4,
 * });
 * svg.includes("count"); // true
 */
export async function histogram(options: HistogramOptions): Promise<string> {
  const size = checkChart("histogram", options, "x", "series", "bins", "marks");
  const { title, series, bins = 40 } = options;
  checkNumber("histogram", "bins", bins, { min: 1, max: 10_000, whole: true });
  const x = checkAxis("histogram", "x", options.x);
  checkList<Sample>("histogram", "series", series, ["name", "values"]).forEach(({ values }, i) => {
    checkValues("histogram", `series[${i}].values`, values, x.scale);
  });
  const isShare = series.some(({ values }) => values.length !== series[0]?.values.length);
  const y: Axis = { title: isShare ? "share of the values" : "count of values" };
  const marks = checkMarks("histogram", options.marks ?? [], x, y);

  const all = [...series.map(({ values }) => values), valuesOfMarks(marks, "x")];
  const range = (count: number) => scaleOf(x, all, { count });
  const counts = series.map(({ values }) => binCounts(values, range(10), bins, isShare));
  const legend = series.map(({ name }, i): LegendEntry => ({ name, color: colorOf(i), kind: "area" }));
  const made = frame(size, title, series.length > 1 ? legend : [], {
    x: range,
    y: (count) => scaleOf(y, [...counts, valuesOfMarks(marks, "y")], { count, isRound: true, hasZero: true }),
  });
  const scale = made.y as Scale;
  const heights = counts.map((each) => each.map((count) => shareOn(scale, count)));
  const drawn = heights.map((each, i) => steps(each, i));
  const tops = heights.flatMap((each) => each.map((height, j): [number, number] => [(j + 0.5) / bins, height]));
  return draw("histogram", title, size, {
    ...made.option,
    series: drawn,
    graphic: { elements: [...made.elements, ...drawMarks(made, marks, tops)] },
  });
}

/** How many values fall into each bin; the last one has its upper edge. */
function binCounts(values: ArrayLike<number>, x: Scale, bins: number, isShare: boolean): number[] {
  const counts = new Array<number>(bins).fill(0);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const at = shareOn(x, values[i] as number);
    if (Number.isNaN(at)) continue;
    total++;
    if (at < 0 || at > 1) continue;
    const bin = Math.min(Math.floor(at * bins), bins - 1);
    counts[bin] = (counts[bin] as number) + 1;
  }
  return isShare ? counts.map((count) => count / Math.max(total, 1)) : counts;
}

/** The outline of the bars, filled so faintly that others are seen through it. */
function steps(heights: readonly number[], i: number): Option {
  const tops = heights.map((height, j) => [j / heights.length, height]);
  return {
    type: "line",
    data: [[0, 0], ...tops, [1, heights.at(-1)], [1, 0]],
    silent: true,
    step: "end",
    symbol: "none",
    lineStyle: { color: colorOf(i), width: 1.5 },
    areaStyle: { color: colorOf(i), opacity: 0.25, origin: 0 },
  };
}
