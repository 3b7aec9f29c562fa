import * as Plot from "@observablehq/plot";
import { Chart } from "../charts/chart.js";
import { useLab } from "../context.js";
import { count } from "../format.js";
import type { Run } from "../run.js";

const HEIGHT = 268;

interface Cell {
  readonly truth: string;
  readonly guess: string;
  readonly amount: number;
  /** Of the rows that are this class. */
  readonly share: number;
  readonly isRight: boolean;
}

export function cellsOf(confusion: Uint32Array, classes: readonly string[]): Cell[] {
  return classes.flatMap((truth, i) => {
    const row = confusion.subarray(i * classes.length, (i + 1) * classes.length);
    const all = Math.max(
      1,
      row.reduce((sum, each) => sum + each, 0),
    );
    return classes.map((guess, j) => {
      const amount = row[j] as number;
      return { truth, guess, amount, share: amount / all, isRight: i === j };
    });
  });
}

function plotConfusion(cells: readonly Cell[], classes: readonly string[], width: number, height: number) {
  const axis = { tickSize: 0, fill: "var(--muted)" } as const;
  return Plot.plot({
    width,
    height,
    marginLeft: 44,
    marginRight: 8,
    marginTop: 4,
    marginBottom: 36,
    padding: 0.06,
    style: { background: "transparent", fontSize: "11px", overflow: "visible" },
    x: { domain: classes },
    y: { domain: classes },
    marks: [
      Plot.axisX({ ...axis, label: "taken for", labelAnchor: "center", labelArrow: "none" }),
      Plot.axisY({ ...axis, label: "digit", labelAnchor: "center", labelArrow: "none", labelOffset: 38 }),
      Plot.cell(cells, { x: "guess", y: "truth", fill: "var(--sunken)", rx: 3 }),
      Plot.cell(
        cells.filter(({ amount }) => amount > 0),
        {
          x: "guess",
          y: "truth",
          fill: ({ isRight }: Cell) => (isRight ? "var(--run-A)" : "var(--bad)"),
          fillOpacity: ({ share, isRight }: Cell) => (isRight ? 0.1 + 0.3 * share : 0.12 + 0.4 * share),
          rx: 3,
        },
      ),
      Plot.text(
        cells.filter(({ amount }) => amount > 0),
        { x: "guess", y: "truth", text: ({ amount }: Cell) => count(amount), fill: "var(--ink)" },
      ),
    ],
  });
}

/** How many dev rows of each class are taken for which. */
export function Confusion({ run }: { readonly run: Run }) {
  const lab = useLab();
  const data = run.data.value;
  const confusion = run.progress.value?.guesses?.confusion;
  if (data === undefined || data.images === undefined) return null;
  const { classes } = data;
  const cells = cellsOf(confusion ?? new Uint32Array(classes.length ** 2), classes);
  const wrong = cells.filter(({ isRight }) => !isRight);
  const worst = wrong.reduce((most, cell) => (cell.amount > most.amount ? cell : most), wrong[0] as Cell);
  const told =
    worst.amount > 0
      ? `Most often ${worst.truth} is taken for ${worst.guess}, ${count(worst.amount)} times.`
      : "None is taken for another.";
  return (
    <Chart
      title={lab.racing.value ? `Confusion of ${run.name}` : "Confusion"}
      summary={`Digits of the dev part by what they are taken for. ${told}`}
      height={HEIGHT}
      inputs={[confusion, classes]}
      draw={(width, height) => plotConfusion(cells, classes, width, height)}
      table={() => ({
        columns: ["Digit", ...classes.map((each) => `as ${each}`)],
        rows: classes.map((truth) => [
          truth,
          ...cells.filter((cell) => cell.truth === truth).map(({ amount }) => amount),
        ]),
      })}
    />
  );
}
