import type { Option } from "./chart.js";

/** What the page holds as JSON. */
export interface PageData {
  readonly charts: readonly { readonly id: string; readonly renderer: "svg" | "canvas"; readonly option: Option }[];
  /** What a point says of its trial, line by line, by the trial's number. */
  readonly trials: Readonly<Record<string, readonly string[]>>;
}

/** What ECharts hands to the function that draws an element of its own. */
interface Place {
  value(dimension: number): number;
  coord(at: readonly number[]): [number, number];
  size(of: readonly number[]): [number, number];
  visual(name: string): string;
}

/**
 * Draws the charts of a report. Its text stands in the page, so it may use nothing of this module. Where an option has "@name", it puts the
 * page's colour of that name, which is another in the dark, or its font, or one of the functions below: JSON holds none.
 */
export function drawCharts(library: typeof import("echarts"), { charts, trials }: PageData): void {
  const functions: Readonly<Record<string, (...args: never[]) => unknown>> = {
    "@number": (value: number) => {
      const size = Math.abs(value);
      if (size === 0 || (size >= 1e-3 && size < 1e6)) return String(Number(value.toPrecision(6)));
      return String(Number(value.toPrecision(4)).toExponential()).replace("e+", "e");
    },
    "@percent": ({ value }: { value: number }) => `${(value * 100).toFixed(value < 0.0995 ? 1 : 0)} %`,
    // An element, not HTML: the study's texts may say anything.
    "@trial": ({ value }: { value: readonly number[] }) => {
      const box = document.createElement("div");
      for (const text of trials[String(value[value.length - 1])] ?? []) {
        box.appendChild(document.createElement("div")).textContent = text;
      }
      return box;
    },
    "@bar": (_: unknown, place: Place) => {
      const [left, middle] = place.coord([place.value(1), place.value(0)]);
      const [right] = place.coord([place.value(2), place.value(0)]);
      const height = Math.max(1, Math.min(18, place.size([0, 1])[1] * 0.75));
      const shape = { x: left, y: middle - height / 2, width: Math.max(1.5, right - left - 1), height };
      return { type: "rect", shape, style: { fill: place.visual("color") } };
    },
  };
  // Under other names a text is the study's own, whatever it begins with.
  const named = /^(formatter|renderItem|fontFamily|\w*[cC]olor)$/;
  const revived = (value: unknown, key: string, style: CSSStyleDeclaration): unknown => {
    if (typeof value === "string" && value.startsWith("@") && named.test(key)) {
      return functions[value] ?? style.getPropertyValue(`--${value.slice(1)}`).trim();
    }
    if (value === null || typeof value !== "object" || key === "data") return value;
    if (Array.isArray(value)) return value.map((each) => revived(each, key, style));
    if (key === "formatter") {
      const { places } = value as { places: readonly (readonly [at: number, label: string])[] };
      return (at: number) => places.find(([place]) => Math.abs(place - at) < 1e-6)?.[1] ?? "";
    }
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, revived(each, name, style)]));
  };

  const drawn = charts.map(({ id, renderer, option }) => {
    const place = document.getElementById(id) as HTMLElement;
    const chart = library.init(place, null, { renderer });
    new ResizeObserver(() => chart.resize()).observe(place);
    return { chart, option };
  });
  const draw = (): void => {
    const style = getComputedStyle(document.documentElement);
    for (const { chart, option } of drawn) chart.setOption(revived(option, "", style) as never, true);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
}
