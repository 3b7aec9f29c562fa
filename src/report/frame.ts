import type { Box, Size } from "./chart.js";
import type { Option } from "./draw.js";
import { AXIS, FAINT, INK } from "./palette.js";
import type { Scale } from "./scale.js";
import { cut, FONT_FAMILY, textWidth, wrap } from "./text.js";

const MARGIN = 16;
const TITLE = 16;
const TITLE_LINE = 21;
const LABEL = 12;
const NAME = 13;
const NAME_LINE = 17;
const LEGEND_ROW = 20;
const KEY = 26;

/** One entry of a legend. */
export interface LegendEntry {
  readonly name: string;
  readonly color: string;
  readonly kind: "line" | "dashed" | "points" | "area";
  readonly symbol?: string;
}

export interface Header {
  readonly height: number;
  readonly elements: Option[];
}

/** Title and legend, in as many lines as they need, with what of the height they take. */
export function header({ width }: Size, title: string, legend: readonly LegendEntry[]): Header {
  const room = width - 2 * MARGIN;
  const lines = wrap(title, room, TITLE, true);
  const elements = lines.map((line, i) =>
    text(line, MARGIN, MARGIN + TITLE_LINE * (i + 0.5) - 4, { size: TITLE, bold: true }),
  );
  let [x, y] = [MARGIN, MARGIN + TITLE_LINE * lines.length + 12];
  for (const entry of legend) {
    const name = cut(entry.name, room - KEY - 8, LABEL);
    const step = KEY + 6 + textWidth(name, LABEL) + 18;
    if (x > MARGIN && x + step - 18 > width - MARGIN) [x, y] = [MARGIN, y + LEGEND_ROW];
    elements.push(...key(entry, x, y), text(name, x + KEY + 6, y));
    x += step;
  }
  return { height: legend.length ? y + 20 : MARGIN + TITLE_LINE * lines.length + 10, elements };
}

function key({ color, kind, symbol = "circle" }: LegendEntry, x: number, y: number): Option[] {
  if (kind === "area") {
    return [{ ...base, type: "rect", shape: { x, y: y - 6, width: KEY, height: 12 }, style: { fill: color } }];
  }
  if (kind !== "points") {
    const style = { stroke: color, lineWidth: 2.5, lineDash: kind === "dashed" ? [6, 4] : undefined };
    return [{ ...base, type: "line", shape: { x1: x, y1: y, x2: x + KEY, y2: y }, style }];
  }
  const [cx, r] = [x + KEY / 2, 5];
  const style = { fill: color };
  if (symbol === "circle") return [{ ...base, type: "circle", shape: { cx, cy: y, r }, style }];
  const points = {
    triangle: [
      [cx, y - r],
      [cx + r, y + r],
      [cx - r, y + r],
    ],
    diamond: [
      [cx, y - r],
      [cx + r, y],
      [cx, y + r],
      [cx - r, y],
    ],
  }[symbol] ?? [
    [cx - r, y - r],
    [cx + r, y - r],
    [cx + r, y + r],
    [cx - r, y + r],
  ];
  return [{ ...base, type: "polygon", shape: { points }, style }];
}

/** What every drawn element of ours says. */
export const base: Option = { silent: true, z: 50 };

export interface TextOptions {
  readonly size?: number;
  readonly bold?: boolean;
  readonly align?: "left" | "center" | "right";
  readonly color?: string;
  /** White around the letters, for text above drawn things. */
  readonly hasHalo?: boolean;
  /** Turned to read upwards. */
  readonly isUpright?: boolean;
}

/** A line of text, its middle at height `y`. */
export function text(content: string, x: number, y: number, options: TextOptions = {}): Option {
  const { size = LABEL, bold = false, align = "left", color = INK, hasHalo = false, isUpright = false } = options;
  return {
    ...base,
    type: "text",
    x,
    y,
    rotation: isUpright ? Math.PI / 2 : 0,
    style: {
      text: content,
      fill: color,
      font: `${bold ? "bold " : ""}${size}px ${FONT_FAMILY}`,
      align,
      verticalAlign: "middle",
      ...(hasHalo ? { stroke: "#ffffff", lineWidth: 4 } : {}),
    },
  };
}

/** An axis whose ticks are numbers, or one of categories. */
export type Side = Scale | { readonly title: string; readonly categories: readonly string[] };

export interface Frame {
  readonly size: Size;
  readonly box: Box;
  readonly x: Side;
  readonly y: Side;
  /** `grid`, `xAxis` and `yAxis`. */
  readonly option: Option;
  /** Title, legend and axis titles. */
  readonly elements: Option[];
}

/**
 * Title, legend, axes and the box that they leave for what is drawn. Every width is our own estimate, so that nothing hangs on the machine.
 *
 * @param sides the axes, given how many steps have room on them
 * @param right what else stands to the right of the box, in pixels
 */
export function frame(
  size: Size,
  title: string,
  legend: readonly LegendEntry[],
  sides: { x: (count: number) => Side; y: (count: number) => Side },
  right = 0,
): Frame {
  const head = header(size, title, legend);
  const bottomLeast = MARGIN + NAME_LINE + 30;
  const y = sides.y(Math.max(Math.floor((size.height - head.height - bottomLeast) / 46), 2));
  const yLabels = Math.min(widest(labelsOf(y), size.width * 0.4), size.width * 0.4);
  const yName = y.title === "" ? [] : wrap(y.title, size.height - head.height - bottomLeast, NAME);
  const beforeX = sides.x(8);
  const lastLabel = "ticks" in beforeX ? textWidth(beforeX.ticks.at(-1)?.label ?? "", LABEL) / 2 : 0;
  let left = MARGIN + yName.length * NAME_LINE + 6 + yLabels + 10;
  const width = size.width - left - Math.max(MARGIN + 4, lastLabel + 6) - right;
  const x = fitting(sides.x, width);
  const xName = x.title === "" ? [] : wrap(x.title, width, NAME);
  const turned = "categories" in x ? turn(x.categories, width) : undefined;
  // A turned label of the first category reaches to the left of its bar.
  const over = turned ? Math.max(0, turned.reach - width / labelsOf(x).length / 2 - (left - MARGIN)) : 0;
  left += over;
  const labelHeight = turned ? turned.height : 16;
  const bottom = MARGIN + xName.length * NAME_LINE + 6 + labelHeight + 8;
  const box = {
    left,
    top: head.height,
    width: width - over,
    height: Math.max(size.height - head.height - bottom, 20),
  };
  const names = [
    ...xName.map((line, i) =>
      text(line, box.left + box.width / 2, box.top + box.height + 8 + labelHeight + 6 + NAME_LINE * (i + 0.5), {
        size: NAME,
        align: "center",
      }),
    ),
    ...yName.map((line, i) =>
      text(line, MARGIN + NAME_LINE * (i + 0.5) - 3, box.top + box.height / 2, {
        size: NAME,
        align: "center",
        isUpright: true,
      }),
    ),
  ];
  const option = {
    grid: { left: box.left, top: box.top, width: box.width, height: box.height, outerBoundsMode: "none" },
    xAxis: axis(x, box.width, turned !== undefined),
    yAxis: axis(y, box.height, false, size.width * 0.4),
  };
  return { size, box, x, y, option, elements: [...head.elements, ...names] };
}

function labelsOf(side: Side): string[] {
  return "ticks" in side ? side.ticks.map(({ label }) => label) : [...side.categories];
}

function widest(labels: readonly string[], most: number): number {
  return Math.max(0, ...labels.map((label) => textWidth(cut(label, most, LABEL), LABEL)));
}

/** As many ticks as have room beside each other. */
function fitting(side: (count: number) => Side, width: number): Side {
  for (let count = 10; count > 2; count--) {
    const found = side(count);
    if (!("ticks" in found) || !collide(found, width)) return found;
  }
  return side(2);
}

function collide({ ticks }: Scale, width: number): boolean {
  return ticks.some((tick, i) => {
    const next = ticks[i + 1];
    if (!next) return false;
    const half = (textWidth(tick.label, LABEL) + textWidth(next.label, LABEL)) / 2;
    return (next.at - tick.at) * width < half + 10;
  });
}

const TURN = 40;
/** Longer names of categories are cut. */
const LONGEST = 190;

/** How far labels that stand aslant reach, where they have no room side by side. */
function turn(categories: readonly string[], width: number): { height: number; reach: number } | undefined {
  const band = width / categories.length;
  if (widest(categories, LONGEST) + 6 <= band) return undefined;
  const length = widest(categories, LONGEST);
  const angle = (TURN * Math.PI) / 180;
  return {
    height: Math.round(length * Math.sin(angle) + LABEL * Math.cos(angle)) + 4,
    reach: Math.round(length * Math.cos(angle)) + 4,
  };
}

/** Pixels between the middles of labels that stand aslant, or below each other. */
const [ASLANT, BELOW] = [20, 15];

/** How many categories go without a label between two that have one. */
function skip(categories: readonly string[], length: number, isTurned: boolean): number {
  return Math.ceil(((isTurned ? ASLANT : BELOW) * categories.length) / length) - 1;
}

function axis(side: Side, length: number, isTurned: boolean, longest = LONGEST): Option {
  const look = {
    axisLine: { show: true, onZero: false, lineStyle: { color: AXIS, width: 1 } },
    splitLine: { show: "ticks" in side, lineStyle: { color: FAINT, width: 1 } },
  };
  const label = { color: INK, fontSize: LABEL, lineHeight: LABEL, fontFamily: FONT_FAMILY, hideOverlap: false };
  if (!("ticks" in side)) {
    return {
      ...look,
      type: "category",
      data: side.categories.map((name) => cut(name, longest, LABEL)),
      axisTick: { show: false },
      axisLabel: { ...label, interval: skip(side.categories, length, isTurned), rotate: isTurned ? TURN : 0 },
    };
  }
  const places = side.ticks.map(({ at }) => at);
  const nearest = (value: number) =>
    side.ticks.reduce((best, tick) => (Math.abs(tick.at - value) < Math.abs(best.at - value) ? tick : best)).label;
  return {
    ...look,
    type: "value",
    min: 0,
    max: 1,
    interval: 1,
    axisTick: { show: true, customValues: places, lineStyle: { color: AXIS } },
    axisLabel: { ...label, customValues: places, formatter: nearest },
  };
}

/** Where shares of the axes lie, in pixels. */
export function placeIn({ box }: Frame): (shares: readonly [number, number]) => [number, number] {
  return ([x, y]) => [box.left + x * box.width, box.top + (1 - y) * box.height];
}
