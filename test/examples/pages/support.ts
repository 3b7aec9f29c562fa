import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, expect } from "vitest";
import { inChromium } from "../../browser/support/in-chromium.js";
import { callInNode } from "../../browser/support/node.js";
import { serve } from "../../browser/support/server.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface View {
  readonly name: string;
  readonly size: "phone" | "desktop";
  readonly scheme: "light" | "dark";
}

export const views: readonly View[] = (["phone", "desktop"] as const).flatMap((size) =>
  (["light", "dark"] as const).map((scheme) => ({ name: `${size}, ${scheme}`, size, scheme })),
);

/**
 * Serves the repository as `npm run pages` does, for the tests of a `describe`; what `open` gives is an example in a tab of its own.
 *
 * @param flags of Chromium
 */
export function examplePages(flags: readonly string[] = []): { open(path: string, view?: View): Promise<Page> } {
  const errors: string[] = [];
  const running = inChromium(
    "pages",
    async (folder) => {
      const model = join(folder, "digits.onnx");
      await callInNode({ module: resolve("test/examples/pages/digits.js"), name: "writeDigits", args: [model] });
      return serve({
        folders: {
          "/dist/": resolve("dist"),
          "/node_modules/": resolve("node_modules"),
          "/examples/": resolve("examples"),
          "/examples/digits.onnx": model,
        },
        isolated: true,
      });
    },
    flags,
  );
  afterAll(() => expect(errors).toEqual([]));

  return {
    async open(path, { size, scheme } = { name: "desktop, light", size: "desktop", scheme: "light" }) {
      const page = await running.browser().newPage();
      page.on("console", (message) => {
        if (["error", "warn"].includes(message.type())) errors.push(`${path}: ${message.text()}`);
      });
      page.on("pageerror", (error) => errors.push(`${path}: ${error}`));
      const isPhone = size === "phone";
      const [width, height] = isPhone ? [390, 844] : [1280, 800];
      await page.setViewport({ width, height, isMobile: isPhone, hasTouch: isPhone });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.goto(running.server().at(path));
      return page;
    },
  };
}

/** Waits until the text of an element is as expected, and gives it. */
export async function said(page: Page, selector: string, words: RegExp): Promise<string> {
  const text = () => page.$eval(selector, (element) => element.textContent ?? "");
  await expect.poll(text, { timeout: 60_000 }).toMatch(words);
  return text();
}

/** What axe-core finds that keeps people out, and whether the page is wider than its window. */
export async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return (await page.evaluate(`(async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    const found = serious.map(({ id, nodes }) => id + ": " + nodes[0].html);
    return document.documentElement.scrollWidth > innerWidth ? [...found, "the page is wider than its window"] : found;
  })()`)) as string[];
}
