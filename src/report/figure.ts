import { checkNumber, checkOptions, checkText, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { INK } from "./palette.js";
import { escapeXml, FONT_FAMILY, wrap } from "./text.js";

export interface FigureOptions {
  /** Panels side by side. Default 2, or 1 for one panel. */
  columns?: number;
  /** A line above all. Default none. */
  title?: string;
}

const GAP = 12;
const MARGIN = 16;
const LINE = 25;

/**
 * Several charts in one picture, row by row, each in its own size.
 *
 * @param panels SVG texts, as the chart functions return them
 * @param options.columns side by side; default 2, or 1 for one panel
 * @throws ValueError for no panel, a panel that is no SVG with a width and a height, columns below 1, an unknown option
 * @example
 * const chart = await barChart({ title: "A", categories: ["a"], y: { title: "n" }, series: [{ name: "s", values: [1] }], width: 300 });
 * const svg = await figure([chart, chart], { title: "Twice" });
 * svg.includes("Twice"); // true
 * svg.startsWith('<svg role="group" width="612"'); // true
 */
export async function figure(panels: string[], options: FigureOptions = {}): Promise<string> {
  checkOptions("figure", options, ["columns", "title"]);
  if (!Array.isArray(panels) || panels.length === 0) {
    throw new ValueError(`figure: panels expected an array of SVG texts that is not empty, got ${show(panels)}`);
  }
  const { columns = Math.min(panels.length, 2), title } = options;
  checkNumber("figure", "columns", columns, { min: 1, whole: true });
  if (title !== undefined) checkText("figure", "title", title);
  const sizes = panels.map(sizeOf);

  const widths: number[] = [];
  const heights: number[] = [];
  sizes.forEach(({ width, height }, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    widths[column] = Math.max(widths[column] ?? 0, width);
    heights[row] = Math.max(heights[row] ?? 0, height);
  });
  const total = (list: readonly number[]) => list.reduce((sum, each) => sum + each + GAP, -GAP);
  const before = (list: readonly number[], end: number) =>
    list.slice(0, end).reduce((sum, each) => sum + each + GAP, 0);
  const width = total(widths);
  const lines = title === undefined ? [] : wrap(title, width - 2 * MARGIN, 19, true);
  const top = lines.length ? MARGIN + lines.length * LINE : 0;
  const height = top + total(heights);
  return [
    `<svg role="group" width="${width}" height="${height}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">`,
    ...(title === undefined ? [] : [`<title>${escapeXml(title)}</title>`]),
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...lines.map(
      (line, i) =>
        `<text x="${MARGIN}" y="${MARGIN + 14 + i * LINE}" font-family="${FONT_FAMILY}" font-size="19" font-weight="bold" fill="${INK}">${escapeXml(line)}</text>`,
    ),
    ...panels.map((panel, i) => {
      const [x, y] = [before(widths, i % columns), top + before(heights, Math.floor(i / columns))];
      return panel.trim().replace(/^<svg\b/, `<svg x="${x}" y="${y}"`);
    }),
    "</svg>",
  ].join("\n");
}

function sizeOf(panel: unknown, i: number): { width: number; height: number } {
  const tag = typeof panel === "string" ? /^\s*<svg\b[^>]*>/.exec(panel)?.[0] : undefined;
  const [width, height] = ["width", "height"].map((name) =>
    Number(new RegExp(` ${name}="([\\d.]+)"`).exec(tag ?? "")?.[1]),
  );
  if (!(width && height)) {
    throw new ValueError(
      `figure: panels[${i}] expected an SVG text with width and height in pixels, got ${show(typeof panel === "string" ? panel.slice(0, 40) : panel)}`,
    );
  }
  return { width, height };
}
