import { percent } from "../format.js";

const WIDTH = 360;
const ROW = 22;
/** Where bars begin and end. */
const [LEFT, RIGHT] = [28, 290];

/** The probabilities of the digits as a drawing: a bar each, the longest in the colour of the best. */
export function barsSvg(probabilities: Float32Array): { markup: string; width: number; height: number } {
  const best = probabilities.indexOf(Math.max(...probabilities));
  const height = ROW * probabilities.length + 8;
  const rows = Array.from(probabilities, (share, digit) => {
    const y = 4 + ROW * digit;
    const text = (x: number, anchor: string, said: string) =>
      `<text x="${x}" y="${y + 15}" font-size="12" text-anchor="${anchor}" fill="currentColor">${said}</text>`;
    const bar = `<rect x="${LEFT}" y="${y + 3}" width="${((RIGHT - LEFT) * share).toFixed(2)}" height="${ROW - 8}" rx="3" fill="var(${digit === best ? "--best" : "--bar"})"/>`;
    return text(18, "end", String(digit)) + bar + text(WIDTH - 8, "end", percent(share));
  });
  return { markup: `<svg width="${WIDTH}" height="${height}">${rows.join("")}</svg>`, width: WIDTH, height };
}
