import { barChart, figure, lineChart } from "../../../dist/node/report.js";
import { columnsOf } from "./markdown.js";

/**
 * The results as one SVG: bars on a log axis for steps and inference, curves for matrix products. An entry has one colour in all panels,
 * so each panel has all entries.
 */
export async function charts(measured, about) {
  const timed = measured.filter(({ runs }) => runs.some(({ milliseconds }) => milliseconds !== undefined));
  const shown = columnsOf(timed).filter(({ name }) => timed.some(({ runs }) => Number.isFinite(value(runs, name))));
  const of = (kind) => timed.filter(({ workload }) => workload.kind === kind);
  const panels = [];
  if (of("train").length) panels.push(await bars("A training step", of("train"), shown));
  if (of("predict").length) panels.push(await bars("Inference", of("predict"), shown));
  if (of("matmul").length) panels.push(await curves(of("matmul"), shown));
  return figure(panels, { columns: 1, title: `wasmgrad beside other libraries (Node ${about.node}, ${about.cpu})` });
}

function bars(title, rows, shown) {
  const series = shown.map((each) => ({
    name: each.title,
    values: rows.map(({ runs }) => value(runs, each.name)),
  }));
  const least = Math.min(...series.flatMap(({ values }) => values).filter(Number.isFinite));
  return barChart({
    title,
    categories: rows.map(({ workload }) => workload.title),
    y: { title: "time (ms), less is better", scale: "log", min: 10 ** Math.floor(Math.log10(least)) },
    series,
    horizontal: true,
    width: 1000,
    height: 150 + rows.length * (series.length * 11 + 26),
  });
}

function curves(rows, shown) {
  const series = shown.map(({ name, title }) => ({
    name: title,
    x: rows.map(({ workload }) => Math.cbrt(workload.flops / 2)),
    y: rows.map(({ workload, runs }) => workload.flops / value(runs, name) / 1e6),
  }));
  return lineChart({
    title: "Product of two n × n matrices",
    x: { title: "n", scale: "log" },
    y: { title: "GFLOP/s, more is better", scale: "log" },
    series,
    width: 1000,
    height: 520,
  });
}

const value = (runs, name) => runs.find(({ entry }) => entry.name === name)?.milliseconds ?? Number.NaN;
