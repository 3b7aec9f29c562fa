import { absent } from "../util/peer.js";
import type { Size } from "./chart.js";
import { INK } from "./palette.js";
import { escapeXml, FONT_FAMILY } from "./text.js";

/** A part of an ECharts option, or an element of its `graphic`. */
export type Option = Record<string, unknown>;

type ECharts = typeof import("echarts/core");

/** ECharts with the parts that charts here are made of: loaded with the first chart. */
async function library(operation: string): Promise<ECharts> {
  try {
    // One behind the other: see `absent`.
    const core = await import("echarts/core");
    const { BarChart, LineChart, ScatterChart } = await import("echarts/charts");
    const { GridComponent, GraphicComponent } = await import("echarts/components");
    const { SVGRenderer } = await import("echarts/renderers");
    const parts = [BarChart, LineChart, ScatterChart, GridComponent, GraphicComponent, SVGRenderer];
    core.use(parts as Parameters<typeof core.use>[0]);
    return core;
  } catch (cause) {
    throw absent(operation, "echarts", cause);
  }
}

/** Draws an ECharts option as an SVG text, without a DOM. */
export async function draw(operation: string, title: string, { width, height }: Size, option: Option): Promise<string> {
  const echarts = await library(operation);
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "#ffffff",
      textStyle: { fontFamily: FONT_FAMILY, color: INK },
      ...option,
    });
    return tidy(chart.renderToSVGString(), title);
  } finally {
    chart.dispose();
  }
}

/** Dots that ECharts writes as scaled unit circles. */
const DOT = /^<path d="M1 0A1 1 0 1 1 1 -0\.1A1 1 0 0 1 1 0" transform="matrix\(([\d.]+),0,0,\1,([-\d.]+),([-\d.]+)\)"/;

/**
 * Leaves out what serves a page with a mouse, writes dots as circles, adds what a screen reader reads, and names ids by the chart's
 * content: ECharts counts its charts, so the same chart would differ from call to call, and two in one page clash.
 */
function tidy(svg: string, title: string): string {
  const bare = svg
    .replace(/<style\b[\s\S]*?<\/style>/g, "")
    .replace(/<path d=""[^>]*><\/path>/g, "")
    .replace(/<[^>]*>/g, (tag) =>
      tag
        .replace(/ (class|pointer-events|ecmeta_\w+|xml:space|baseProfile|version)="[^"]*"/g, "")
        .replace(DOT, (_, r, x, y) => `<circle cx="${short(x)}" cy="${short(y)}" r="${short(r)}"`)
        // Not every viewer knows `central`, and an image must fill its place.
        .replace('dominant-baseline="central"', 'dy="0.35em"')
        .replace(/^<image\b/, '<image preserveAspectRatio="none"')
        .replace(/\bzr\d+-/g, "zr-"),
    )
    .replace(/(<circle[^>]*>)<\/path>/g, "$1</circle>")
    .replace(/\n+/g, "\n")
    .trim();
  const own = `c${hash(bare)}`;
  return bare
    .replace(/<[^>]*>/g, (tag) => tag.replace(/\bzr-/g, `${own}-`))
    .replace(/^<svg\b([^>]*)>/, (_, rest) => `<svg role="img"${rest}>\n<title>${escapeXml(title)}</title>`);
}

/** To a hundredth of a pixel. */
function short(pixels: string): string {
  return String(Number(Number(pixels).toFixed(2)));
}

/** FNV-1a over the characters, as eight hexadecimal digits. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}
