import type { Guesses, Images } from "../../protocol.js";
import { Chart } from "../charts/chart.js";
import { useLab } from "../context.js";
import { percent, plural } from "../format.js";
import type { Run } from "../run.js";
import { dark } from "../theme.js";
import { inkOf, spriteUrl } from "./sprite.js";

/** Room around an image, and for a name below it, in its pixels. */
const GAP_X = 8;
const GAP_Y = 18;
const HEIGHT = 252;

/** As few columns as make the images largest. */
export function columnsFor(count: number, width: number, height: number, aspect: number): number {
  let [best, most] = [1, 0];
  for (let columns = 1; columns <= count; columns++) {
    const cell = Math.min(width / columns, height / Math.ceil(count / columns) / aspect);
    if (cell > most) [best, most] = [columns, cell];
  }
  return best;
}

interface GridParts {
  readonly images: Images;
  readonly guesses: Guesses | undefined;
  readonly classes: readonly string[];
  /** The images in one, for so many columns. */
  readonly painted: (columns: number) => string;
}

const SVG = "http://www.w3.org/2000/svg";

function plotGrid({ images, guesses, classes, painted }: GridParts, width: number, height: number): SVGElement {
  const [cellWidth, cellHeight] = [images.side + GAP_X, images.side + GAP_Y];
  const count = images.labels.length;
  const columns = columnsFor(count, width, height, cellHeight / cellWidth);
  const rows = Math.ceil(count / columns);
  const svg = document.createElementNS(SVG, "svg");
  const put = (name: string, attributes: Readonly<Record<string, string | number>>, text = ""): void => {
    const part = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, String(value));
    part.textContent = text;
    svg.append(part);
  };
  const [wide, high] = [columns * cellWidth, rows * cellHeight];
  for (const [key, value] of Object.entries({ width, height, viewBox: `0 0 ${wide} ${high}` })) {
    svg.setAttribute(key, String(value));
  }
  put("image", { href: painted(columns), width: wide, height: high });
  images.labels.forEach((label, i) => {
    const [x, y] = [(i % columns) * cellWidth, Math.floor(i / columns) * cellHeight];
    const guess = guesses?.classes[i];
    const isWrong = guess !== undefined && guess !== label;
    if (isWrong) {
      put("rect", {
        x: x + 1,
        y: y + 0.5,
        width: cellWidth - 2,
        height: cellHeight - 2,
        rx: 3,
        fill: "none",
        stroke: "var(--bad)",
        "stroke-width": 1.2,
      });
    }
    const name = guess === undefined ? "?" : classes[guess];
    put(
      "text",
      {
        x: x + cellWidth / 2,
        y: y + images.side + 11,
        "font-size": isWrong ? 9.5 : 11,
        "font-weight": isWrong ? 700 : 500,
        "text-anchor": "middle",
        fill: isWrong ? "var(--bad)" : "var(--muted)",
      },
      `${name}${isWrong ? ` ≠ ${classes[label]}` : ""}`,
    );
  });
  return svg;
}

/** Images of the dev part, each with what the network takes it for. */
export function GuessGrid({ run }: { readonly run: Run }) {
  const lab = useLab();
  const data = run.data.value;
  const guesses = run.progress.value?.guesses;
  const images = data?.images;
  if (data === undefined || images === undefined) return null;
  const wrong = guesses?.classes.reduce((sum, guess, i) => sum + (guess === images.labels[i] ? 0 : 1), 0) ?? 0;
  const count = images.labels.length;
  const painted = (columns: number): string =>
    spriteUrl(images, images.pixels, columns, inkOf(dark.value), [GAP_X, GAP_Y]);
  return (
    <Chart
      title={lab.racing.value ? `Guesses of ${run.name}` : "Guesses"}
      summary={`${plural(count, "digit")} of the dev part, each with what the network takes it for: ${wrong} wrong.`}
      height={HEIGHT}
      inputs={[images, guesses, dark.value]}
      draw={(width, height) => plotGrid({ images, guesses, classes: data.classes, painted }, width, height)}
      table={() => ({
        columns: ["Digit", "Taken for", "Probability"],
        rows: Array.from(images.labels, (label, i) => [
          data.classes[label],
          guesses === undefined ? "–" : data.classes[guesses.classes[i] as number],
          guesses === undefined ? "–" : percent(guesses.probabilities[i] as number),
        ]),
      })}
    >
      <span class="keys">
        {wrong} of {count} wrong{wrong > 0 && ": guess ≠ truth"}
      </span>
    </Chart>
  );
}
