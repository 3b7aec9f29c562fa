import {
  type Chart,
  chartOption,
  grid,
  legend,
  nameAxis,
  type Option,
  type Section,
  UNDER_LEGEND,
  valueAxis,
} from "../chart.js";
import { byImportance, type Digest, type Target } from "../view.js";

const SERIES = ["@complete", "@best", "@pruned", "@failed"];

/** How much each parameter explains. */
export function importances(study: Digest): Section {
  const title = "Importance of the parameters";
  const told = study.targets.filter((target) => target.importances);
  if (told.length === 0) {
    const count = study.complete.length;
    const why = `It takes two complete trials that differ in value and parameters; ${count === 1 ? "1 trial is" : `${count} trials are`} complete.`;
    return { title, charts: [], why };
  }
  const note =
    "How much of the difference between trials each parameter explains by itself (fANOVA: Hutter, Hoos and Leyton-Brown, 2014).";
  return { title, note, charts: [barsOf(study, told)] };
}

function barsOf(study: Digest, told: readonly Target[]): Chart {
  const names = byImportance(study, told[0] as Target);
  const shareOf = ({ importances: shares }: Target, name: string) => shares?.get(name) ?? 0;
  const hasLegend = told.length > 1;
  const texts = told.map(
    (target) => `${target.name}: ${names.map((name) => `${name} ${percent(shareOf(target, name))}`).join(", ")}`,
  );
  return {
    label: `Importance of the parameters for ${texts.join("; for ")}.`,
    height: names.length * (told.length * 18 + 10) + (hasLegend ? 80 : 52),
    option: chartOption(grid(hasLegend ? UNDER_LEGEND : {}), hasLegend ? legend(told.map(({ name }) => name)) : {}, {
      tooltip: { show: false },
      xAxis: valueAxis("", [], hidden(told)),
      yAxis: nameAxis(names, 120),
      series: told.map((target, i) => ({
        type: "bar",
        name: target.name,
        barMaxWidth: 18,
        itemStyle: { color: SERIES[i % SERIES.length] },
        label: { show: true, position: "right", color: "@ink", fontSize: 12, formatter: "@percent" },
        data: names.map((name) => shareOf(target, name)),
      })),
    }),
  };
}

/** No ticks, since each bar has its number; to the right of the longest there is room for that. */
function hidden(told: readonly Target[]): Option {
  const most = Math.max(...told.flatMap(({ importances: shares }) => [...(shares?.values() ?? [])]));
  const none = { show: false };
  return { min: 0, max: most * 1.15, axisLabel: none, axisTick: none, splitLine: none, axisLine: none };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
