import type { Stroke } from "../../data/raster.js";
import { EXAMPLES } from "./examples.js";

/** Strokes as a small drawing. */
export function Strokes({ strokes }: { readonly strokes: readonly Stroke[] }) {
  return (
    <svg viewBox="0 0 1 1" aria-hidden="true">
      {strokes.map((stroke, i) => (
        <polyline
          key={i}
          points={stroke.map(([x, y]) => `${x.toFixed(3)},${y.toFixed(3)}`).join(" ")}
          fill="none"
          stroke="currentColor"
          stroke-width="0.09"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      ))}
    </svg>
  );
}

/** An example of each digit, for those who choose rather than draw. */
export function Picks({ pick }: { readonly pick: (strokes: readonly Stroke[], digit: number) => void }) {
  return (
    <fieldset class="picks">
      <legend class="hidden">Example digits</legend>
      {EXAMPLES.map((example, digit) => (
        <button
          key={digit}
          type="button"
          class="pick"
          aria-label={`Example ${digit}`}
          onClick={() => pick(example, digit)}
        >
          <Strokes strokes={example} />
        </button>
      ))}
    </fieldset>
  );
}
