import type { FrozenTrial } from "../../../search/index.js";
import { paretoFront } from "../../../search/pareto.js";
import {
  type Chart,
  chartOption,
  colorOf,
  grid,
  legend,
  MANY,
  type Section,
  UNDER_LEGEND,
  valueAxis,
} from "../chart.js";
import type { Digest, Target } from "../view.js";

/** The trials that no other one beats in every value at once. */
export function pareto(study: Digest): Section | undefined {
  const { targets, directions } = study;
  if (targets.length < 2) return undefined;
  const title = "Pareto front";
  const complete = study.complete.filter(
    ({ values }) => values?.length === targets.length && values.every(Number.isFinite),
  );
  if (complete.length === 0) return { title, charts: [], why: "No trial is complete yet." };
  const front = new Set(paretoFront(complete, directions).map(({ number }) => number));
  const pairs = targets.flatMap((x, i) => targets.slice(i + 1).map((y) => [x, y] as const));
  return {
    title,
    note: `${front.size} of ${complete.length} trials are on the front: no other trial beats them in every value at once.`,
    charts: pairs.map(([x, y]) => pairOf(complete, front, x, y)),
    isGrid: pairs.length > 1,
  };
}

function pairOf(complete: readonly FrozenTrial[], front: ReadonlySet<number>, x: Target, y: Target): Chart {
  const points = complete.map(({ values, number }) => [
    values?.[x.index] as number,
    values?.[y.index] as number,
    number,
  ]) as [number, number, number][];
  const on = points.filter(([, , number]) => front.has(number));
  return {
    title: `${x.name} and ${y.name}`,
    label: `${y.name} (${y.direction}) over ${x.name} (${x.direction}): ${points.length} complete trials, ${on.length} of them on the Pareto front.`,
    height: 360,
    renderer: points.length > MANY ? "canvas" : "svg",
    option: chartOption(grid(UNDER_LEGEND), legend(["on the front", "others"]), {
      xAxis: valueAxis(
        `${x.name} (${x.direction})`,
        points.map(([value]) => value),
        { splitLine: { show: false } },
      ),
      yAxis: valueAxis(
        `${y.name} (${y.direction})`,
        points.map(([, value]) => value),
      ),
      series: [
        {
          type: "scatter",
          name: "others",
          data: points.filter(([, , number]) => !front.has(number)),
          symbolSize: 7,
          itemStyle: { color: colorOf("complete"), opacity: 0.6 },
        },
        {
          type: "scatter",
          name: "on the front",
          data: on,
          symbolSize: 11,
          symbol: "diamond",
          itemStyle: { color: "@best" },
        },
      ],
    }),
  };
}
