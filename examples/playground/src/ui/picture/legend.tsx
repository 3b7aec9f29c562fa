import type { DataView2D } from "../../protocol.js";
import { number } from "../format.js";
import { classColor, css, targetRgb } from "../palette.js";
import { dark } from "../theme.js";
import { surfaceLook } from "./look.js";
import { targetRange } from "./paint.js";
import { PART_NAMES, shapeOf } from "./points.js";

/** Which parts are shown, as buttons that hide them, and what the colours mean. */
export function Legend({
  data,
  shown,
  toggle,
}: {
  readonly data: DataView2D;
  readonly shown: readonly boolean[];
  readonly toggle: (part: number) => void;
}) {
  const [low, high] = targetRange(data);
  const middle = surfaceLook(dark.value).background;
  return (
    <div class="legend">
      <div class="legend-group">
        {PART_NAMES.map((part, i) => (
          <button key={part} type="button" class="legend-toggle" aria-pressed={shown[i]} onClick={() => toggle(i)}>
            <svg viewBox="-6 -6 12 12" width="14" height="14" aria-hidden="true">
              <path d={shapeOf(i)} fill="currentColor" />
            </svg>
            {part}
          </button>
        ))}
      </div>
      {data.task === "classification" ? (
        <div class="legend-group">
          {data.classes.every((name) => name.length < 3) && <span class="legend-of">Class</span>}
          {data.classes.slice(0, 10).map((name, i) => (
            <span key={name} class="legend-class">
              <span class="swatch" style={{ background: classColor(i, dark.value) }} />
              {name}
            </span>
          ))}
        </div>
      ) : (
        <div class="legend-group">
          {number(low, 2)}
          <span
            class="ramp"
            style={{
              background: `linear-gradient(90deg, ${[0, 0.5, 1].map((t) => css(targetRgb(t, middle))).join(", ")})`,
            }}
          />
          {number(high, 2)}
        </div>
      )}
    </div>
  );
}
