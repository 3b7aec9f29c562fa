import type { Parameter } from "../../../search/index.js";
import {
  type Chart,
  chartOption,
  MANY,
  type Option,
  opacityOf,
  placeAxis,
  type Section,
  valueAxis,
  valueText,
} from "../chart.js";
import { placeOf, ticksOf } from "../places.js";
import { byImportance, type Digest, isBetter, type Target } from "../view.js";

/** Room for an axis and its name. */
const WIDTH = 112;

/** Each trial as a line through its values. */
export function parallel(study: Digest): Section {
  const title = "Parallel coordinates";
  const [first] = study.targets;
  if (!first || first.known.length === 0) return { title, charts: [], why: "No trial is complete yet." };
  const note =
    "One line a complete trial; the stronger the colour, the better its value. Drag along an axis to pick trials, click it to let them go.";
  return { title, note, charts: study.targets.map((target) => parallelOf(study, target)) };
}

function parallelOf(study: Digest, target: Target): Chart {
  const { known, name, direction, best } = target;
  const names = byImportance(study, target);
  const shares = sharesOf(target);
  const rows = known
    .map(({ trial, value }, i) => [
      value,
      // A parameter that the trial lacks is passed over.
      ...names.map((each) => placeOf(study.space[each] as Parameter, trial, each) ?? null),
      shares[i] as number,
      trial.number,
    ])
    // The best are drawn last, above the others.
    .sort((a, b) => (a.at(-2) as number) - (b.at(-2) as number));
  const look = { nameLocation: "end", nameGap: 14, nameTruncate: { maxWidth: WIDTH - 12 }, z: 10 };
  const axes: Option[] = [
    {
      dim: 0,
      ...valueAxis(
        name,
        known.map(({ value }) => value),
        look,
      ),
    },
    ...names.map((each, i) => ({ dim: i + 1, ...placeAxis(each, ticksOf(study.space[each] as Parameter), look) })),
  ].map(legible);
  const bestText = best ? ` The best trial, ${best.trial.number}, has ${valueText(best.value)}.` : "";
  return {
    ...(study.targets.length > 1 ? { title: `${name}, ${direction}` } : {}),
    label: `Parallel coordinates of ${known.length} complete trials: ${name}, then ${names.join(", ")}.${bestText}`,
    height: 380,
    minWidth: WIDTH * axes.length + 60,
    renderer: known.length * axes.length > MANY ? "canvas" : "svg",
    option: chartOption({
      parallel: { left: 56, right: 84, top: 44, bottom: 24 },
      parallelAxis: axes,
      visualMap: {
        show: false,
        type: "continuous",
        dimension: names.length + 1,
        min: 0,
        max: 1,
        inRange: { color: ["@far", "@near"] },
      },
      series: [
        {
          type: "parallel",
          data: rows,
          smooth: false,
          lineStyle: { width: 1.5, opacity: opacityOf(known.length) },
          emphasis: { lineStyle: { width: 3.5, opacity: 1 } },
        },
      ],
    }),
  };
}

/** The texts of an axis that lines cross stand out from them. */
function legible(axis: Option): Option {
  const axisLabel = { ...(axis.axisLabel as Option), color: "@ink", textBorderColor: "@surface", textBorderWidth: 3 };
  return { ...axis, axisLabel, splitLine: { show: false } };
}

/** From 0 for the worst to 1 for the best, evenly by rank: one outlier would make all others alike. */
function sharesOf({ known, direction }: Target): number[] {
  const order = [...known.keys()].sort((a, b) => {
    const [x, y] = [known[a]?.value as number, known[b]?.value as number];
    return x === y ? a - b : isBetter(direction, x, y) ? 1 : -1;
  });
  const shares = new Array<number>(known.length).fill(1);
  order.forEach((i, rank) => {
    shares[i] = known.length === 1 ? 1 : rank / (known.length - 1);
  });
  return shares;
}
