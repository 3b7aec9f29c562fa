import * as Plot from "@observablehq/plot";
import { number } from "../format.js";

export interface Series {
  readonly name: string;
  readonly color: string;
  readonly dash: string;
  readonly points: readonly Point[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface CurveOptions {
  readonly width: number;
  readonly height: number;
  readonly scale: "linear" | "log" | "percent";
}

/** The end of an axis of epochs: 10, 15, 20, 30, 50, 75, 100, … . It holds still while a curve grows towards it. */
export function axisEnd(epochs: number): number {
  let power = 10;
  for (;;) {
    for (const step of [1, 1.5, 2, 3, 5, 7.5]) if (step * power >= epochs) return step * power;
    power *= 10;
  }
}

function scaleY(points: readonly Point[], scale: CurveOptions["scale"]): Plot.ScaleOptions {
  const values = points.map((point) => point.y);
  if (values.length === 0)
    return {
      domain: scale === "log" ? [0.1, 1] : [scale === "percent" ? 0.5 : 0, 1],
      type: scale === "log" ? "log" : "linear",
    };
  if (scale === "percent") return { domain: [Math.max(0, Math.floor(Math.min(0.9, ...values) * 10) / 10), 1] };
  if (scale === "linear") return { domain: [0, Math.max(1e-9, ...values)], nice: true };
  const positive = values.filter((value) => value > 0);
  return { type: "log", domain: [Math.min(1, ...positive), Math.max(Math.min(1, ...positive) * 10, ...positive)] };
}

/** Lines over epochs, each with a dot where it has come to. */
export function plotCurves(series: readonly Series[], options: CurveOptions): SVGElement | HTMLElement {
  const { width, height, scale } = options;
  const points = series.flatMap((line) => line.points);
  const ticks = scale === "log" ? 3 : 4;
  const show =
    scale === "percent" ? (value: number) => `${Math.round(value * 100)} %` : (value: number) => number(value, 2);
  const axis = { label: null, tickSize: 0, fill: "var(--muted)" } as const;
  return Plot.plot({
    width,
    height,
    marginLeft: 46,
    marginRight: 12,
    marginTop: 10,
    marginBottom: 24,
    style: { background: "transparent", fontSize: "11px", overflow: "visible" },
    x: { domain: [0, axisEnd(Math.max(1, ...points.map((point) => point.x)))] },
    y: scaleY(points, scale),
    marks: [
      Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks }),
      Plot.axisX({ ...axis, ticks: 5, tickFormat: (value: number) => number(value) }),
      Plot.axisY({ ...axis, ticks, tickFormat: show }),
      ...series.map(({ points: line, color, dash }) =>
        Plot.lineY(line, {
          x: "x",
          y: "y",
          stroke: color,
          strokeDasharray: dash,
          strokeWidth: 1.75,
          strokeLinejoin: "round",
        }),
      ),
      ...series.map(({ points: line, color }) => Plot.dot(line.slice(-1), { x: "x", y: "y", fill: color, r: 2.5 })),
    ],
  });
}
