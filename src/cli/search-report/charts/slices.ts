import type { Parameter } from "../../../search/index.js";
import { type Chart, chartOption, grid, MANY, placeAxis, type Section, valueAxis } from "../chart.js";
import { placeOf, ticksOf } from "../places.js";
import { byImportance, type Digest, type Target } from "../view.js";

/** The value over each parameter by itself. */
export function slices(study: Digest): Section {
  const title = "Slices";
  if (study.complete.length === 0) return { title, charts: [], why: "No trial is complete yet." };
  const charts = study.targets.flatMap((target) =>
    byImportance(study, target).map((name) => sliceOf(study, target, name)),
  );
  const note = "The value over each parameter, the most important first. The stronger the colour, the later the trial.";
  return { title, note, charts, isGrid: true };
}

function sliceOf({ space, targets, trials }: Digest, target: Target, name: string): Chart {
  const parameter = space[name] as Parameter;
  const points = target.known.flatMap(({ trial, value }) => {
    const place = placeOf(parameter, trial, name, "x");
    return place === undefined ? [] : [[place, value, trial.number]];
  });
  const [first, last] = [trials[0]?.number ?? 0, trials.at(-1)?.number ?? 0];
  return {
    title: targets.length > 1 ? `${name}, ${target.name}` : name,
    label: `${target.name} over ${name}: ${points.length} trials.`,
    height: 240,
    renderer: points.length > MANY ? "canvas" : "svg",
    option: chartOption(grid(), {
      xAxis: placeAxis("", ticksOf(parameter), { splitLine: { show: false } }),
      yAxis: valueAxis(
        target.name,
        target.known.map(({ value }) => value),
      ),
      visualMap: {
        show: false,
        type: "continuous",
        dimension: 2,
        min: Math.min(first, last - 1),
        max: last,
        inRange: { color: ["@far", "@near"] },
      },
      series: [
        { type: "scatter", data: points, symbolSize: 8, itemStyle: { borderColor: "@surface", borderWidth: 0.5 } },
      ],
    }),
  };
}
