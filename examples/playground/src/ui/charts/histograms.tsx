import * as Plot from "@observablehq/plot";
import type { Histogram, Progress } from "../../protocol.js";
import { useLab } from "../context.js";
import { number } from "../format.js";
import type { Run } from "../run.js";
import { Chart } from "./chart.js";

const KINDS = [
  ["weights", "Weights"],
  ["activations", "Activations"],
  ["gradients", "Gradients"],
] as const;

const ROW = 46;

interface Bar {
  readonly layer: string;
  readonly x1: number;
  readonly x2: number;
  readonly share: number;
}

/** Bars of one histogram, the highest of which is 1, so that a narrow layer beside a wide one can be seen. */
export function bars({ layer, from, to, counts }: Histogram): Bar[] {
  const most = Math.max(1, ...counts);
  const width = (to - from) / counts.length;
  return Array.from(counts, (amount, i) => ({
    layer,
    x1: from + i * width,
    x2: from + (i + 1) * width,
    share: amount / most,
  }));
}

function plotHistograms(
  histograms: readonly Histogram[],
  color: string,
  width: number,
  height: number,
): SVGElement | HTMLElement {
  const layers = histograms.map((each) => each.layer);
  const reach = Math.max(
    1e-12,
    ...histograms.flatMap((each) => [Math.abs(each.from), Math.abs(each.to)]).filter(Number.isFinite),
  );
  // Well inside, so that no label is cut off.
  const tick = Number((0.6 * reach).toPrecision(1));
  return Plot.plot({
    width,
    height,
    marginLeft: 8,
    marginRight: 8,
    marginTop: 4,
    marginBottom: 22,
    style: { background: "transparent", fontSize: "11px", overflow: "visible" },
    x: { domain: [-reach, reach] },
    y: { axis: null, domain: [0, 1.35] },
    fy: { domain: layers, axis: null, padding: 0.12 },
    marks: [
      Plot.axisX({
        label: null,
        tickSize: 0,
        fill: "var(--muted)",
        ticks: [-tick, 0, tick],
        tickFormat: (value: number) => number(value, 2),
      }),
      Plot.ruleX([0], { stroke: "var(--line)" }),
      Plot.ruleY([0], { stroke: "var(--line)" }),
      Plot.rectY(histograms.flatMap(bars), {
        x1: "x1",
        x2: "x2",
        y: "share",
        fy: "layer",
        fill: color,
        insetLeft: 0,
        insetRight: 0.25,
      }),
      Plot.text(histograms, { fy: "layer", text: "layer", frameAnchor: "top-left", fill: "var(--muted)", dy: 1 }),
      Plot.text(histograms, {
        fy: "layer",
        text: (each: Histogram) => `σ ${number(each.deviation, 2)}`,
        frameAnchor: "top-right",
        fill: "var(--muted)",
        dy: 1,
      }),
    ],
  });
}

function Kind({
  run,
  kind,
  title,
}: {
  readonly run: Run;
  readonly kind: (typeof KINDS)[number][0];
  readonly title: string;
}) {
  const lab = useLab();
  const progress: Progress | undefined = run.progress.value;
  const histograms = progress?.[kind] ?? [];
  const name = lab.racing.value ? `${title} of ${run.name}` : title;
  const color = lab.racing.value ? `var(--run-${run.name})` : "var(--bar)";
  const height = Math.max(1, histograms.length) * ROW + 26;
  return (
    <Chart
      title={name}
      summary={`${name} by layer: ${histograms.map((each) => `${each.layer} mean ${number(each.mean, 2)}, deviation ${number(each.deviation, 2)}`).join("; ")}.`}
      height={height}
      inputs={[histograms, color]}
      draw={(width, drawn) => plotHistograms(histograms, color, width, drawn)}
      table={() => ({
        columns: ["Layer", "From", "To", "Mean", "Deviation", "Counts, from left to right"],
        rows: histograms.map((each) => [
          each.layer,
          number(each.from),
          number(each.to),
          number(each.mean),
          number(each.deviation),
          each.counts.join(" "),
        ]),
      })}
    />
  );
}

/** How weights, activations and gradients are spread in each layer: on one scale, so that a signal that dies from layer to layer is seen. */
export function Histograms() {
  const lab = useLab();
  return (
    <>
      {lab.active.value.map((run) => (
        <div key={run.name} class="thirds">
          {KINDS.map(([kind, title]) => (
            <Kind key={kind} run={run} kind={kind} title={title} />
          ))}
        </div>
      ))}
    </>
  );
}
