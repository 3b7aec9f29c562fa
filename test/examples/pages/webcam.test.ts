import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import type { ElementHandle, Page } from "puppeteer-core";
import { afterAll, describe, expect, test } from "vitest";
import { examplePages, faults, said, views } from "./support.js";

const PATH = "/examples/webcam/index.html";
const FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

const countOf = (page: Page, thing: number): Promise<number> =>
  page.$$eval(".count", (all, i) => Number.parseInt(all[i]?.textContent ?? "", 10) || 0, thing);

/** Holds the button of a thing down until it has images enough. */
async function record(page: Page, thing: number, count = 10): Promise<void> {
  const button = (await page.$$(".hold"))[thing];
  await button?.focus();
  await page.keyboard.down("Space");
  await expect.poll(() => countOf(page, thing), { timeout: 60_000 }).toBeGreaterThanOrEqual(count);
  await page.keyboard.up("Space");
}

async function learned(page: Page): Promise<string> {
  await page.click("#train");
  return said(page, "#told", /^Learned from \d+ images/);
}

describe("fine-tuning on images of the camera", () => {
  const { open } = examplePages(FAKE_CAMERA);

  test.each(views)("$name: it learns three drawn things, and axe-core finds no serious fault", async (view) => {
    const page = await open(PATH, view);
    await said(page, "#status", /^Hold a button/);
    expect(await faults(page)).toEqual([]);
    for (const thing of [0, 1, 2]) {
      await page.click(`input[value="${thing}"]`);
      await record(page, thing);
    }
    expect(await learned(page)).toMatch(/it tells (9\d|100) % of them right/);
    await page.click('input[value="0"]');
    await said(page, "#status", /^Nothing$/);
    await page.click('input[value="1"]');
    await said(page, "#status", /^A cup$/);
    await page.click('input[value="2"]');
    await said(page, "#status", /^A hand$/);
    expect(await faults(page)).toEqual([]);
    await page.close();
  });

  test("it tells the camera's picture from a drawn one, and names are the user's", async () => {
    const page = await open(PATH);
    await said(page, "#status", /^Hold a button/);
    await page.click('input[aria-label="What it is called"]', { count: 3 });
    await page.keyboard.type("The camera");
    await record(page, 0);
    await page.click('input[value="2"]');
    await record(page, 1);
    await learned(page);
    await page.click('input[value="camera"]');
    await said(page, "#status", /^The camera$/);
    expect(await page.$$eval("#bars li", (all) => all.length)).toBe(2);
    await page.close();
  });
});

describe("without a camera", () => {
  const { open } = examplePages();
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-files-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("a drawn thing takes its place, and files are images too", async () => {
    const files = [60, 200].map((grey) => {
      const file = join(folder, `${grey}.png`);
      const data = new Uint8Array(120 * 90).fill(grey);
      writeFileSync(file, encode({ width: 120, height: 90, channels: 1, data }));
      return file;
    });
    const page = await open(PATH);
    await said(page, "#told", /^No camera \(.+\): /);
    expect(await page.$eval("input:checked", (element) => (element as HTMLInputElement).value)).toBe("0");
    const input = (await page.$('input[type="file"]')) as ElementHandle<HTMLInputElement>;
    await input.uploadFile(...files);
    await expect.poll(() => countOf(page, 0)).toBe(2);
    await record(page, 1, 4);
    await learned(page);
    await said(page, "#status", /^A cup$/);
    await page.close();
  });
});
