import {
  type Chart,
  chartOption,
  colorOf,
  countAxis,
  grid,
  legend,
  MANY,
  type Option,
  type Section,
  UNDER_LEGEND,
  valueAxis,
  valueText,
} from "../chart.js";
import { type Digest, isBetter, type Target } from "../view.js";

/** How the values came down, or up: one chart a direction. */
export function history(study: Digest): Section {
  const title = "Optimization history";
  if (study.complete.length === 0) return { title, charts: [], why: "No trial is complete yet." };
  const charts = study.targets.map((target) => historyOf(study, target));
  const note =
    "Each trial's value in the order of the trials. A pruned trial stands at its last report; one that has no value, at the bottom.";
  return { title, note, charts };
}

function historyOf({ trials, targets }: Digest, target: Target): Chart {
  const { known, best, direction, name } = target;
  const last = trials.at(-1)?.number ?? 0;
  // Reports are of the one value that a study with a pruner has.
  const pruned = trials.flatMap(({ state, number, intermediate }): [number, number, number][] => {
    const value = targets.length === 1 && state === "pruned" ? intermediate.at(-1)?.value : undefined;
    return value !== undefined && Number.isFinite(value) ? [[number, value, number]] : [];
  });
  const placed = new Set(pruned.map(([number]) => number));
  const atBottom = (state: "pruned" | "failed") =>
    trials
      .filter((trial) => trial.state === state && !placed.has(trial.number))
      .map(({ number }): [number, number, number] => [number, 0, number]);
  const points = known.map(({ trial: { number }, value }): [number, number, number] => [number, value, number]);
  const marks = { symbolSize: points.length > 300 ? 6 : 9, itemStyle: { color: colorOf("complete"), opacity: 0.75 } };
  const series: Option[] = [
    { type: "scatter", name: "complete", data: points, ...marks },
    {
      type: "line",
      name: "best so far",
      data: bestSoFar(target, last),
      step: "end",
      symbol: "none",
      silent: true,
      lineStyle: { color: "@best", width: 2.5 },
      itemStyle: { color: "@best" },
    },
    ...mark("pruned", "triangle", pruned, 0),
    ...mark("pruned", "triangle", atBottom("pruned"), 1),
    ...mark("failed", "diamond", atBottom("failed"), 1),
  ];
  const names = [...new Set(series.map((each) => each.name as string))];
  const values = [...known.map(({ value }) => value), ...pruned.map(([, value]) => value)];
  const bestText = best ? `, the best is ${valueText(best.value)} in trial ${best.trial.number}` : "";
  return {
    ...(targets.length > 1 ? { title: `${name}, ${direction}` } : {}),
    label: `Optimization history, ${name} to ${direction}: ${known.length} complete trials${bestText}; ${pruned.length + atBottom("pruned").length} pruned, ${atBottom("failed").length} failed.`,
    height: 360,
    renderer: trials.length > MANY ? "canvas" : "svg",
    option: chartOption(grid(UNDER_LEGEND), legend(names), {
      xAxis: countAxis("trial", 0, last),
      yAxis: [valueAxis(name, values), { type: "value", min: 0, max: 1, show: false }],
      series,
    }),
  };
}

function mark(name: "pruned" | "failed", symbol: string, data: readonly unknown[], yAxisIndex: number): Option[] {
  if (data.length === 0) return [];
  return [
    {
      type: "scatter",
      name,
      data,
      symbol,
      yAxisIndex,
      symbolSize: 9,
      clip: false,
      itemStyle: { color: colorOf(name) },
    },
  ];
}

/** Where the best changes, and the last trial. */
function bestSoFar({ known, direction }: Target, last: number): [number, number][] {
  const points: [number, number][] = [];
  for (const { trial, value } of known) {
    const best = points.at(-1)?.[1];
    if (best === undefined || isBetter(direction, value, best)) points.push([trial.number, value]);
  }
  const best = points.at(-1)?.[1];
  return best === undefined ? [] : [...points, [last, best]];
}
