import { escapeXml as escaped } from "../../report/text.js";
import type { FrozenTrial } from "../../search/index.js";
import { paretoFront } from "../../search/pareto.js";
import { valueText } from "./chart.js";
import { BEST } from "./thinned.js";
import { type Digest, isBetter } from "./view.js";

/** The name, how many trials there are, and the best. HTML. */
export function headOf({ name, counts, all, trials, targets, directions }: Digest): string {
  const items = [...counts]
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `<li style="--state: var(--${state})">${count} ${state}</li>`);
  const aims = targets.map(
    ({ name: value, direction }) => `${direction} ${targets.length === 1 ? "one value" : value}`,
  );
  const left =
    trials.length < all ? ` The charts show ${trials.length} of them, the best ones and others at even distances.` : "";
  return `<header class="head">
<h1>${escaped(name)}</h1>
<p class="muted">A search to ${aims.join(" and ")}: ${all === 1 ? "1 trial" : `${all} trials`}.${left}</p>
<ul class="counts">${items.join("")}</ul>
${targets.length === 1 ? bestOf(targets[0] as Digest["targets"][number]) : frontOf(trials, directions)}
</header>`;
}

function bestOf({ best }: Digest["targets"][number]): string {
  if (!best) return '<p class="muted">No trial is complete yet: there is no best one.</p>';
  const params = Object.entries(best.trial.params).map(([name, value]) => [name, valueText(value)] as const);
  const entries = [["best value", valueText(best.value)], ["trial", String(best.trial.number)], ...params] as const;
  const items = entries.map(([name, text]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(text)}</dd></div>`);
  return `<dl class="best">${items.join("")}</dl>`;
}

function frontOf(trials: readonly FrozenTrial[], directions: Digest["directions"]): string {
  const { length } = paretoFront(trials, directions);
  if (length === 0) return '<p class="muted">No trial is complete yet.</p>';
  return `<p>${length === 1 ? "1 trial is" : `${length} trials are`} on the Pareto front.</p>`;
}

/** The best trials; with several directions those of the front, by their first value. HTML. */
export function tableOf(study: Digest): string {
  const { space, targets } = study;
  const best = bestTrials(study);
  const title = targets.length === 1 ? "Best trials" : "Trials on the Pareto front";
  if (best.length === 0) return `<section><h2>${title}</h2><p class="muted">No trial is complete yet.</p></section>`;
  const names = Object.keys(space);
  const columns = [
    { name: "trial", cells: best.map(({ number }) => String(number)), isNumber: true },
    ...targets.map(({ name, index }) => ({
      name,
      cells: best.map(({ values }) => valueText(values?.[index])),
      isNumber: true,
    })),
    ...names.map((name) => ({
      name,
      cells: best.map(({ params }) => (params[name] === undefined ? "–" : valueText(params[name]))),
      isNumber: space[name]?.type !== "choice",
    })),
    { name: "took", cells: best.map(durationOf), isNumber: true },
  ];
  const cell = (tag: "td" | "th", text: string, isNumber: boolean) =>
    `<${tag}${tag === "th" ? ' scope="col"' : ""}${isNumber ? ' class="number"' : ""}>${escaped(text)}</${tag}>`;
  const rows = best.map((_, i) => columns.map(({ cells, isNumber }) => cell("td", cells[i] as string, isNumber)));
  return `<section><h2>${title}</h2>
<div class="scroll" tabindex="0"><table>
<thead><tr>${columns.map(({ name, isNumber }) => cell("th", name, isNumber)).join("")}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row.join("")}</tr>`).join("\n")}</tbody>
</table></div></section>`;
}

function bestTrials({ targets, trials, directions }: Digest): readonly FrozenTrial[] {
  const [first] = targets;
  if (!first) return [];
  const front = new Set(paretoFront(trials, directions));
  const known = targets.length === 1 ? first.known : first.known.filter(({ trial }) => front.has(trial));
  return [...known]
    .sort((a, b) => (a.value === b.value ? 0 : isBetter(first.direction, a.value, b.value) ? -1 : 1))
    .slice(0, BEST)
    .map(({ trial }) => trial);
}

/** What each trial's points say when one points at them. */
export function trialTexts({ trials, targets }: Digest): Record<string, readonly string[]> {
  return Object.fromEntries(
    trials.map((trial) => {
      const values = targets.flatMap(({ name, index }) => {
        const value = trial.values?.[index];
        return value === undefined ? [] : [`${name}: ${valueText(value)}`];
      });
      const params = Object.entries(trial.params).map(([name, value]) => `${name}: ${valueText(value)}`);
      const { failure } = trial.attributes;
      const reason = typeof failure === "string" ? [failure.slice(0, 120)] : [];
      return [trial.number, [`trial ${trial.number}, ${trial.state}`, ...values, ...params, ...reason]];
    }),
  );
}

function durationOf({ started, ended }: FrozenTrial): string {
  if (!(started && ended)) return "–";
  const seconds = (ended.getTime() - started.getTime()) / 1000;
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
