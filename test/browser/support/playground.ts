import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import { build } from "vite";
import { expect } from "vitest";
import * as wg from "wasmgrad";
import { drawnDigits } from "wasmgrad/data";
import { save } from "wasmgrad/formats";

const configFile = resolve("examples/playground/vite.config.ts");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The playground as static files, with a small model of digits: the folder, which is the caller's to remove. */
export async function builtPlayground(): Promise<{ folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-playground-"));
  const model = join(folder, "digits.safetensors");
  await trainDigits(model);
  process.env.WASMGRAD_DIGITS = model;
  const outDir = join(folder, "page");
  await build({ configFile, logLevel: "error", build: { outDir, emptyOutDir: true } });
  delete process.env.WASMGRAD_DIGITS;
  return { folder: outDir, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A model such as `npm start` saves, of fewer digits. */
async function trainDigits(file: string): Promise<void> {
  wg.setSeed(0);
  const { network } = await import("../../../examples/models/mlp.js" as string);
  const model: wg.Sequential = network(10);
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  await model.fit(drawnDigits({ count: 3000, flatten: true, oneHot: true }), { epochs: 5, batchSize: 64 });
  await save(model, file);
}

export interface View {
  readonly width: number;
  readonly height: number;
  readonly isMobile?: boolean;
  readonly scheme?: "light" | "dark";
}

export const desktop: View = { width: 1280, height: 800 };
export const phone: View = { width: 390, height: 844, isMobile: true };

/** What a page said that was wrong, by page. */
const said = new WeakMap<Page, string[]>();
export const errorsOf = (page: Page): readonly string[] => said.get(page) ?? [];

/** A page of its own, which nothing that another stores reaches. */
export async function opened(browser: Browser, url: string, view: View = desktop): Promise<Page> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const { width, height, isMobile = false, scheme = "light" } = view;
  await page.setViewport({ width, height, isMobile, hasTouch: isMobile });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  const errors: string[] = [];
  said.set(page, errors);
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warn") errors.push(message.text());
  });
  await page.evaluateOnNewDocument(`
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  `);
  await page.goto(url);
  return page;
}

export const closed = (page: Page): Promise<void> => page.browserContext().close();

/** Polls for as long as a machine with other work to do may need. */
export const eventually = <T>(ask: () => Promise<T>, timeout = 40_000) => expect.poll(ask, { timeout, interval: 100 });

export const number = (page: Page, expression: string): Promise<number> => page.evaluate(expression) as Promise<number>;
export const text = (page: Page, selector: string): Promise<string> =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ""`) as Promise<string>;

export const epoch = async (page: Page): Promise<number> =>
  Number((await text(page, ".readout dd")).replaceAll(",", ""));

/** What a chart or a picture says to those who do not see it, by how that begins. */
export const summary = (page: Page, begins: string): Promise<string> =>
  page.evaluate(
    `document.querySelector('[role=img][aria-label^="${begins}"]')?.getAttribute("aria-label") ?? ""`,
  ) as Promise<string>;

/** Waits until the first losses are there. */
export async function ready(page: Page): Promise<void> {
  await eventually(() => summary(page, "Loss by epoch")).toMatch(/train [\d.]+/);
}

export const lossOf = (said: string): number => Number(/train ([\d.]+)/.exec(said)?.[1]);

/** Presses a control by its role and name, as who hears the page finds it. */
export async function press(page: Page, name: string, role = "button"): Promise<void> {
  const found = await page.waitForSelector(`::-p-aria([name="${name}"][role="${role}"])`, { timeout: 20_000 });
  await found?.scrollIntoView();
  await found?.click();
}

/** Serious and critical faults that axe-core finds in what is shown. */
export async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html.slice(0, 200)).join(" | ")))`) as Promise<
    string[]
  >;
}
