import { setPlatformAPI } from "echarts/core";
import { expect, test } from "vitest";
import { barChart, heatmap, histogram, lineChart } from "../../src/report/index.js";

const series = [
  { name: "a", x: [1, 2, 3], y: [3, 1, 2], values: [3, 1, 2] },
  { name: "a longer name", x: [1, 2, 3], y: [0.2, 0.1, 0.3], values: [1, 1, 2] },
];
const bars = series.map(({ name, values }) => ({ name, values }));
const lines = series.map(({ name, x, y }) => ({ name, x, y }));
const [x, y] = [{ title: "x (m)" }, { title: "y (s)" }];
const all = () =>
  Promise.all([
    lineChart({ title: "Lines", x, y, series: lines, marks: [{ x: 2, y: 1, text: "here" }] }),
    barChart({ title: "Bars", categories: ["one", "two", "a third that is long"], y, series: bars }),
    histogram({ title: "Counts", x, series: bars }),
    heatmap({
      title: "Map",
      x: { ...x, values: [0, 1] },
      y: { ...y, values: [0, 1] },
      z: [
        [0, 1],
        [2, 3],
      ],
      value: y,
    }),
  ]);

test("a chart is the same text whatever the platform measures its letters by", async () => {
  const before = await all();
  setPlatformAPI({ measureText: (text: string) => ({ width: 3.3 * text.length }) as TextMetrics });
  expect(await all()).toEqual(before);
});
