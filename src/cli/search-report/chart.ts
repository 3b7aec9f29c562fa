import { numberText, type Tick } from "../../report/ticks.js";
import type { TrialState } from "../../search/index.js";
import { extentOf } from "./extent.js";

/** Part of an ECharts option, as JSON. In it "@name" stands for a colour or a function of the page: see in-page.ts. */
export type Option = Record<string, unknown>;

/** One picture. */
export interface Chart {
  /** Above it, where a section has several. */
  readonly title?: string;
  /** What it shows, for those who do not see it. */
  readonly label: string;
  /** In pixels. */
  readonly height: number;
  /** Where less room is, the reader scrolls. */
  readonly minWidth?: number;
  readonly option: Option;
  /** Few marks are SVG, which prints sharp; many are a canvas, which is fast. */
  readonly renderer?: "svg" | "canvas";
}

/** Charts of one kind. */
export interface Section {
  readonly title: string;
  /** How to read it. */
  readonly note?: string;
  readonly charts: readonly Chart[];
  /** Why there is none. */
  readonly why?: string;
  /** Whether the charts are small and stand side by side. */
  readonly isGrid?: boolean;
}

/** More marks than this are drawn on a canvas. */
export const MANY = 3000;

/** Of lines that cross each other: the more there are, the more shines through. */
export function opacityOf(lines: number): number {
  return Math.max(0.15, Math.min(0.7, 150 / lines));
}

/** What every chart begins with. */
export function chartOption(...parts: Option[]): Option {
  return Object.assign(
    {
      animation: false,
      textStyle: { fontFamily: "@font", color: "@ink" },
      tooltip: {
        trigger: "item",
        confine: true,
        backgroundColor: "@surface",
        borderColor: "@line",
        textStyle: { color: "@ink", fontSize: 12 },
        formatter: "@trial",
      },
    },
    ...parts,
  );
}

/** The area between the axes with their labels and names: all of it, but for what is left free at its sides. */
export function grid(free: { readonly top?: number; readonly right?: number } = {}): Option {
  const sides = { left: 8, right: 16, top: 12, bottom: 8, ...free };
  return { grid: { ...sides, outerBoundsMode: "same", outerBoundsContain: "all" } };
}

/** Below a legend. */
export const UNDER_LEGEND = { top: 40 };

export function legend(names: readonly string[]): Option {
  const text = { color: "@ink", fontSize: 12 };
  const sizes = { itemGap: 10, itemWidth: 16, itemHeight: 10 };
  const pages = {
    pageIconSize: 11,
    pageTextStyle: { color: "@muted", fontSize: 11 },
    pageIconColor: "@ink",
    pageIconInactiveColor: "@line",
  };
  return { legend: { type: "scroll", data: names, top: 4, left: 0, ...sizes, textStyle: text, ...pages } };
}

/** What an axis looks like. */
const look = {
  nameLocation: "middle",
  nameTextStyle: { color: "@ink", fontSize: 12 },
  axisLine: { show: true, lineStyle: { color: "@control" } },
  axisTick: { show: true, lineStyle: { color: "@control" } },
  axisLabel: { color: "@muted", fontSize: 11, hideOverlap: true },
  splitLine: { show: true, lineStyle: { color: "@line" } },
};

/** An axis of the values: in logarithms where they span more than three powers of ten. */
export function valueAxis(name: string, values: readonly number[], more: Option = {}): Option {
  const [least, most] = extentOf(values);
  const type = least > 0 && most / least > 1000 ? "log" : "value";
  return { ...look, type, scale: true, name, axisLabel: { ...look.axisLabel, formatter: "@number" }, ...more };
}

/** An axis of whole numbers: trials, steps. */
export function countAxis(name: string, least: number, most: number): Option {
  const range = { min: least, max: Math.max(most, least + 1) };
  return { ...look, type: "value", name, minInterval: 1, ...range, splitLine: { show: false } };
}

/** An axis of times, in milliseconds: written as finely as its length asks for. */
export function timeAxis(from: number, to: number): Option {
  const hours = (to - from) / 3.6e6;
  const formatter = hours < 0.1 ? "{HH}:{mm}:{ss}" : hours < 36 ? "{HH}:{mm}" : "{d} {MMM}";
  const axisLabel = { ...look.axisLabel, formatter };
  const axisLine = { ...look.axisLine, onZero: false };
  return { ...look, type: "time", axisLabel, axisLine, splitLine: { show: false } };
}

/** An axis of names, the first on top. */
export function nameAxis(names: readonly string[], width: number): Option {
  const none = { show: false };
  const axisLabel = { ...look.axisLabel, color: "@ink", fontSize: 12, width, overflow: "truncate", interval: 0 };
  return { ...look, type: "category", data: names, inverse: true, axisTick: none, splitLine: none, axisLabel };
}

/** An axis from 0 to 1 with texts at places of it. */
export function placeAxis(name: string, ticks: readonly Tick[], more: Option = {}): Option {
  const at = ticks.map((tick) => tick.at);
  return {
    ...look,
    type: "value",
    name,
    min: 0,
    max: 1,
    axisTick: { ...look.axisTick, customValues: at },
    axisLabel: {
      ...look.axisLabel,
      customValues: at,
      formatter: { places: ticks.map((tick) => [tick.at, shortened(tick.label)]) },
    },
    ...more,
  };
}

function shortened(text: string): string {
  return text.length > 16 ? `${text.slice(0, 15)}…` : text;
}

/** The colour of a state; a trial that waits has no mark. */
export function colorOf(state: TrialState): string {
  return `@${state}`;
}

/** As tables and sentences write a value. */
export function valueText(value: unknown): string {
  return typeof value === "number" ? numberText(value) : String(value);
}
