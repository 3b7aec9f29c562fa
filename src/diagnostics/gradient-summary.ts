import { showShape } from "../util/shapes.js";
import type { CheckedEntry, Comparison, GradientVerdict } from "./compare-gradients.js";
import { table } from "./table.js";

const MEANING: Record<GradientVerdict, string> = {
  right: "The gradient is right: the difference is that of rounding and of the formula's own error.",
  look: "Probably right; have a look at the worst entries: none of them should stand out.",
  suspect: "Suspect: larger than differences in float64 should be. Look for the mistake in the tensors marked so.",
  wrong: "Wrong: look for the mistake in the backward pass of the tensors marked so.",
};
const SHOWN_KINKS = 3;

/** A comparison as lines to read. */
export function summaryOf(found: Comparison, what: string): string {
  const { difference, verdict, parameters, worst, kinks, size, checked, seed, h } = found;
  const sampled = seed === undefined ? `all ${size} entries` : `${checked} of ${size} entries, drawn with seed ${seed}`;
  const lines = [
    `Gradient of ${what}: difference ${short(difference)}, ${verdict}; ${sampled}, h = ${h ?? "6.1e-6 · max(1, |entry|)"}, float64`,
    ...table(
      ["tensor", "shape", "checked", "difference", "verdict"],
      parameters.map((each) => [
        each.name,
        showShape(each.shape),
        String(each.checked),
        short(each.difference),
        each.verdict,
      ]),
      [2, 3],
    ),
  ];
  if (worst.length > 0) lines.push("The entries that differ most:");
  for (const each of worst)
    lines.push(`  ${place(each)}  backpropagation ${long(each.gradient)}  differences ${long(each.numeric)}`);
  if (kinks.length > 0) {
    const few = kinks
      .slice(0, SHOWN_KINKS)
      .map((each) => `${place(each)} (${short(each.left)} and ${short(each.right)})`);
    lines.push(
      `${kinks.length} ${kinks.length === 1 ? "entry lies" : "entries lie"} at a kink of the loss, where the slope to the left is not that to the right: ${few.join(", ")}` +
        `${kinks.length > SHOWN_KINKS ? ", …" : ""}. A gradient between the two counts as right.`,
    );
  }
  return [...lines, MEANING[verdict]].join("\n");
}

const place = ({ name, index }: CheckedEntry): string => `${name}[${index.join(", ")}]`;
const short = (value: number): string => (value === 0 ? "0" : value.toExponential(1));
const long = (value: number): string => String(Number(value.toPrecision(9)));
