import { escapeXml as escaped } from "../../report/text.js";
import type { Chart, Section } from "./chart.js";
import { drawCharts, type PageData } from "./in-page.js";
import { style } from "./style.js";

/** The parts of a page. */
export interface Page {
  readonly title: string;
  /** HTML. */
  readonly head: string;
  readonly sections: readonly Section[];
  /** HTML, below the charts. */
  readonly table: string;
  readonly trials: PageData["trials"];
  /** The text of the chart library. */
  readonly library: string;
}

/** The whole file. Its policy lets it fetch nothing. */
export function pageOf({ title, head, sections, table, trials, library }: Page): string {
  const charts = sections.flatMap((section, i) =>
    section.charts.map(({ option, renderer = "svg" }, j) => ({ id: idOf(i, j), renderer, option })),
  );
  const data: PageData = { charts, trials };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<style>
${style}
</style>
</head>
<body>
${head}
<main>
${sections.map(sectionOf).join("\n")}
${table}
</main>
<noscript><p>The charts need JavaScript; the numbers above and in the table do not.</p></noscript>
<script type="application/json" id="data">${json(data)}</script>
<script>${library.replaceAll("</script", "<\\/script")}</script>
<script>(${drawCharts})(echarts, JSON.parse(document.getElementById("data").textContent));</script>
</body>
</html>
`;
}

function idOf(section: number, chart: number): string {
  return `chart-${section}-${chart}`;
}

function sectionOf({ title, note, charts, why, isGrid }: Section, index: number): string {
  const text = why ?? note;
  const figures = charts.map((chart, i) => figureOf(chart, idOf(index, i)));
  return `<section aria-labelledby="title-${index}">
<h2 id="title-${index}">${escaped(title)}</h2>
${text === undefined ? "" : `<p class="muted">${escaped(text)}</p>`}
${isGrid ? `<div class="grid">${figures.join("\n")}</div>` : figures.join("\n")}
</section>`;
}

function figureOf({ title, label, height, minWidth }: Chart, id: string): string {
  const room = minWidth === undefined ? "" : `; min-width: ${minWidth}px`;
  return `<figure>${title === undefined ? "" : `<h3>${escaped(title)}</h3>`}
<div class="scroll"${room ? ' tabindex="0"' : ""}><div id="${id}" role="img" aria-label="${escaped(label)}" style="height: ${height}px${room}"></div></div>
</figure>`;
}

/** JSON that no HTML parser takes for markup. */
function json(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
