import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { raster, type Stroke } from "../../data/raster.js";
import { saveMarkup } from "../charts/export.js";
import { useLab } from "../context.js";
import { percent } from "../format.js";
import { throttle } from "../throttle.js";
import { barsSvg } from "./bars.js";
import { Pad } from "./pad.js";
import { Picks } from "./picks.js";

/** Guesses a second while it is drawn. */
const GUESS = 80;

function save(probabilities: Float32Array): void {
  const { markup, width, height } = barsSvg(probabilities);
  saveMarkup("Probability of each digit", markup, width, height);
}

/** A square to draw on, and what a network trained on MNIST takes it for. */
export function DrawDigit() {
  const lab = useLab();
  const strokes = useSignal<readonly Stroke[]>([]);
  const guess = useRef(throttle((drawn: readonly Stroke[]) => lab.recognize(raster(drawn)), GUESS));
  const put = (drawn: readonly Stroke[]): void => {
    strokes.value = drawn;
    if (drawn.length > 0) guess.current(drawn);
    else {
      guess.current.cancel();
      lab.probabilities.value = undefined;
    }
  };
  const probabilities = strokes.value.length > 0 ? lab.probabilities.value : undefined;
  const best = probabilities === undefined ? -1 : probabilities.indexOf(Math.max(...probabilities));
  return (
    <div class="digit">
      <Pad strokes={strokes.value} put={put} />
      <div class="digit-side">
        <ol class="bars" start={0} aria-label="Probability of each digit">
          {Array.from({ length: 10 }, (_, i) => (
            <li key={i} class={i === best ? "bar bar-best" : "bar"}>
              <span class="bar-name">{i}</span>
              <span class="bar-track" aria-hidden="true">
                <span class="bar-fill" style={{ width: `${(probabilities?.[i] ?? 0) * 100}%` }} />
              </span>
              <span class="bar-value">{probabilities === undefined ? "–" : percent(probabilities[i] ?? 0)}</span>
            </li>
          ))}
        </ol>
      </div>
      <div class="digit-pick">
        <Picks pick={put} />
        <button
          type="button"
          class="save"
          aria-label="Save probabilities as SVG"
          title="Save as SVG"
          disabled={probabilities === undefined}
          onClick={() => probabilities && save(probabilities)}
        >
          SVG
        </button>
      </div>
      <p class="hidden" aria-live="polite">
        {best >= 0 && `Looks like ${best}.`}
      </p>
    </div>
  );
}
