import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Chart, Option, Section } from "../../src/cli/search-report/chart.js";
import { surface } from "../../src/cli/search-report/charts/contour.js";
import { placeOf, ticksOf } from "../../src/cli/search-report/places.js";
import { searchReport, sectionsOf } from "../../src/cli/search-report/report.js";
import { MOST } from "../../src/cli/search-report/thinned.js";
import { digest, type StudyView } from "../../src/cli/search-report/view.js";
import {
  choice,
  type FrozenTrial,
  int,
  logInt,
  logUniform,
  oneMinusLogUniform,
  quantized,
  type Space,
  uniform,
  when,
} from "../../src/search/index.js";
import { kinds, started } from "../browser/support/browsers.js";

const EVIL = "</script><script>globalThis.evil = 1</script><img src=x onerror='globalThis.evil = 2'>";

const trialOf = (number: number, state: FrozenTrial["state"], more: Partial<FrozenTrial> = {}): FrozenTrial => ({
  number,
  state,
  params: {},
  intermediate: [],
  attributes: {},
  ...more,
});

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, 0) + seconds * 1000);

const space: Space = {
  rate: logUniform(1e-4, 1),
  layers: int(1, 3),
  kind: choice(["adam", EVIL]),
  width3: when("layers", 3, logInt(16, 128)),
};

/** Twelve complete trials, and one of each other state. */
function usual(): StudyView {
  const complete = Array.from({ length: 12 }, (_, number) => {
    const layers = 1 + (number % 3);
    const rate = 1e-4 * 10 ** (((number * 7) % 12) / 3);
    const params = { rate, layers, kind: number % 2 ? "adam" : EVIL, ...(layers === 3 ? { width3: 16 + number } : {}) };
    const value = Math.abs(Math.log10(rate) + 2) + layers / 10;
    const intermediate = [3, 2, 1].map((more, step) => ({ step, value: value + more }));
    return trialOf(number, "complete", {
      params,
      values: [value],
      intermediate,
      started: at(number),
      ended: at(number + 2),
    });
  });
  const params = { rate: 0.01, layers: 1, kind: "adam" };
  return {
    name: `digits ${EVIL}`,
    directions: ["minimize"],
    space,
    trials: [
      ...complete,
      trialOf(12, "pruned", { params, intermediate: [{ step: 0, value: 5 }], started: at(14), ended: at(15) }),
      trialOf(13, "pruned", { params }),
      trialOf(14, "failed", { params, attributes: { failure: EVIL }, started: at(14), ended: at(16) }),
      trialOf(15, "running", { params, started: at(16) }),
      trialOf(16, "waiting"),
    ],
  };
}

const sectionsFor = (view: StudyView): Record<string, Section> =>
  Object.fromEntries(sectionsOf(digest(view)).map((section) => [section.title, section]));
const seriesOf = ({ option }: Chart) => option.series as (Option & { data: number[][]; name: string })[];
const seriesNamed = (chart: Chart | undefined, name: string) =>
  seriesOf(chart as Chart).filter((series) => series.name === name);
const first = (section: Section | undefined): Chart => section?.charts[0] as Chart;

describe("the data of the charts", () => {
  const sections = sectionsFor(usual());

  test("history: values, best so far, pruned at their last reports, what has no value at the bottom", () => {
    const chart = first(sections["Optimization history"]);
    const values = usual().trials.flatMap(({ values: each, number }) => (each ? [[number, each[0], number]] : []));
    expect(seriesNamed(chart, "complete")[0]?.data).toEqual(values);
    const best = seriesNamed(chart, "best so far")[0]?.data as number[][];
    expect(best.map(([, value]) => value)).toEqual([...best.map(([, value]) => value as number)].sort((a, b) => b - a));
    expect(best.at(-1)).toEqual([16, Math.min(...values.map(([, value]) => value as number))]);
    expect(seriesNamed(chart, "pruned").map(({ data, yAxisIndex }) => [data, yAxisIndex])).toEqual([
      [[[12, 5, 12]], 0],
      [[[13, 0, 13]], 1],
    ]);
    expect(seriesNamed(chart, "failed")[0]?.data).toEqual([[14, 0, 14]]);
    expect(chart.label).toMatch(/12 complete trials, the best is 0\.\d+ in trial \d+; 2 pruned, 1 failed/);
  });

  test("parallel coordinates: value, places by importance, rank and number; the best last; null where there is none", () => {
    const chart = first(sections["Parallel coordinates"]);
    const axes = chart.option.parallelAxis as { name: string }[];
    expect(axes.map(({ name }) => name).sort()).toEqual(["kind", "layers", "rate", "value", "width3"]);
    expect(axes[0]?.name).toBe("value");
    expect(axes[1]?.name).toBe("rate");
    const rows = seriesOf(chart)[0]?.data as (number | null)[][];
    expect(rows).toHaveLength(12);
    expect(rows.map((row) => row.at(-2))).toEqual(Array.from({ length: 12 }, (_, i) => i / 11));
    expect(rows.at(-1)?.[0]).toBe(Math.min(...rows.map((row) => row[0] as number)));
    const column = axes.findIndex(({ name }) => name === "width3");
    for (const row of rows) expect(row[column] === null).toBe((row.at(-1) as number) % 3 !== 2);
  });

  test("slices: one a parameter, with the trials that have it", () => {
    const { charts } = sections.Slices as Section;
    expect(charts.map(({ title }) => title).sort()).toEqual(["kind", "layers", "rate", "width3"]);
    const counts = Object.fromEntries(charts.map((chart) => [chart.title, seriesOf(chart)[0]?.data.length]));
    expect(counts).toEqual({ kind: 12, layers: 12, rate: 12, width3: 4 });
  });

  test("contours: the pairs of the most important parameters, a surface and its points", () => {
    const { charts } = sections.Contours as Section;
    // width3 has too few trials for a surface.
    expect(charts).toHaveLength(3);
    for (const chart of charts) {
      const [cells, points] = seriesOf(chart);
      expect(points?.data).toHaveLength(12);
      expect(cells?.data.length).toBeGreaterThan(0);
    }
  });

  test("importance: shares that sum to 1, the largest first", () => {
    const chart = first(sections["Importance of the parameters"]);
    const shares = seriesOf(chart)[0]?.data as unknown as number[];
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect([...shares].sort((a, b) => b - a)).toEqual(shares);
    expect(chart.label).toContain("value: rate ");
  });

  test("intermediate values: one line a trial, the best by itself", () => {
    const chart = first(sections["Intermediate values"]);
    expect(seriesOf(chart)).toHaveLength(13);
    expect(seriesNamed(chart, "best")).toHaveLength(1);
    expect(seriesNamed(chart, "pruned")[0]?.data).toEqual([[0, 5, 12]]);
  });

  test("timeline: trials that run at once in lanes of their own, one that runs up to the last moment", () => {
    const chart = first(sections.Timeline);
    const lanes = seriesNamed(chart, "complete")[0]?.data.map(([lane]) => lane);
    expect(lanes).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    expect(seriesNamed(chart, "running")[0]?.data).toEqual([[0, at(16).getTime(), at(16).getTime(), 15]]);
    expect(sections.Timeline?.note).toContain("up to 2 at once");
  });

  test("several objectives: one history each, and the front", () => {
    const values = [[1, 4], [2, 2], [3, 3], [4, 1]]; // biome-ignore format: a table
    const trials = values.map((each, i) => trialOf(i, "complete", { params: { a: i / 4 }, values: each }));
    const found = sectionsFor({
      name: "two",
      directions: ["minimize", "minimize"],
      space: { a: uniform(0, 1) },
      trials,
    });
    expect(found["Optimization history"]?.charts.map(({ title }) => title)).toEqual([
      "value 0, minimize",
      "value 1, minimize",
    ]);
    const front = first(found["Pareto front"]);
    expect(seriesNamed(front, "on the front")[0]?.data.map((point) => point[2])).toEqual([0, 1, 3]);
    expect(seriesNamed(front, "others")[0]?.data.map((point) => point[2])).toEqual([2]);
    expect(seriesOf(first(found["Importance of the parameters"])).map(({ name }) => name)).toEqual([
      "value 0",
      "value 1",
    ]);
  });

  test("values over more than three powers of ten have a logarithmic axis", () => {
    const typeFor = (values: number[]) => {
      const trials = values.map((value, i) => trialOf(i, "complete", { params: { a: i / 4 }, values: [value] }));
      const found = sectionsFor({ name: "n", directions: ["minimize"], space: { a: uniform(0, 1) }, trials });
      return (first(found["Optimization history"]).option.yAxis as { type: string }[])[0]?.type;
    };
    expect(typeFor([1e-3, 10])).toBe("log");
    expect(typeFor([1, 10])).toBe("value");
    expect(typeFor([-1, 1e4])).toBe("value");
  });

  test("values that are no finite numbers are left out", () => {
    const trials = [
      trialOf(0, "complete", { params: { a: 0.5 }, values: [Number.POSITIVE_INFINITY] }),
      trialOf(1, "complete", { params: { a: 0.2 }, values: [1], intermediate: [{ step: 0, value: Number.NaN }] }),
    ];
    const found = sectionsFor({ name: "n", directions: ["minimize"], space: { a: uniform(0, 1) }, trials });
    expect(seriesNamed(first(found["Optimization history"]), "complete")[0]?.data).toEqual([[1, 1, 1]]);
    expect(found["Intermediate values"]?.charts).toEqual([]);
  });

  test("of very many trials so many are drawn as a page can hold, among them all that count", () => {
    const count = 6_000;
    const trials = Array.from({ length: count }, (_, i) =>
      trialOf(i, i % 5 === 3 ? "failed" : "complete", {
        params: { a: ((i * 7919) % count) / count },
        values: [1 + ((i * 7919) % count) / count - (i === 4_557 ? 2 : 0)],
        intermediate: Array.from({ length: i % 1000 === 0 ? 3000 : 0 }, (_, step) => ({ step, value: 1 / (step + 1) })),
      }),
    );
    const found = digest({ name: "n", directions: ["minimize"], space: { a: uniform(0, 1) }, trials });
    expect(found.trials.length).toBeLessThanOrEqual(MOST + 100);
    expect(found.counts.get("failed")).toBe(count / 5);
    expect(found.targets[0]?.best?.trial.number).toBe(4_557);
    const best = [...trials]
      .filter(({ state }) => state === "complete")
      .sort((a, b) => Number(a.values) - Number(b.values));
    const shown = new Set(found.trials);
    expect(best.slice(0, 10).filter((trial) => !shown.has(trial))).toEqual([]);
    const line = seriesOf(first(sectionsOf(found).find(({ title }) => title === "Intermediate values")));
    expect(line[0]?.data.length).toBeLessThanOrEqual(401);
    expect(line[0]?.data.at(-1)?.[0]).toBe(2999);
  });

  test("without a space the trials show it", () => {
    const found = digest({ ...usual(), space: undefined }).space;
    expect(found.rate).toMatchObject({ type: "float", scale: "log" });
    expect(found.layers).toMatchObject({ type: "int", low: 1, high: 3, scale: "linear" });
    expect(found.kind).toMatchObject({ type: "choice", choices: [EVIL, "adam"] });
  });
});

describe("a chart that would be empty says why", () => {
  const reasons = (trials: readonly FrozenTrial[]) =>
    sectionsOf(digest({ name: "n", directions: ["minimize"], space: { a: uniform(0, 1) }, trials })).map(
      ({ charts, why }) => charts.length === 0 && why,
    );

  test("no trial", () => {
    const none = "No trial is complete yet.";
    expect(reasons([])).toEqual([
      none,
      "It takes two complete trials that differ in value and parameters; 0 trials are complete.",
      none,
      none,
      "The study has fewer than two parameters.",
      "No trial has reported a value on its way: trial.report(step, value) does.",
      "No trial says when it ran.",
    ]);
  });

  test("one trial", () => {
    const found = reasons([trialOf(0, "complete", { params: { a: 0.5 }, values: [1] })]);
    expect(found[0]).toBe(false);
    expect(found[1]).toContain("1 trial is complete");
  });
});

describe("axes of parameters", () => {
  const labels = (parameter: Space[string]) => ticksOf(parameter).map(({ label }) => label);

  test("each scale has its round values", () => {
    expect(labels(logUniform(1e-4, 1))).toEqual(["0.0001", "0.001", "0.01", "0.1", "1"]);
    expect(labels(oneMinusLogUniform(0.9, 0.9999))).toEqual(["0.9", "0.99", "0.999", "0.9999"]);
    expect(labels(int(1, 4))).toEqual(["1", "2", "3", "4"]);
    expect(labels(quantized(0, 0.5, 0.1))).toEqual(["0", "0.2", "0.4"]);
    expect(labels(choice([true, null, "x"]))).toEqual(["true", "null", "x"]);
  });

  test("places lie from 0 to 1; those of one value side by side, where they are no numbers with others beside them", () => {
    for (const parameter of [logUniform(1e-4, 1), oneMinusLogUniform(0.9, 0.9999), int(1, 4), quantized(0, 0.5, 0.1)]) {
      for (const { at: place } of ticksOf(parameter)) expect(place >= 0 && place <= 1).toBe(true);
    }
    const parameter = choice(["a", "b"]);
    const places = Array.from({ length: 50 }, (_, i) =>
      placeOf(parameter, trialOf(i, "complete", { params: { p: "b" } }), "p", "x"),
    );
    expect(places.every((place) => (place as number) > 0.5 && (place as number) < 1)).toBe(true);
    expect(new Set(places).size).toBe(50);
    const two = trialOf(7, "complete", { params: { p: 2 } });
    expect(placeOf(int(1, 4), two, "p", "x")).not.toBe(placeOf(int(1, 4), two, "p"));
    expect(placeOf(uniform(1, 4), two, "p", "x")).toBe(placeOf(uniform(1, 4), two, "p"));
  });
});

describe("the surface of a contour", () => {
  const point = (x: number, y: number, value: number) => ({ x, y, value, number: 0 });

  test("is the value where all are the same, and none far from every point", () => {
    const cells = surface(uniform(0, 1), uniform(0, 1), [point(0.1, 0.1, 3), point(0.12, 0.1, 3)]);
    expect(cells.every(([, , level]) => Math.abs(level - 3) < 1e-12)).toBe(true);
    expect(cells.some(([x, y]) => x === 3 && y === 3)).toBe(true);
    expect(cells.some(([x, y]) => x === 31 && y === 31)).toBe(false);
  });

  test("knows choices apart", () => {
    const cells = surface(choice(["a", "b"]), uniform(0, 1), [point(0.25, 0.5, 1), point(0.75, 0.5, 9)]);
    expect(new Set(cells.map(([x, , level]) => `${x}:${level.toFixed(9)}`))).toEqual(
      new Set(["0:1.000000000", "1:9.000000000"]),
    );
  });
});

test("without ECharts the error says what to install", async () => {
  const resolve = () => {
    throw new Error("Cannot find module");
  };
  vi.doMock("node:module", () => ({ createRequire: () => ({ resolve }) }));
  const { libraryText } = await import("../../src/cli/search-report/library.js?absent" as string);
  await expect(libraryText("searchReport")).rejects.toThrow(/searchReport: package "echarts" .* npm install echarts/);
  vi.doUnmock("node:module");
});

describe("the file", () => {
  test("holds everything that the study says as text", async () => {
    const html = await searchReport(usual());
    // Before the library.
    const own = html.slice(0, html.indexOf("<script>"));
    expect(own.match(/<\/?(script|img)/g)).toEqual(["<script", "</script"]);
    expect(own).not.toMatch(/(src|href)="(?!data:)/);
    const data = JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(own)?.[1] as string);
    expect(data.trials["14"]).toEqual(["trial 14, failed", "rate: 0.01", "layers: 1", "kind: adam", EVIL]);
    for (const { id } of data.charts) expect(own).toMatch(new RegExp(`id="${id}" role="img" aria-label="[^"]{20,}"`));
  });

  test("has counts, the best and a table of ten", async () => {
    const html = await searchReport(usual());
    expect([...html.matchAll(/<li style[^>]*>([^<]*)/g)].map(([, text]) => text)).toEqual([
      "12 complete",
      "2 pruned",
      "1 failed",
      "1 running",
      "1 waiting",
    ]);
    expect(/<dt>best value<\/dt><dd>([^<]*)/.exec(html)?.[1]).toBe("0.1");
    const rows = [...html.matchAll(/<tr><td class="number">(\d+)<\/td><td class="number">([^<]*)/g)];
    expect(rows).toHaveLength(10);
    const values = rows.map(([, , value]) => Number(value));
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  test("a space that is none is refused", async () => {
    await expect(searchReport({ ...usual(), space: { a: 3 } as never })).rejects.toThrow(
      /searchReport: space\.a expected/,
    );
  });
});

/** How much each chart has drawn, and how wide it is. */
const MARKS = `[...document.querySelectorAll("[role=img]")].map((place) => {
  const canvas = place.querySelector("canvas");
  const bytes = canvas?.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const marks = bytes?.filter((byte, i) => i % 4 === 3 && byte > 0) ?? place.querySelectorAll("svg path, svg text");
  return [marks.length, place.getBoundingClientRect().width];
})`;

describe.each(kinds)("in $name", (kind) => {
  const browser = started(kind);
  let folder: string;
  const files: Record<string, string> = {};
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wasmgrad-report-"));
    const write = async (name: string, view: StudyView) => {
      const path = join(folder, `${name}.html`);
      writeFileSync(path, await searchReport(view));
      files[name] = pathToFileURL(path).href;
    };
    await write("usual", usual());
    await write("empty", { name: "empty", directions: ["maximize"], space, trials: [] });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Opens a report; what it writes as an error or a warning, and what it fetches, is in `faults`. */
  async function opened(name: string, width?: number): Promise<{ page: Page; faults: string[] }> {
    const page = await browser().newPage();
    const faults: string[] = [];
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("request", (request) => {
      if (!/^(file|data|blob|about):/.test(request.url())) faults.push(request.url());
    });
    if (width !== undefined) await page.setViewport({ width, height: 900 });
    await page.goto(files[name] as string);
    return { page, faults };
  }

  // Firefox 140 has no command for the size of a page.
  const widths: readonly (number | string)[] = kind.driver === "chrome" ? [390, 1280] : ["its own"];
  test.each(widths)(
    "every chart is drawn in %s pixels, nothing is fetched, nothing runs that the study holds",
    async (width) => {
      const { page, faults } = await opened("usual", typeof width === "number" ? width : undefined);
      const drawn = (await page.evaluate(MARKS)) as [number, number][];
      expect(drawn.length).toBeGreaterThan(10);
      for (const [marks, size] of drawn) {
        expect(marks).toBeGreaterThan(10);
        expect(size).toBeGreaterThan(200);
      }
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      expect(await page.evaluate("globalThis.evil ?? null")).toBeNull();
      expect(faults).toEqual([]);
      await page.close();
    },
  );

  test("an empty study has no chart, and no error", async () => {
    const { page, faults } = await opened("empty");
    expect(await page.evaluate(`document.querySelectorAll("[role=img]").length`)).toBe(0);
    expect(faults).toEqual([]);
    await page.close();
  });
});

describe("in Chromium", () => {
  const browser = started(kinds[0] as (typeof kinds)[0]);

  test("points say their trial as text, and the dark has colours of its own", async () => {
    const page = await browser().newPage();
    await page.setViewport({ width: 1000, height: 900 });
    await page.setContent(await searchReport(usual()));
    const shown = (await page.evaluate(`(() => {
      const chart = echarts.getInstanceByDom(document.getElementById("chart-0-0"));
      chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: 2 });
      return document.getElementById("chart-0-0").textContent;
    })()`)) as string;
    expect(shown).toContain(`trial 2, complete`);
    expect(shown).toContain(`kind: ${EVIL}`);
    expect(await page.evaluate("globalThis.evil ?? null")).toBeNull();
    const color = `document.querySelector("#chart-0-0 svg").outerHTML.match(/fill="(#[0-9a-f]{6}|rgb[^"]*)"/g).join()`;
    const light = await page.evaluate(color);
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    await page.waitForFunction(`${color} !== ${JSON.stringify(light)}`);
    await page.close();
  });
});
