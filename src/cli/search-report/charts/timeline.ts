import type { FrozenTrial } from "../../../search/index.js";
import {
  type Chart,
  chartOption,
  colorOf,
  grid,
  legend,
  MANY,
  type Section,
  timeAxis,
  UNDER_LEGEND,
} from "../chart.js";
import { type Digest, STATES } from "../view.js";

interface Span {
  readonly trial: FrozenTrial;
  readonly from: number;
  readonly to: number;
}

/** When each trial ran. */
export function timeline(study: Digest): Section {
  const title = "Timeline";
  const spans = spansOf(study.trials);
  if (spans.length === 0) return { title, charts: [], why: "No trial says when it ran." };
  const lanes = lanesOf(spans);
  const count = Math.max(...lanes) + 1;
  const some = study.trials.length < study.all ? `${count} of those that are shown` : String(count);
  const note = `When each trial ran, in the time of your place: ${count === 1 ? "one after the other" : `up to ${some} at once`}.`;
  return { title, note, charts: [barsOf(spans, lanes, count)] };
}

function barsOf(spans: readonly Span[], lanes: readonly number[], count: number): Chart {
  const states = STATES.filter((state) => spans.some(({ trial }) => trial.state === state));
  const series = states.map((state) => ({
    type: "custom",
    name: state,
    renderItem: "@bar",
    encode: { x: [1, 2], y: 0 },
    itemStyle: { color: colorOf(state) },
    data: spans.flatMap(({ trial, from, to }, i) =>
      trial.state === state ? [[lanes[i], from, to, trial.number]] : [],
    ),
  }));
  return {
    label: `Timeline of ${spans.length} trials, up to ${count} at once: ${states.map((state) => `${spans.filter(({ trial }) => trial.state === state).length} ${state}`).join(", ")}.`,
    height: Math.min(560, Math.max(3, count) * 24 + 90),
    renderer: spans.length > MANY ? "canvas" : "svg",
    option: chartOption(grid(UNDER_LEGEND), legend(states), {
      xAxis: timeAxis(Math.min(...spans.map(({ from }) => from)), Math.max(...spans.map(({ to }) => to))),
      yAxis: { type: "value", min: -0.5, max: count - 0.5, inverse: true, show: false },
      series,
    }),
  };
}

/** A trial that still runs has run up to the last moment that the study knows of. */
function spansOf(trials: readonly FrozenTrial[]): Span[] {
  const times = trials.flatMap(({ started, ended }) => [started, ended].flatMap((time) => time?.getTime() ?? []));
  const last = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return trials
    .flatMap((trial): Span[] => {
      const from = trial.started?.getTime();
      if (from === undefined || trial.state === "waiting") return [];
      return [{ trial, from, to: Math.max(from, trial.ended?.getTime() ?? (trial.state === "running" ? last : from)) }];
    })
    .sort((a, b) => a.from - b.from || a.trial.number - b.trial.number);
}

/** Each span in the first lane that is free by then. */
function lanesOf(spans: readonly Span[]): number[] {
  const ends: number[] = [];
  return spans.map(({ from, to }) => {
    const free = ends.findIndex((end) => end <= from);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = to;
    return lane;
  });
}
