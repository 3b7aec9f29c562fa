import { slug } from "../format.js";

/**
 * A chart as a file of its own: with the name space, a background, and the page's colours in place of its variables, which a file cannot see.
 * `colorOf` gives the colour of `--name`.
 */
export function svgDocument(markup: string, colorOf: (variable: string) => string): string {
  const filled = markup.replace(/var\((--[\w-]+)(?:,\s*([^()]*))?\)/g, (_, name: string, other?: string) => {
    return colorOf(name).trim() || other?.trim() || "currentColor";
  });
  const named = /^<svg[^>]*\sxmlns=/.test(filled)
    ? filled
    : filled.replace(/^<svg/, '<svg xmlns="http://www.w3.org/2000/svg"');
  const style = `color:${colorOf("--ink").trim()};background:${colorOf("--surface").trim()};font-family:system-ui,sans-serif`;
  const opening = /^<svg[^>]*?\sstyle="/.test(named)
    ? named.replace(/^(<svg[^>]*?\sstyle=")/, `$1${style};`)
    : named.replace(/^<svg/, `<svg style="${style}"`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${opening}\n`;
}

export interface LegendEntry {
  readonly name: string;
  readonly color: string;
  readonly dash: string;
}

const HEAD = 30;
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** The drawing below its title and the names of its lines, which the page shows around it. */
export function titled(
  markup: string,
  title: string,
  legend: readonly LegendEntry[],
  width: number,
  height: number,
): string {
  let x = 8 + title.length * 8 + 16;
  const entries = legend.map(({ name, color, dash }) => {
    const at = x;
    x += 28 + name.length * 7 + 14;
    const line = `<line x1="${at}" x2="${at + 22}" y1="15" y2="15" stroke="${color}" stroke-width="2" stroke-dasharray="${dash}"/>`;
    return `${line}<text x="${at + 28}" y="19" font-size="12" fill="currentColor">${escaped(name)}</text>`;
  });
  const whole = Math.max(width, x);
  return [
    `<svg width="${whole}" height="${height + HEAD}" viewBox="0 0 ${whole} ${height + HEAD}">`,
    `<title>${escaped(title)}</title>`,
    `<text x="8" y="19" font-size="13" font-weight="600" fill="currentColor">${escaped(title)}</text>`,
    ...entries,
    `<g transform="translate(0 ${HEAD})">${markup}</g>`,
    "</svg>",
  ].join("\n");
}

/** Hands the visitor a file. */
export function download(name: string, text: string, type = "image/svg+xml"): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Saves a drawing that is in the page. */
export function saveSvg(title: string, svg: SVGSVGElement, legend: readonly LegendEntry[] = []): void {
  const { width, height } = svg.getBoundingClientRect();
  saveMarkup(title, new XMLSerializer().serializeToString(svg), width, height, legend);
}

/** Saves a drawing of such a size. */
export function saveMarkup(
  title: string,
  drawing: string,
  width: number,
  height: number,
  legend: readonly LegendEntry[] = [],
): void {
  const style = getComputedStyle(document.documentElement);
  const markup = titled(drawing, title, legend, width, height);
  download(
    `${slug(title)}.svg`,
    svgDocument(markup, (variable) => style.getPropertyValue(variable)),
  );
}
