import { checkBars, number } from "./bars.js";
import { describe } from "./measure.js";

const GROUPS = {
  train: "A training step: forward, loss, backward, update",
  predict: "Inference, from numbers in JavaScript (Python) to numbers there",
  matmul: "Product of two square float32 matrices",
};

/** The results as Markdown: a table for each kind of work, the bars, and what it ran on. */
export function markdown(measured, about) {
  const notes = [];
  const tables = Object.entries(GROUPS).flatMap(([kind, title]) => {
    const rows = measured.filter(({ workload }) => workload.kind === kind);
    return rows.length ? [`## ${title}`, "", table(rows, notes), "", ...absent(rows)] : [];
  });
  const bars = measured.flatMap(({ workload, runs }) => checkBars(workload, runs, about));
  return [
    "# wasmgrad beside other libraries",
    "",
    `${about.cpu}; ${about.system}; Node ${about.node}, V8 flags: ${about.flags}; ${about.date}; load of the machine before: ${about.load.toFixed(1)}.`,
    "Same rows, first weights, batch and optimizer; results compared before timing; wall-clock time, median of up to",
    `${about.rounds} rounds in which the libraries take turns. One thread unless said. In brackets: how many times the time of wasmgrad's`,
    "best entry. Written by `npm run bench:compare`.",
    "",
    ...tables,
    ...(notes.length ? [...notes.map((text, i) => `${i + 1}. ${text}`), ""] : []),
    ...(bars.length ? ["## Bars", "", barTable(bars), ""] : []),
    "## What ran",
    "",
    ...versions(measured),
    "",
    `Results differ at most by: ${agreement(measured)}. ${steadiness(measured)}`,
    "",
  ].join("\n");
}

function table(rows, notes) {
  const columns = columnsOf(rows).filter(({ name }) => takesPart(name, rows));
  const note = (text) => {
    if (!notes.includes(text)) notes.push(text);
    return notes.indexOf(text) + 1;
  };
  const lines = rows.map(({ workload, runs }) => {
    const own = runs.filter(({ entry }) => entry.library === "wasmgrad").map(({ milliseconds }) => milliseconds);
    const best = Math.min(...own.filter((value) => value !== undefined));
    const cells = columns.map(({ name, title }) => {
      const run = runs.find(({ entry }) => entry.name === name);
      if (!run) return "";
      if (run.milliseconds === undefined) {
        return `${run.cannot ? "cannot" : "**failed**"} (${note(`${title}: ${run.cannot ?? run.failed}.`)})`;
      }
      const ratio = Number.isFinite(best) ? ` (${number(run.milliseconds / best)})` : "";
      return `${time(run.milliseconds)}${rate(workload, run.milliseconds)}${ratio}`;
    });
    return [workload.title, ...cells];
  });
  const head = [
    ["", ...columns.map(({ title }) => title)],
    ["---", ...columns.map(() => "---:")],
  ];
  return [...head, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const takesPart = (name, rows) =>
  rows.some(({ runs }) =>
    runs.some(({ entry, milliseconds, failed }) => entry.name === name && (milliseconds || failed)),
  );

/** What has no column, since it can do none of the rows. */
function absent(rows) {
  const texts = columnsOf(rows)
    .filter(({ name }) => !takesPart(name, rows))
    .map(({ name, title }) => {
      const reasons = rows.flatMap(({ runs }) => runs.filter(({ entry }) => entry.name === name));
      return `${title} (${[...new Set(reasons.map(({ cannot }) => cannot))].join("; ")})`;
    });
  return texts.length ? [`None of these: ${texts.join(", ")}.`, ""] : [];
}

/** The entries of some rows, each once, in their order. */
export function columnsOf(rows) {
  const all = rows.flatMap(({ runs }) => runs.map(({ entry }) => entry));
  return all.filter(({ name }, i) => all.findIndex((each) => each.name === name) === i);
}

function barTable(bars) {
  const verdict = { true: "met", false: "**missed**" };
  const lines = bars.map(({ goal, measured, met }) => `| ${goal} | ${measured} | ${verdict[met] ?? "not measured"} |`);
  return ["| bar | measured | |", "| --- | ---: | --- |", ...lines].join("\n");
}

export const time = (ms) =>
  ms < 0.1 ? `${number(ms * 1000)} µs` : ms < 10000 ? `${number(ms)} ms` : `${number(ms / 1000)} s`;

const rate = ({ flops }, ms) => (flops ? `, ${number(flops / ms / 1e6)} GFLOP/s` : "");

function versions(measured) {
  return columnsOf(measured).map(({ name, title }) => {
    const ready = measured.flatMap(({ runs }) => runs).find(({ entry, ready }) => entry.name === name && ready)?.ready;
    const python = ready?.python ? `, Python ${ready.python}` : "";
    return `- ${title}: ${ready ? `${ready.version}${python}` : "did not start"}`;
  });
}

function agreement(measured) {
  const most = {};
  for (const { differences = {} } of measured.flatMap(({ runs }) => runs).filter(({ milliseconds }) => milliseconds)) {
    for (const [name, value] of Object.entries(differences)) most[name] = Math.max(most[name] ?? 0, value);
  }
  return describe(most) || "nothing compared";
}

function steadiness(measured) {
  const runs = measured.flatMap(({ workload, runs }) => runs.map((run) => ({ ...run, workload })));
  const timed = runs.filter(({ samples }) => samples > 1).sort((p, q) => q.spread - p.spread);
  if (timed.length === 0) return "";
  const [worst] = timed;
  const middle = timed[timed.length >> 1].spread;
  const percent = (share) => `±${Math.round(share * 100)} %`;
  return `The middle half of the samples lies within ${percent(middle)} of the median (half of the entries), ${percent(worst.spread)} in the worst (${worst.entry.title}, ${worst.workload.title}).`;
}
