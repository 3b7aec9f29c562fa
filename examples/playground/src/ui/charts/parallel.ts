import * as Plot from "@observablehq/plot";
import type { Trial } from "../../protocol.js";
import type { Task } from "../../settings.js";
import { number, percent, steady } from "../format.js";

interface Axis {
  readonly name: string;
  /** From 0 at the bottom to 1 at the top. */
  readonly place: (trial: Trial) => number;
  /** Labels at the bottom and at the top; of names, each at its place. */
  readonly labels: readonly (readonly [text: string, place: number])[];
}

/** Pixels from axis to axis in which a name has room. */
const NARROW = 96;

const share = (value: number, low: number, high: number): number => (high > low ? (value - low) / (high - low) : 0.5);

/** An axis over whatever the trials have: names side by side, numbers by size, those over two powers of ten by their logarithm. */
export function axisOf(
  name: string,
  values: readonly (number | string)[],
  placeOf: (trial: Trial) => number | string,
  show: (value: number) => string = number,
): Axis {
  const numbers = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  if (numbers.length < values.filter((value) => typeof value === "string" || Number.isFinite(value)).length) {
    const names = [...new Set(values.map(String))].sort();
    return {
      name,
      place: (trial) => share(names.indexOf(String(placeOf(trial))), 0, names.length - 1),
      labels: names.map((each, i) => [each, share(i, 0, names.length - 1)]),
    };
  }
  const low = Math.min(...numbers);
  const high = Math.max(...numbers);
  const log = low > 0 && high / low > 50;
  return {
    name,
    place: (trial) => {
      const value = Number(placeOf(trial));
      if (!Number.isFinite(value)) return 0;
      return log ? share(Math.log(value), Math.log(low), Math.log(high)) : share(value, low, high);
    },
    labels:
      low === high
        ? [[show(low), 0.5]]
        : [
            [show(low), 0],
            [show(high), 1],
          ],
  };
}

/** Best first: the highest share that is right, or the least error; a trial that failed is last. */
export function ranked(trials: readonly Trial[], task: Task): Trial[] {
  const worth = (trial: Trial): number =>
    Number.isFinite(trial.score) ? (task === "classification" ? trial.score : -trial.score) : Number.NEGATIVE_INFINITY;
  return [...trials].sort((a, b) => worth(b) - worth(a) || a.loss - b.loss);
}

export const axesOf = (trials: readonly Trial[], task: Task): Axis[] => [
  ...Object.keys(trials[0]?.values ?? {}).map((key) =>
    axisOf(
      key,
      trials.map((trial) => trial.values[key] ?? ""),
      (trial) => trial.values[key] ?? "",
    ),
  ),
  axisOf(
    task === "classification" ? "dev accuracy" : "dev RMSE",
    trials.map((trial) => trial.score),
    (trial) => trial.score,
    task === "classification" ? percent : steady,
  ),
];

/** A line for each trial through its settings to its score; the better, the stronger. Each line carries the number of its trial. */
export function plotParallel(trials: readonly Trial[], task: Task, width: number, height: number): SVGElement {
  const axes = axesOf(trials, task);
  const order = ranked(trials, task);
  const points = order.toReversed().flatMap((trial) => {
    const rank = order.indexOf(trial) / Math.max(1, order.length - 1);
    return axes.map((axis, i) => ({ trial: trial.number, i, place: axis.place(trial), rank }));
  });
  const labels = axes.flatMap((axis, i) => axis.labels.map(([text, place]) => ({ i, text, place })));
  // Where axes stand close, every other name is a line higher.
  const isNarrow = width / axes.length < NARROW;
  const edge = (i: number): "start" | "end" | "middle" =>
    i === 0 ? "start" : i === axes.length - 1 ? "end" : "middle";
  const svg = Plot.plot({
    width,
    height,
    marginLeft: 16,
    marginRight: 16,
    marginTop: isNarrow ? 44 : 30,
    marginBottom: 14,
    style: { background: "transparent", fontSize: "11px", overflow: "visible" },
    x: { domain: [0, axes.length - 1], axis: null },
    y: { domain: [0, 1], axis: null },
    color: {
      type: "linear",
      domain: [0, 0.5, 1],
      range: ["var(--best)", "var(--fair)", "var(--poor)"],
      interpolate: "rgb",
    },
    marks: [
      Plot.ruleX(
        axes.map((_, i) => i),
        { stroke: "var(--line-strong)" },
      ),
      Plot.line(points, {
        x: "i",
        y: "place",
        z: "trial",
        curve: "bump-x",
        stroke: (d: { rank: number }) => (d.rank === 0 ? "var(--best)" : d.rank < 0.34 ? "var(--fair)" : "var(--poor)"),
        strokeWidth: (d: { rank: number }) => (d.rank === 0 ? 3 : d.rank < 0.34 ? 1.75 : 1),
        title: (d: { trial: number }) => `Trial ${d.trial}`,
      }),
      ...(["start", "middle", "end"] as const).flatMap((anchor) => [
        ...[0, 1].map((odd) =>
          Plot.text(
            axes.map((axis, i) => ({ ...axis, i })).filter(({ i }) => edge(i) === anchor && i % 2 === odd),
            {
              x: "i",
              y: 1,
              text: "name",
              dy: isNarrow && odd === 1 ? -34 : -20,
              textAnchor: anchor,
              fontWeight: 600,
              fill: "currentColor",
            },
          ),
        ),
        Plot.text(
          labels.filter(({ i }) => edge(i) === anchor),
          {
            x: "i",
            y: "place",
            text: "text",
            textAnchor: anchor,
            dx: anchor === "start" ? 4 : anchor === "end" ? -4 : 0,
            fill: "var(--ink)",
            stroke: "var(--surface)",
            strokeWidth: 4,
          },
        ),
      ]),
    ],
  }) as SVGElement;
  const drawn = [...svg.querySelectorAll("[aria-label=line] path")];
  for (const path of drawn) {
    const title = path.querySelector("title")?.textContent ?? "";
    path.setAttribute("data-trial", title.replace("Trial ", ""));
  }
  return svg;
}
