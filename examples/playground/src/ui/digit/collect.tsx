import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Stroke } from "../../data/raster.js";
import { useLab } from "../context.js";
import { plural } from "../format.js";
import { varied } from "./examples.js";
import { Pad } from "./pad.js";
import { Picks, Strokes } from "./picks.js";

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Where the visitor draws a data set of digits: each drawing, and what it is. */
export function Collect() {
  const lab = useLab();
  const strokes = useSignal<readonly Stroke[]>([]);
  const digit = useSignal(0);
  const name = useId();
  const drawings = lab.drawings.value;
  const add = (): void => {
    lab.setDrawings([...drawings, { digit: digit.value, strokes: strokes.value }]);
    strokes.value = [];
  };
  return (
    <div class="collect">
      <div class="digit">
        <Pad strokes={strokes.value} put={(drawn) => (strokes.value = drawn)} />
        <div class="collect-side">
          <fieldset class="digits">
            <legend>This is a</legend>
            {DIGITS.map((each) => (
              <label key={each} class="digit-label">
                <input
                  type="radio"
                  name={name}
                  checked={digit.value === each}
                  onChange={() => (digit.value = each)}
                  aria-label={`This is a ${each}`}
                />
                <span class="digit-face">{each}</span>
              </label>
            ))}
          </fieldset>
          <button type="button" class="button strong wide" disabled={strokes.value.length === 0} onClick={add}>
            Add this drawing
          </button>
          <button type="button" class="button wide" onClick={() => lab.setDrawings([...drawings, ...varied()])}>
            Add 50 examples
          </button>
        </div>
        <div class="digit-pick">
          <Picks
            pick={(drawn, picked) => {
              strokes.value = drawn;
              digit.value = picked;
            }}
          />
        </div>
      </div>
      <p class="small" role="status">
        {drawings.length === 0
          ? "Draw two different digits or more, each at least four times; then press play. They stay in this browser."
          : `${plural(drawings.length, "drawing")}. Press one to take it out.`}
      </p>
      {drawings.length > 0 && (
        <ul class="drawings" aria-label="Your drawings">
          {drawings.map((drawing, i) => (
            <li key={i}>
              <button
                type="button"
                class="pick"
                aria-label={`Take out drawing ${i + 1}, a ${drawing.digit}`}
                onClick={() => lab.setDrawings(drawings.toSpliced(i, 1))}
              >
                <Strokes strokes={drawing.strokes} />
                <span class="pick-label" aria-hidden="true">
                  {drawing.digit}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
