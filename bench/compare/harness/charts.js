import { barChart, figure, lineChart } from "../../../dist/node/report.js";
import { columnsOf } from "./markdown.js";

/** The results as one SVG: bars on a log axis for steps and inference, curves for matrix products. */
export async function charts(measured, about) {
  const timed = measured.filter(({ runs }) => runs.some(({ milliseconds }) => milliseconds !== undefined));
  const groups = ["train", "predict", "matmul"].map((kind) => timed.filter(({ workload }) => workload.kind === kind));
  const [train, predict, matmul] = groups;
  const shown = seriesOf(groups.filter(({ length }) => length));
  const panels = [];
  if (train.length) panels.push(await bars("A training step", train, shown(train)));
  if (predict.length) panels.push(await bars("Inference", predict, shown(predict)));
  if (matmul.length) panels.push(await curves(matmul, shown(matmul)));
  return figure(panels, { columns: 1, title: `wasmgrad beside other libraries (Node ${about.node}, ${about.cpu})` });
}

/** The entries of a panel; those of every panel first, so that they have one colour in all of them. */
function seriesOf(groups) {
  const takesPart = (name) => (rows) => rows.some(({ runs }) => Number.isFinite(value(runs, name)));
  const isEverywhere = ({ name }) => groups.every(takesPart(name));
  const all = columnsOf(groups.flat());
  const sorted = [...all.filter(isEverywhere), ...all.filter((each) => !isEverywhere(each))];
  return (rows) => sorted.filter(({ name }) => takesPart(name)(rows));
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
    y: { title: "time (ms), less is better", scale: "log", min: 10 ** Math.floor(Math.log10(least / 2)) },
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
