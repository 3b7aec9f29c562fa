import { checkBoolean, checkText, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { type ChartOptions, checkChart, checkList } from "./chart.js";
import { draw, type Option } from "./draw.js";
import { frame, type LegendEntry } from "./frame.js";
import { AXIS, colorOf } from "./palette.js";
import { type Axis, checkAxis, checkValues, type Scale, scaleOf, shareOn } from "./scale.js";

/** One bar for each category. */
export interface Bars {
  name: string;
  /** NaN and the infinities are bars left out. */
  values: ArrayLike<number>;
}

export interface BarChartOptions extends ChartOptions {
  categories: string[];
  /** The axis of the values. */
  y: Axis;
  series: Bars[];
  /** Bars that run to the right, for long names. Default false. */
  horizontal?: boolean;
  /** Series on top of each other rather than side by side. Default false. */
  stacked?: boolean;
}

/**
 * Bars over categories, as SVG. They stand on zero; on a log axis on its lower end.
 *
 * @param options.width pixels, default 720
 * @param options.height pixels, default 440
 * @throws ValueError for an unknown option, no title, no category, values that are not one for each category, values ≤ 0 or stacked bars on
 *   a log axis
 * @throws PlatformError where `echarts` is not installed
 * @example
 * const svg = await barChart({
 *   title: "Errors",
 *   categories: ["train", "dev"],
 *   y: { title: "error (%)" },
 *   series: [{ name: "small network", values: [15, 16] }],
 * });
 * svg.includes("dev"); // true
 */
export async function barChart(options: BarChartOptions): Promise<string> {
  const size = checkChart("barChart", options, "categories", "y", "series", "horizontal", "stacked");
  const { title, categories, series, horizontal = false, stacked = false } = options;
  checkBoolean("barChart", "horizontal", horizontal);
  checkBoolean("barChart", "stacked", stacked);
  checkCategories(categories);
  const y = checkAxis("barChart", "y", options.y);
  checkList<Bars>("barChart", "series", series, ["name", "values"]).forEach(({ values }, i) => {
    checkValues("barChart", `series[${i}].values`, values, y.scale);
    if (values.length !== categories.length) {
      throw new ValueError(
        `barChart: series[${i}].values expected ${categories.length} numbers, one for each of categories, got ${values.length}`,
      );
    }
  });
  if (stacked && y.scale === "log") {
    throw new ValueError(
      'barChart: stacked expected a linear axis, got y.scale "log"; heights add up on a linear axis only',
    );
  }
  const tops = stacked ? stackEnds(series, categories.length) : series.map(({ values }) => values);
  const value = (count: number) => scaleOf(y, tops, { count, isRound: true, hasZero: true });
  const names = () => ({ title: "", categories });
  const legend = series.map(({ name }, i): LegendEntry => ({ name, color: colorOf(i), kind: "area" }));
  const sides = horizontal ? { x: value, y: names } : { x: names, y: value };
  const made = frame(size, title, series.length > 1 ? legend : [], sides);
  const scale = (horizontal ? made.x : made.y) as Scale;
  const drawn = series.map((each, i) => bars(each, i, scale, stacked, series.length));
  return draw("barChart", title, size, {
    ...made.option,
    ...grounded(made.option, scale, horizontal),
    series: drawn,
    graphic: { elements: made.elements },
  });
}

function checkCategories(categories: unknown): void {
  if (!Array.isArray(categories) || categories.length === 0) {
    throw new ValueError(`barChart: categories expected an array of texts that is not empty, got ${show(categories)}`);
  }
  categories.forEach((each, i) => {
    checkText("barChart", `categories[${i}]`, each);
  });
}

/** The ends of the stacks: positive values add up above zero, negative ones below. */
function stackEnds(series: readonly Bars[], count: number): number[][] {
  const sums = (sign: number) =>
    Array.from({ length: count }, (_, i) =>
      series.reduce((sum, { values }) => {
        const value = values[i] as number;
        return Number.isFinite(value) && value * sign > 0 ? sum + value : sum;
      }, 0),
    );
  return [sums(1), sums(-1)];
}

function bars({ values }: Bars, i: number, scale: Scale, isStacked: boolean, series: number): Option {
  const data = Array.from(values, (value) => {
    const at = shareOn(scale, value);
    return Number.isNaN(at) ? "-" : at - ground(scale);
  });
  return {
    type: "bar",
    data,
    silent: true,
    clip: true,
    stack: isStacked ? "all" : undefined,
    barGap: series > 1 ? "8%" : undefined,
    barCategoryGap: series > 1 ? "24%" : "36%",
    barMaxWidth: 90,
    itemStyle: { color: colorOf(i) },
  };
}

/** Where bars stand, as a share of the axis. */
function ground(scale: Scale): number {
  return scale.isLog ? 0 : shareOn(scale, 0);
}

/** The axes with the ground at zero, on which ECharts stands bars, a line at zero where it crosses the box, and categories from the top down. */
function grounded(option: Option, scale: Scale, isHorizontal: boolean): Option {
  const [value, names] = (isHorizontal ? ["xAxis", "yAxis"] : ["yAxis", "xAxis"]) as [string, string];
  const own = option[value] as { axisTick: Option; axisLabel: Option };
  const down = ground(scale);
  const places = scale.ticks.map(({ at }) => at - down);
  const nearest = own.axisLabel.formatter as (at: number) => string;
  const line = (option[names] as { axisLine: Option }).axisLine;
  return {
    [value]: {
      ...own,
      min: -down,
      max: 1 - down,
      axisTick: { ...own.axisTick, customValues: places },
      axisLabel: { ...own.axisLabel, customValues: places, formatter: (at: number) => nearest(at + down) },
    },
    [names]: {
      ...(option[names] as Option),
      inverse: isHorizontal,
      axisLine: { ...line, onZero: true, lineStyle: { color: AXIS, width: 1 } },
      // Labels stay at the edge where the line moves to zero.
      axisLabel: { ...(option[names] as { axisLabel: Option }).axisLabel, margin: 8 },
    },
  };
}
