import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import {
  barChart,
  contactSheet,
  figure,
  heatmap,
  histogram,
  type LineChartOptions,
  lineChart,
  scatterChart,
} from "../../src/report/index.js";
import { all, commandsOf, type Element, parseSvg, textsOf } from "../support/svg.js";

const [BLUE, RED] = ["#0072b2", "#d55e00"];
const plain: LineChartOptions = {
  title: "Loss & <more>",
  x: { title: "epoch" },
  y: { title: "loss" },
  series: [{ name: "train", x: [0, 1, 2, 3, 4], y: [0, 1, 2, 3, 4] }],
};
const line = (options: Partial<LineChartOptions>) => lineChart({ ...plain, ...options });

/** The paths of a stroke's colour that are curves: legend keys and marks are lines of two points. */
function curves(svg: string, color: string): Element[] {
  return all(parseSvg(svg), "path").filter(
    ({ attributes }) => attributes.stroke === color && attributes["stroke-linejoin"] === "bevel",
  );
}

/** Bars and the like: closed paths of a colour, as [left, top, width, height]; legend keys are 12 high. */
function rectangles(svg: string, color: string): number[][] {
  return all(parseSvg(svg), "path")
    .filter(({ attributes }) => attributes.fill === color && /Z$/.test(attributes.d ?? ""))
    .map((path) => {
      const [from, across, down] = commandsOf(path).map(({ numbers }) => numbers) as [number[], number[], number[]];
      return [from[0] as number, from[1] as number, across[0] as number, down[1] as number];
    })
    .filter(([, , , height]) => height !== 12);
}

function imageIn(svg: string): { width: number; height: number; pixel: (x: number, y: number) => number[] }[] {
  return all(parseSvg(svg), "image").map(({ attributes: { href = "" } }) => {
    const { width, height, data, channels } = decode(Buffer.from(href.split(",")[1] as string, "base64"));
    expect(channels).toBe(3);
    return { width, height, pixel: (x, y) => Array.from(data.slice((y * width + x) * 3, (y * width + x) * 3 + 3)) };
  });
}

describe("every chart", () => {
  const makers: Record<string, () => Promise<string>> = {
    line: () => line({ marks: [{ x: 2, text: "here" }] }),
    scatter: () => scatterChart(plain),
    bars: () =>
      barChart({ title: "b", categories: ["a", "b"], y: { title: "n" }, series: [{ name: "s", values: [1, 2] }] }),
    histogram: () => histogram({ title: "h", x: { title: "x" }, series: [{ name: "s", values: [1, 2, 2] }] }),
    heatmap: () =>
      heatmap({
        title: "m",
        x: { title: "x", values: [0, 1] },
        y: { title: "y", values: [0, 1] },
        z: [
          [0, 1],
          [2, 3],
        ],
        value: { title: "z" },
        contours: 2,
        paths: [{ name: "way", x: [0, 1], y: [0, 1] }],
      }),
    sheet: () =>
      contactSheet({ title: "s", rows: [{ name: "r", images: [{ data: Uint8Array.of(9), shape: [1, 1] }] }] }),
    figure: async () => figure([await line({}), await line({ title: "Other" })], { title: "both" }),
  };

  test.each(Object.entries(makers))("%s is well-formed, titled, and the same text every time", async (_, make) => {
    const first = await make();
    const svg = parseSvg(first);
    expect(svg.attributes.role).toMatch(/img|group/);
    expect(svg.children[0]?.tag).toBe("title");
    for (const other of Object.values(makers)) await other();
    expect(await make()).toBe(first);
  });

  test("has ids of its own, so that several stand in one page", async () => {
    const charts = await Promise.all(Object.values(makers).map((make) => make()));
    const ids = charts
      .slice(0, -1)
      .flatMap((svg) => [...new Set([...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]);
    expect(ids.length).toBeGreaterThan(3);
    expect(new Set(ids).size).toBe(ids.length);
    for (const svg of charts) {
      for (const [, id] of svg.matchAll(/url\(#([^)]+)\)/g)) expect(svg).toContain(`id="${id}"`);
      expect(svg).not.toMatch(/class=|<style|zr\d/);
    }
  });
});

describe("lineChart", () => {
  test("draws each point where its values lie between the ticks", async () => {
    const svg = await line({});
    const [curve] = curves(svg, BLUE) as [Element];
    const points = commandsOf(curve).map(({ numbers }) => numbers);
    expect(points).toHaveLength(5);
    // Tick labels stand at x = 0 … 4 and y = 0 … 4, as the points do.
    const texts = all(parseSvg(svg), "text");
    const label = (name: string) =>
      texts
        .filter(({ text }) => text === name)
        .map(({ attributes }) => attributes.transform?.match(/-?[\d.]+/g)?.map(Number));
    for (const i of [0, 2, 4]) {
      const found = label(String(i));
      expect(found.some((at) => Math.abs((at?.[0] ?? 0) - (points[i]?.[0] ?? 0)) < 0.5)).toBe(true);
      expect(found.some((at) => Math.abs((at?.[1] ?? 0) - (points[i]?.[1] ?? 0)) < 0.5)).toBe(true);
    }
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["Loss & <more>", "epoch", "loss"]));
  });

  test("has a legend from two series on, a colour for each, and dashes", async () => {
    const [one] = plain.series as [(typeof plain.series)[0]];
    expect(textsOf(await line({}))).not.toContain("train");
    const svg = await line({ series: [one, { ...one, name: "dev", style: "dashed" }] });
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["train", "dev"]));
    expect(curves(svg, BLUE)).toHaveLength(1);
    expect(curves(svg, RED)[0]?.attributes["stroke-dasharray"]).toBe("6,4");
  });

  test("leaves gaps at NaN and the infinities, and shows what stands alone as a dot", async () => {
    const y = [1, 2, Number.NaN, 3, Number.POSITIVE_INFINITY, 2, 1];
    const svg = await line({ series: [{ name: "a", x: [0, 1, 2, 3, 4, 5, 6], y }] });
    const commands = commandsOf(curves(svg, BLUE)[0] as Element).map(({ command }) => command);
    expect(commands.filter((each) => each === "L")).toHaveLength(2);
    expect(all(parseSvg(svg), "circle")).toHaveLength(1);
    expect(textsOf(await line({ series: [{ name: "a", x: [1], y: [Number.NaN] }] }))).toContain("loss");
  });

  test("a step holds its value until the next", async () => {
    const svg = await line({ series: [{ name: "a", x: [0, 1, 2], y: [0, 1, 0], style: "step" }] });
    const points = commandsOf(curves(svg, BLUE)[0] as Element).map(({ numbers }) => numbers) as [number, number][];
    expect(points[1]?.[1]).toBe(points[0]?.[1]);
    expect(points[2]?.[0]).toBe(points[1]?.[0]);
  });

  test("on log axes equal ratios are equal lengths", async () => {
    const svg = await line({
      x: { title: "rate", scale: "log" },
      y: { title: "loss", scale: "log" },
      series: [{ name: "a", x: [1e-4, 1e-3, 1e-2], y: [1, 10, 100] }],
    });
    const points = commandsOf(curves(svg, BLUE)[0] as Element).map(({ numbers }) => numbers) as [number, number][];
    for (const axis of [0, 1]) {
      const [a, b, c] = points.map((point) => point[axis] as number) as [number, number, number];
      expect(Math.abs(b - a - (c - b))).toBeLessThan(0.5);
      expect(Math.abs(b - a)).toBeGreaterThan(50);
    }
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["0.0001", "0.001", "0.01", "1", "10", "100"]));
  });

  test("limits of an axis hold, and what lies beyond them is clipped", async () => {
    const svg = await line({ y: { title: "loss", min: 1, max: 2 } });
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["1.0", "1.2", "2.0"]));
    expect(svg).toMatch(/clip-path="url\(#c[0-9a-f]{8}-c0\)"/);
  });

  test("labels of marks stand inside the chart and not on each other", async () => {
    const marks = [2, 2.02, 2.04, 3.98].map((x) => ({ x, text: `stopped at ${x}` }));
    const svg = await line({ marks: [...marks, { y: 2, text: "target" }, { x: 2, y: 2, text: "best" }] });
    const labels = all(parseSvg(svg), "text").filter(({ text }) => /stopped|target|best/.test(text));
    expect(labels).toHaveLength(6);
    const boxes = labels.map(({ text, attributes: { transform = "" } }) => {
      const [x = 0, y = 0] = (transform.match(/-?[\d.]+/g) ?? []).map(Number);
      return { left: x, right: x + text.length * 6.5, top: y - 7, bottom: y + 7 };
    });
    boxes.forEach((a, i) => {
      expect(a.left).toBeGreaterThan(0);
      expect(a.right).toBeLessThan(720);
      for (const b of boxes.slice(i + 1)) {
        expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(false);
      }
    });
    expect(
      all(parseSvg(svg), "path").filter(({ attributes }) => attributes["stroke-dasharray"] === "5,4"),
    ).toHaveLength(5);
  });

  test("a long curve keeps its extremes in few points", async () => {
    const x = Float32Array.from({ length: 100_000 }, (_, i) => i);
    const y = x.map((i) => (i === 12_345 ? 10 : i % 2));
    const svg = await line({ series: [{ name: "a", x, y }] });
    const tops = commandsOf(curves(svg, BLUE)[0] as Element).map(({ numbers }) => numbers[1] as number);
    expect(tops.length).toBeLessThan(5000);
    expect(tops.filter((top) => top < Math.min(...tops) + 1)).toHaveLength(1);
  });

  test("long titles and many names keep within the picture", async () => {
    const names = Array.from({ length: 9 }, (_, i) => `a series with a long name, number ${i}`);
    const svg = await line({
      title: "A title that goes on and on ".repeat(6),
      width: 400,
      series: names.map((name) => ({ name, x: [0, 1], y: [0, 1] })),
    });
    for (const name of names) expect(textsOf(svg)).toContain(name);
    const tops = all(parseSvg(svg), "text").map(({ attributes }) =>
      (attributes.transform ?? "").match(/-?[\d.]+/g)?.map(Number),
    );
    for (const at of tops) expect(at?.at(-1)).toBeLessThanOrEqual(440);
  });
});

describe("scatterChart", () => {
  test("draws each point, those with a gap left out", async () => {
    const svg = await scatterChart({
      ...plain,
      series: [
        { name: "a", x: [0, 1, Number.NaN], y: [1, 2, 3] },
        { name: "b", x: [2], y: [3] },
      ],
    });
    expect(all(parseSvg(svg), "circle").filter(({ attributes }) => attributes.fill === BLUE)).toHaveLength(2 + 1);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["a", "b"]));
  });
});

describe("barChart", () => {
  const bars = { title: "Bars", categories: ["a", "b", "c"], y: { title: "n" } };

  test("bars are as high as their values, from zero", async () => {
    const svg = await barChart({ ...bars, series: [{ name: "s", values: [1, -2, 4] }] });
    const [a, b, c] = rectangles(svg, BLUE).map(([, , , height]) => height as number) as [number, number, number];
    expect(b / a).toBeCloseTo(-2, 1);
    expect(c / a).toBeCloseTo(4, 1);
  });

  test("a missing value is no bar; stacked bars stand on each other", async () => {
    const series = [
      { name: "s", values: [1, 1, Number.NaN] },
      { name: "t", values: [1, 2, 3] },
    ];
    expect(rectangles(await barChart({ ...bars, series }), BLUE)).toHaveLength(2);
    const stacked = await barChart({ ...bars, series, stacked: true });
    const [low, high] = [rectangles(stacked, BLUE)[0], rectangles(stacked, RED)[0]] as [number[], number[]];
    expect(high[0]).toBe(low[0]);
    // Each is drawn from its foot upwards.
    expect(Math.abs((high[1] as number) - (low[1] as number) + (low[3] as number) * -1)).toBeLessThan(1.5);
  });

  test("horizontal bars run to the right in the order given, on a log axis by powers", async () => {
    const svg = await barChart({
      ...bars,
      y: { title: "n", scale: "log", min: 0.1 },
      horizontal: true,
      series: [{ name: "s", values: [1, 10, 100] }],
    });
    const found = rectangles(svg, BLUE);
    const widths = found.map(([, , width]) => Math.abs(width as number)) as [number, number, number];
    expect(widths[1] / widths[0]).toBeCloseTo(2, 1);
    expect(widths[2] / widths[0]).toBeCloseTo(3, 1);
    const tops = found.map(([, top]) => top as number);
    expect(tops).toEqual([...tops].sort((p, q) => p - q));
  });
});

describe("histogram", () => {
  test("counts values by interval, the upper edge in the last", async () => {
    // Bins [0, 1), [1, 2), [2, 3), [3, 4]: 1, 2, 0 and 3 values.
    const svg = await histogram({
      title: "h",
      x: { title: "x" },
      bins: 4,
      series: [{ name: "s", values: [0, 1, 1.9, 3, 4, 4, Number.NaN] }],
    });
    const outline = curves(svg, BLUE)[0] as Element;
    const heights = commandsOf(outline).map(({ numbers }) => numbers[1] as number);
    const floor = Math.max(...heights);
    const levels = [...new Set(heights.map((height) => Math.round(floor - height)))];
    const unit = Math.max(...levels) / 3;
    expect(levels.map((level) => Math.round((level / unit) * 100) / 100).sort()).toEqual([0, 1, 2, 3]);
    expect(textsOf(svg)).toContain("count of values");
  });

  test("shows shares where series differ in length", async () => {
    const series = [
      { name: "s", values: [1, 2, 3] },
      { name: "t", values: [1, 2] },
    ];
    expect(textsOf(await histogram({ title: "h", x: { title: "x" }, series }))).toContain("share of the values");
  });
});

describe("heatmap", () => {
  const map = {
    title: "m",
    x: { title: "x", values: [0, 1, 2] },
    y: { title: "y", values: [0, 1] },
    z: [
      [0, 1, 2],
      [Number.NaN, 4, 4],
    ],
    value: { title: "loss" },
  };

  test("colours the cells: rows from the bottom up, the least dark blue, the greatest yellow, a gap grey", async () => {
    const [cells, bar] = imageIn(await heatmap(map)) as [ReturnType<typeof imageIn>[0], ReturnType<typeof imageIn>[0]];
    const at = (column: number, row: number) =>
      cells.pixel(Math.floor(((column + 0.5) / 3) * cells.width), Math.floor((1 - (row + 0.5) / 2) * cells.height));
    expect(at(0, 0)).toEqual([68, 1, 84]);
    expect(at(2, 0)).toEqual([33, 144, 141]);
    expect(at(1, 1)).toEqual([253, 231, 37]);
    expect(at(0, 1)).toEqual([217, 217, 217]);
    expect(bar.pixel(0, 0)).toEqual([253, 231, 37]);
    expect(bar.pixel(0, bar.height - 1)).toEqual([68, 1, 84]);
  });

  test("draws contours and ways with a legend", async () => {
    const svg = await heatmap({ ...map, contours: 3, paths: [{ name: "sgd", x: [0, 1], y: [0, 1] }] });
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["sgd", "loss", "x", "y"]));
    // The levels are 1, 2 and 3; the one cell without a NaN has corners 1, 2, 4 and 4: 2 and 3 cross it.
    const contours = all(parseSvg(svg), "polyline");
    expect(contours).toHaveLength(2);
  });
});

describe("contactSheet", () => {
  test("magnifies each pixel to a square of one colour", async () => {
    const grey = { data: Float32Array.of(0, 0.5, 1, 2), shape: [2, 2] };
    const color = { data: Uint8Array.of(10, 20, 30), shape: [1, 1, 3] };
    const rows = [{ name: "row", images: [grey, color], labels: ["grey", "tint"] }];
    const svg = await contactSheet({ title: "s", rows, scale: 3 });
    const [first, second] = imageIn(svg) as [ReturnType<typeof imageIn>[0], ReturnType<typeof imageIn>[0]];
    expect([first.width, first.height, second.width]).toEqual([6, 6, 3]);
    expect([0, 2, 3, 5].map((x) => first.pixel(x, 2)[0])).toEqual([0, 0, 128, 128]);
    expect(first.pixel(5, 5)).toEqual([255, 255, 255]);
    expect(second.pixel(2, 2)).toEqual([10, 20, 30]);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["s", "row", "grey", "tint"]));
  });

  test("goes on in the next line where a row is long", async () => {
    const images = Array.from({ length: 30 }, () => ({ data: new Uint8Array(28 * 28), shape: [28, 28, 1] }));
    const svg = parseSvg(await contactSheet({ title: "s", rows: [{ name: "r", images }] }));
    expect(Number(svg.attributes.width)).toBeLessThan(1300);
    expect(new Set(all(svg, "image").map(({ attributes }) => attributes.y)).size).toBe(3);
  });
});

describe("figure", () => {
  test("sets panels side by side, each at its own place", async () => {
    const panel = (width: number, height: number) => `<svg width="${width}" height="${height}"></svg>`;
    const svg = parseSvg(await figure([panel(100, 50), panel(80, 70), panel(90, 40)]));
    const places = svg.children
      .filter(({ tag }) => tag === "svg")
      .map(({ attributes: { x, y } }) => [Number(x), Number(y)]);
    expect(places).toEqual([
      [0, 0],
      [112, 0],
      [0, 82],
    ]);
    expect([svg.attributes.width, svg.attributes.height]).toEqual(["192", "122"]);
  });
});
