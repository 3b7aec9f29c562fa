import { expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { graph } from "../../src/report/index.js";

const { layers } = wg;

/** A residual block, two inputs, a layer used twice and two outputs. */
function model() {
  const [image, age] = [wg.input({ shape: [8, 8, 3], name: "image" }), wg.input({ shape: [1], name: "age" })];
  const first = layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", name: "first" }).apply(image);
  const shared = layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", name: "shared" });
  const block = layers.add({ name: "sum" }).apply([first, shared.apply(shared.apply(first))]);
  const pooled = layers.globalAveragePooling2D({ name: "pool" }).apply(block);
  const joined = layers.concatenate({ name: "join" }).apply([pooled, age]);
  const ends = ["risk & rate", "kind"].map((name) => layers.dense({ units: 2, name }).apply(joined));
  return wg.model({ inputs: [image, age], outputs: ends, name: "a < b" });
}

test("every use of a layer is a box, every value it reads an arrow", async () => {
  const svg = await graph(model());
  expect(svg.match(/<rect x=/g)?.length).toBe(2 + 8);
  expect(svg.match(/<path /g)?.length).toBe(1 + 1 + 1 + 2 + 1 + 2 + 2);
  expect(svg).toContain("conv2d [batch, 8, 8, 4], 112");
  expect(svg.match(/>shared</g)?.length).toBe(2);
  expect(svg).toContain("<title>a &lt; b</title>");
  expect(svg).toContain(">risk &amp; rate<");
  expect(await graph(model())).toBe(svg);
});

test("boxes do not lie on each other, and all lie in the picture", async () => {
  const svg = await graph(model(), { title: "A network" });
  const [, width, height] = svg.match(/width="(\d+)" height="(\d+)"/) as unknown as [string, string, string];
  const boxes = [...svg.matchAll(/<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(
    ([, ...numbers]) => numbers.map(Number) as [number, number, number, number],
  );
  for (const [i, [x, y, w, h]] of boxes.entries()) {
    expect(x >= 0 && y >= 0 && x + w <= Number(width) && y + h <= Number(height)).toBe(true);
    for (const [p, q, r, s] of boxes.slice(i + 1))
      expect(x + w <= p || p + r <= x || y + h <= q || q + s <= y).toBe(true);
  }
});

test("a stack is drawn too, and what is no model is refused", async () => {
  const stack = wg.sequential([layers.dense({ units: 2, inputShape: [3] }), layers.dense({ units: 1 })]);
  expect(await graph(stack)).toContain("dense [batch, 1], 3");
  await expect(graph({} as never)).rejects.toThrow("graph: model expected what wg.sequential or wg.model returns");
});
