import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ElementHandle, Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Kind, kinds, started } from "./support/browsers.js";
import {
  builtPlayground,
  closed,
  desktop,
  epoch,
  errorsOf,
  eventually,
  faults,
  lossOf,
  number,
  opened,
  phone,
  press,
  ready,
  summary,
  text,
  type View,
} from "./support/playground.js";
import { type Server, serve } from "./support/server.js";

// The page as it is built, in a folder of a server that isolates nothing and forbids all that a page can do without.

const at = "/some/where/index.html";
const digits = "#d=digits&n=400&net=16&act=relu&init=heNormal";

describe("the playground in Chromium", () => {
  const browser = started(kinds[0] as Kind);
  let page: Page;
  let built: Awaited<ReturnType<typeof builtPlayground>>;
  let server: Server;
  let isolated: Server;

  beforeAll(async () => {
    built = await builtPlayground();
    const folders = { "/some/where/": built.folder };
    server = await serve({ folders, strict: true });
    isolated = await serve({ folders, strict: true, isolated: true });
  });
  afterEach(() => page && closed(page));
  afterAll(async () => {
    await server?.close();
    await isolated?.close();
    built?.remove();
  });

  const open = async (hash = "", view: View = desktop): Promise<void> => {
    page = await opened(browser(), server.at(`${at}${hash}`), view);
  };
  const begun = async (hash = "", view: View = desktop): Promise<void> => {
    await open(hash, view);
    await ready(page);
  };
  const isPlaying = (): Promise<boolean> =>
    page.evaluate(`document.querySelector(".play").textContent === "Pause"`) as never;

  describe.each([
    ["phone, light", { ...phone, scheme: "light" }],
    ["phone, dark", { ...phone, scheme: "dark" }],
    ["desktop, light", { ...desktop, scheme: "light" }],
    ["desktop, dark", { ...desktop, scheme: "dark" }],
  ] as const)("%s", (_, view) => {
    test("it learns, nothing jumps, and axe-core finds no serious fault", async () => {
      await begun("", view);
      expect(await faults(page)).toEqual([]);
      const before = lossOf(await summary(page, "Loss by epoch"));
      const still = await number(page, "window.shift");
      await press(page, "Play");
      await eventually(() => epoch(page)).toBeGreaterThan(8);
      expect((await number(page, "window.shift")) - still).toBeLessThan(0.01);
      await press(page, "Pause");
      expect(lossOf(await summary(page, "Loss by epoch"))).toBeLessThan(before);
      expect(await faults(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      expect([...errorsOf(page), ...server.violations]).toEqual([]);
    });

    test("digits, a race, help and tables have no serious fault either", async () => {
      await begun(`${digits}~d=digits&n=400&net=16&act=relu&opt=sgd`, view);
      await page.evaluate(`
        for (const details of document.querySelectorAll("details")) details.open = true;
        for (const help of document.querySelectorAll(".help")) help.click();
      `);
      await press(page, "Step");
      await eventually(() => epoch(page)).toBe(1);
      expect(await faults(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    });
  });

  test("a network is built by clicking, and trained", async () => {
    await begun("#net=4&opt=adam&lr=0.03");
    await press(page, "+ Add a layer");
    await press(page, "More units in layer 2");
    await press(page, "Batch normalisation in layer 1");
    await page.select('[aria-label="Dropout in layer 2"]', "0.1");
    await eventually(async () => page.url()).toContain("net=4b_6d0.1&");
    // 2 · 4 without bias, 2 · 4 of the normalization, 4 · 6 + 6, 6 · 2 + 2.
    await eventually(() => text(page, "#app")).toContain("60 parameters");
    const before = lossOf(await summary(page, "Loss by epoch"));
    await press(page, "Play");
    await eventually(() => epoch(page)).toBeGreaterThan(15);
    await press(page, "Pause");
    expect(lossOf(await summary(page, "Loss by epoch"))).toBeLessThan(0.8 * before);
    expect(await text(page, ".verdict")).not.toContain("Train a little");
  });

  test("a link shows exactly what was seen: settings, epoch, curves and weights", async () => {
    await begun("#d=circles&opt=rmsprop&net=6");
    for (let i = 1; i <= 3; i++) {
      await press(page, "Step");
      await eventually(() => epoch(page)).toBe(i);
    }
    await press(page, "log scale of the loss");
    await press(page, "Dev");
    await press(page, "Copy link");
    const seen = async (): Promise<string[]> =>
      Promise.all(
        ["Loss by epoch", "Accuracy by epoch", "Weights by layer", "Decision"].map((each) => summary(page, each)),
      );
    const first = await seen();
    const link = page.url();
    expect(link).toMatch(/~at=3&log=1&hide=1$/);
    await closed(page);
    page = await opened(browser(), link);
    await ready(page);
    await eventually(seen).toEqual(first);
    expect(await page.$eval(".log", (button) => button.getAttribute("aria-pressed"))).toBe("true");
    // Curves have a point for each epoch, as they had.
    await page.focus(".reader");
    for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowRight");
    expect(await page.$eval(".reader", (input) => input.getAttribute("aria-valuetext"))).toMatch(
      /^Epoch 1: train [\d.]+, dev [\d.]+, test [\d.]+$/,
    );
  });

  test("two race on the same rows, in step, and a link holds both", async () => {
    await begun("#d=spirals");
    await page.keyboard.press("c");
    await page.select("select:has(option[value=adagrad])", "sgd");
    await eventually(async () => page.url()).toMatch(/opt=adam.*~.*opt=sgd/);
    await page.select('[aria-label="Pace of training"]', "0");
    await eventually(() => summary(page, "Loss by epoch")).toMatch(/A: train [\d.]+.*B: train [\d.]+/);
    await page.evaluate(`
      window.pairs = [];
      const watch = () => {
        const seen = [...document.querySelectorAll(".picture canvas[role]")].map((each) => /Epoch (\\d+)/.exec(each.ariaLabel)?.[1]);
        if (seen.length === 2 && seen.every(Boolean)) window.pairs.push(seen);
        requestAnimationFrame(watch);
      };
      watch();
    `);
    await press(page, "Play");
    await eventually(() => epoch(page)).toBeGreaterThan(20);
    await press(page, "Pause");
    await eventually(isPlaying).toBe(false);
    const pairs = (await page.evaluate("window.pairs")) as [string, string][];
    expect(new Set(pairs.map(([a]) => a)).size).toBeGreaterThan(3);
    expect(pairs.filter(([a, b]) => a !== b)).toEqual([]);
    const [a, b] = (await summary(page, "Loss by epoch")).split("; B: ");
    expect(lossOf(a as string)).not.toBe(lossOf(b as string));
  });

  test("a digit is recognised as it is drawn, and when an example is picked", async () => {
    await begun();
    await press(page, "Example 7");
    const heard = (): Promise<string> => text(page, ".digit [aria-live]");
    await eventually(heard).toBe("Looks like 7.");
    await press(page, "Clear");
    await eventually(heard).toBe("");
    const pad = (await page.$(".digit-pad canvas")) as ElementHandle;
    await pad.scrollIntoView();
    const box = (await pad.boundingBox()) as { x: number; y: number; width: number; height: number };
    const point = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
    await page.mouse.move(...point(0.5, 0.12));
    await page.mouse.down();
    for (let i = 1; i <= 12; i++) await page.mouse.move(...point(0.5, 0.12 + 0.065 * i));
    await page.mouse.up();
    await eventually(heard).toMatch(/^Looks like \d\.$/);
    const shares = (await page.$$eval(".bar-value", (all) =>
      all.map((each) => Number.parseFloat(each.textContent ?? "")),
    )) as number[];
    expect(shares.reduce((sum, each) => sum + each)).toBeCloseTo(100, 0);
    expect(shares.indexOf(Math.max(...shares))).toBe(1);
  });

  test("digits of one's own hand are a data set", async () => {
    await open("#d=hand&net=24&act=relu");
    await press(page, "Example 3");
    await press(page, "Add this drawing");
    await eventually(() => text(page, ".message")).toContain("two different digits");
    await press(page, "Take out drawing 1, a 3");
    await press(page, "Add 50 examples");
    await eventually(() => summary(page, "10 digits of the dev part")).toContain("wrong");
    await press(page, "Play");
    await eventually(() => epoch(page)).toBeGreaterThan(8);
    expect(await text(page, ".message")).toBe("");
    expect(await summary(page, "Digits of the dev part by")).toMatch(/taken for/);
    await press(page, "Pause");
    // They are there again when the page is.
    await page.reload();
    await ready(page);
    expect(await page.$$eval(".drawings button", (all) => all.length)).toBe(50);
  });

  test("digits that augmentation has changed are shown", async () => {
    await begun(digits);
    expect(await page.$(".augmented canvas")).toBeNull();
    await press(page, "Augmentation", "checkbox");
    await page.waitForSelector(".augmented canvas", { timeout: 20_000 });
    await eventually(async () => page.url()).toContain("aug=1");
  });

  test("a CSV that is broken says where and what to do, and a whole one is trained on", async () => {
    await open("#d=csv");
    const file = (await page.waitForSelector("input[type=file]")) as ElementHandle<HTMLInputElement>;
    const upload = async (name: string, rows: string): Promise<void> => {
      const path = join(built.folder, "..", name);
      writeFileSync(path, rows);
      await file.uploadFile(path);
    };
    await upload("broken.csv", "length,width,kind\n1,2,cat\n3,4\n5,6,dog");
    await eventually(() => text(page, "[role=alert]")).toMatch(/line 3.*fields/);
    await upload("gap.csv", "length,kind\n1,cat\n2,\n3,dog\n4,cat\n5,dog\n6,cat\n7,dog");
    await eventually(() => text(page, "[role=alert]")).toMatch(/1 row .*"kind": fill it in/);
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 10},${(i * 7) % 9},${i % 10 > 4 ? "cat" : "dog"}`);
    await upload("whole.csv", ["length,width,kind", ...rows].join("\n"));
    await ready(page);
    await press(page, "Play");
    await eventually(() => epoch(page)).toBeGreaterThan(3);
    expect(await text(page, "[role=alert]")).toBe("");
  });

  test("a worker that is killed is replaced, and training comes back to where it was", async () => {
    await begun("#d=xor&opt=lion&net=5");
    await press(page, "Step");
    await eventually(() => epoch(page)).toBe(1);
    await press(page, "Step");
    await eventually(() => epoch(page)).toBe(2);
    const before = await summary(page, "Loss by epoch");
    const [worker] = page.workers();
    await worker?.evaluate("setTimeout(() => { throw new Error('killed') })");
    await eventually(() => text(page, "[role=alert]")).toContain("started again with your settings");
    expect(page.url()).toContain("opt=lion");
    await eventually(() => epoch(page)).toBe(2);
    expect(await summary(page, "Loss by epoch")).toBe(before);
    // One that ends without a word is missed when it owes an answer.
    await page.workers()[0]?.evaluate("self.close()");
    await press(page, "Play");
    await eventually(() => text(page, "[role=alert]"), 80_000).toContain("does not answer");
    await press(page, "Step");
    await eventually(() => epoch(page)).toBe(3);
  });

  test("it runs where the page is isolated too", async () => {
    page = await opened(browser(), isolated.at(at));
    await ready(page);
    expect(await page.evaluate("crossOriginIsolated")).toBe(true);
    await press(page, "Play");
    await eventually(() => epoch(page)).toBeGreaterThan(3);
    expect([...errorsOf(page), ...isolated.violations]).toEqual([]);
  });

  test("without isolation it says why there is one thread", async () => {
    await begun();
    expect(await page.evaluate("crossOriginIsolated")).toBe(false);
    expect(await text(page, ".footer")).toMatch(/on 1 thread \(.+isolated/);
  });

  test("memory that is used up says what to choose, and a smaller network trains", async () => {
    page = await opened(browser(), server.at(`${at}?memory=16#d=digits&n=5000&net=256_256_256`));
    await eventually(() => text(page, "[role=alert]")).toMatch(/not enough memory: choose fewer rows/);
    await page.evaluate(`document.querySelector(".kind input").click()`);
    await page.evaluate(`[...document.querySelectorAll('.layer .icon')].slice(1).forEach((each) => each.click())`);
    await ready(page);
    await press(page, "Play");
    await eventually(() => epoch(page)).toBeGreaterThan(2);
  });

  test("every control is reached by keyboard, and single keys train", async () => {
    await begun();
    const controls = `"button, input, select, textarea, summary"`;
    const name = `(each, i) => each.type === "radio" ? "radio " + each.name : String(i)`;
    const reached = new Set<string>();
    for (let i = 0; i < 200; i++) {
      await page.keyboard.press("Tab");
      // Of buttons that exclude each other one is a stop; arrow keys go to the others.
      const now = (await page.evaluate(`(() => {
        const all = [...document.querySelectorAll(${controls})];
        const at = document.activeElement;
        return at === document.body ? "" : (${name})(at, all.indexOf(at));
      })()`)) as string;
      if (now === "") break;
      reached.add(now);
    }
    const shown = (await page.evaluate(`[...document.querySelectorAll(${controls})]
      .map((each, i) => [each, (${name})(each, i)])
      .filter(([each]) => each.checkVisibility({ visibilityProperty: true }) && !each.disabled)
      .map(([, called]) => called)`)) as string[];
    expect([...new Set(shown)].filter((each) => !reached.has(each))).toEqual([]);
    await page.evaluate("document.activeElement?.blur()");
    await page.keyboard.press("s");
    await eventually(() => epoch(page)).toBe(1);
    await page.keyboard.press("p");
    await eventually(() => epoch(page)).toBeGreaterThan(3);
    await page.keyboard.press("p");
    await page.keyboard.press("r");
    await eventually(() => epoch(page)).toBe(0);
  });

  test("dialogs have no serious fault, keep the focus, and close by Escape", async () => {
    await begun();
    await press(page, "Keys");
    expect(await faults(page)).toEqual([]);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.closest('dialog') !== null")).toBe(true);
    await page.keyboard.press("Escape");
    await eventually(() => page.evaluate("document.querySelector('dialog').open")).toBe(false);
  });

  test("every chart has a table, and is saved as an SVG that stands by itself", async () => {
    await begun();
    await press(page, "Step");
    await eventually(() => epoch(page)).toBe(1);
    await page.evaluate(`
      window.saved = [];
      URL.createObjectURL = (blob) => { window.saved.push(blob.text()); return "about:blank"; };
      HTMLAnchorElement.prototype.click = () => undefined;
    `);
    const charts = await page.$$("figure.chart, figure.picture");
    expect(charts.length).toBeGreaterThanOrEqual(7);
    for (const chart of charts) {
      await chart.scrollIntoView();
      await eventually(() => chart.evaluate((each) => each.querySelector("svg, canvas") !== null)).toBe(true);
      const save = await chart.$('button[aria-label^="Save"]');
      await save?.evaluate((button) => (button as HTMLButtonElement).click());
    }
    const roots = await page.evaluate(`Promise.all(window.saved).then((files) => files.map((file) => {
      const { documentElement } = new DOMParser().parseFromString(file, "image/svg+xml");
      return documentElement.nodeName + (file.includes("var(") ? " with a variable" : "");
    }))`);
    expect(roots).toEqual(charts.map(() => "svg"));
    await page.evaluate(`for (const each of document.querySelectorAll("details.data")) each.open = true`);
    await eventually(() => number(page, `document.querySelectorAll(".table-scroll tbody").length`)).toBe(charts.length);
    expect(
      await number(page, `Math.min(...[...document.querySelectorAll("tbody")].map((each) => each.rows.length))`),
    ).toBeGreaterThan(0);
  });

  test("random search fills its chart as trials end, and the best one's settings can be taken", async () => {
    await begun();
    await page.$eval("input[max='200']", (input) => ((input as HTMLInputElement).value = ""));
    await page.type("input[max='200']", "12");
    await press(page, "Search");
    await eventually(() => summary(page, "Settings and dev score")).toMatch(/of ([1-9]|1[01]) trials?/);
    await eventually(() => text(page, ".search [role=status]")).toMatch(/^12 trials of 12/);
    await eventually(() => number(page, `document.querySelectorAll("[data-trial]").length`)).toBe(12);
    const before = page.url();
    await page.evaluate(`document.querySelector(".small-button").click()`);
    await eventually(async () => page.url()).not.toBe(before);
  });

  test("the gradient is checked at the press of a button", async () => {
    await begun("#net=4");
    await press(page, "Check the gradient");
    await eventually(() => text(page, ".verdict:last-child")).toMatch(/Passed: relative difference/);
  });
});
