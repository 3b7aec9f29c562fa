import { INK } from "./palette.js";

/** The generic family: each reader's own, so no width is known exactly. */
export const FONT_FAMILY = "sans-serif";

const NARROW = /[ijl|!.,:;'` ()[\]{}fIrt/\\-]/;
const WIDE = /[mwMW@%—…]/;
const CAPITAL = /[A-Z0-9&#+=<>~±×−≤≥≈→_$€]/;

/**
 * The width of a line in pixels, on the generous side: about that of DejaVu Sans, one of the widest fonts that "sans-serif" stands for.
 * No DOM is asked, so that a chart has the same bits everywhere.
 */
export function textWidth(text: string, size: number, bold = false): number {
  let ems = 0;
  for (const character of text) {
    if (NARROW.test(character)) ems += 0.41;
    else if (WIDE.test(character)) ems += 1;
    else if (CAPITAL.test(character)) ems += 0.7;
    else ems += (character.codePointAt(0) as number) >= 0x2e80 ? 1.05 : 0.63;
  }
  return ems * size * (bold ? 1.12 : 1);
}

/** Broken between words into lines of at most `width` pixels; a word that is longer by itself is cut with an ellipsis. */
export function wrap(text: string, width: number, size: number, bold = false): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer, size, bold) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = cut(word, width, size, bold);
  }
  lines.push(line);
  return lines;
}

/** The text, or as much of its beginning as fits with an ellipsis behind it. */
export function cut(text: string, width: number, size: number, bold = false): string {
  if (textWidth(text, size, bold) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && textWidth(`${characters.join("")}…`, size, bold) > width) characters.pop();
  return `${characters.join("")}…`;
}

/** As text of XML, without the control characters that XML cannot hold. */
export function escapeXml(text: string): string {
  return [...text]
    .filter((character) => character >= " " || character === "\t" || character === "\n")
    .join("")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** No line is longer, in pixels, whatever it says. */
const LONGEST = 1000;

/** A line of text in an SVG picture. */
export function textAt(
  content: string,
  x: number,
  y: number,
  size: number,
  anchor: "start" | "middle",
  isBold = false,
): string {
  const weight = isBold ? ' font-weight="bold"' : "";
  return `<text x="${x}" y="${y}" font-family="${FONT_FAMILY}" font-size="${size}"${weight} text-anchor="${anchor}" fill="${INK}">${escapeXml(cut(content, LONGEST, size, isBold))}</text>`;
}
