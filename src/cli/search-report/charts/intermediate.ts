import type { FrozenTrial } from "../../../search/index.js";
import {
  type Chart,
  chartOption,
  colorOf,
  countAxis,
  grid,
  legend,
  MANY,
  opacityOf,
  type Section,
  UNDER_LEGEND,
  valueAxis,
} from "../chart.js";
import { extentOf } from "../extent.js";
import { type Digest, STATES } from "../view.js";

/** More lines than this cannot be told apart. */
const LINES = 300;
/** Of a line; more lie closer than pixels. */
const POINTS = 400;

/** What trials reported on their way. */
export function intermediate(study: Digest): Section {
  const title = "Intermediate values";
  const reported = study.trials.filter((trial) => pointsOf(trial).length > 0);
  if (reported.length === 0) {
    return { title, charts: [], why: "No trial has reported a value on its way: trial.report(step, value) does." };
  }
  const best = study.targets[0]?.best?.trial;
  const isBest = ({ number }: FrozenTrial) => number === best?.number;
  const shown = [...reported.slice(-LINES), ...reported.slice(0, -LINES).filter(isBest)];
  const left = reported.length - shown.length;
  const note = `One line a trial; the best is drawn strongest.${left > 0 ? ` The ${left} earlier ones are left out.` : ""}`;
  return { title, note, charts: [linesOf(shown, isBest)] };
}

function linesOf(trials: readonly FrozenTrial[], isBest: (trial: FrozenTrial) => boolean): Chart {
  const lines = trials.map((trial) => ({ trial, points: pointsOf(trial), name: isBest(trial) ? "best" : trial.state }));
  const points = lines.flatMap((line) => line.points);
  const [first, last] = extentOf(points.map(([step]) => step));
  const names = ["best", ...STATES].filter((name) => lines.some((line) => line.name === name));
  const series = lines.map((line) => ({
    type: "line",
    name: line.name,
    data: line.points,
    symbol: "circle",
    symbolSize: points.length > MANY ? 2 : 5,
    itemStyle: {
      color: line.name === "best" ? "@best" : colorOf(line.trial.state),
      opacity: line.name === "best" ? 1 : 0.5,
    },
    lineStyle: { width: line.name === "best" ? 3 : 1.25, opacity: line.name === "best" ? 1 : opacityOf(lines.length) },
    z: line.name === "best" ? 4 : 2,
    emphasis: { lineStyle: { width: 3, opacity: 1 }, itemStyle: { opacity: 1 } },
  }));
  const counts = names.map((name) => `${lines.filter((line) => line.name === name).length} ${name}`);
  return {
    label: `Intermediate values of ${lines.length} trials, ${counts.join(", ")}, up to step ${last}.`,
    height: 360,
    renderer: points.length > MANY ? "canvas" : "svg",
    option: chartOption(grid(UNDER_LEGEND), legend(names), {
      xAxis: countAxis("step", first, last),
      yAxis: valueAxis(
        "value",
        points.map(([, value]) => value),
      ),
      series,
    }),
  };
}

/** A line has at most `POINTS` of them, and its last. */
function pointsOf({ intermediate: reports, number }: FrozenTrial): [step: number, value: number, number: number][] {
  const stride = Math.ceil(reports.length / POINTS);
  const shown = reports.filter((_, i) => i % stride === 0 || i === reports.length - 1);
  return shown.flatMap(({ step, value }): [number, number, number][] =>
    Number.isFinite(value) ? [[step, value, number]] : [],
  );
}
