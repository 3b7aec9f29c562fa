import { describe, expect, test } from "vitest";
import { examplePages, faults, said, views } from "./support.js";

const PATH = "/examples/onnx-page/index.html";

describe("an ONNX model in a plain page", () => {
  const { open } = examplePages();

  test.each(views)("$name: it knows a drawn digit, and axe-core finds no serious fault", async (view) => {
    const page = await open(PATH, view);
    await said(page, "#answer", /^Ready$/);
    expect(await page.$eval("#progress", (element) => (element as HTMLElement).hidden)).toBe(true);
    expect(await faults(page)).toEqual([]);
    await page.click('button[aria-label="A drawn 7"]');
    await said(page, "#answer", /^(Looks like|Perhaps) 7$/);
    const shares = await page.$$eval("#bars output", (all) => all.map((each) => Number.parseInt(each.textContent, 10)));
    expect(shares).toHaveLength(10);
    expect(Math.max(...shares)).toBe(shares[7]);
    expect(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100)).toBeLessThan(5);
    expect(await faults(page)).toEqual([]);
    await page.close();
  });

  test("a pointer draws, keys choose and clear", async () => {
    const page = await open(PATH);
    await said(page, "#answer", /^Ready$/);
    const pad = await (await page.$("#pad"))?.boundingBox();
    if (!pad) throw new Error("the pad has no place");
    const at = (x: number, y: number): [number, number] => [pad.x + x * pad.width, pad.y + y * pad.height];
    await page.mouse.move(...at(0.5, 0.15));
    await page.mouse.down();
    await page.mouse.move(...at(0.5, 0.85), { steps: 10 });
    await page.mouse.up();
    await said(page, "#answer", /^(Looks like|Perhaps) 1$/);
    await page.focus("#clear");
    await page.keyboard.press("Enter");
    await said(page, "#answer", /^Ready$/);
    await page.focus('button[aria-label="A drawn 3"]');
    await page.keyboard.press("Space");
    await said(page, "#answer", /^(Looks like|Perhaps) \d$/);
    await page.close();
  });

  test("a file that does not arrive is told of", async () => {
    const page = await open(PATH);
    await page.setRequestInterception(true);
    page.on("request", (request) =>
      request.url().endsWith(".onnx") ? request.respond({ status: 200, body: "not a model" }) : request.continue(),
    );
    await page.reload();
    await said(page, "#answer", /^The model could not be loaded$/);
    await said(page, "#detail", /digits\.onnx.*npm run pages makes it$/);
    await page.close();
  });
});
