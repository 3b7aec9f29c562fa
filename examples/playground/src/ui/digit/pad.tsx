import { useEffect, useRef } from "preact/hooks";
import type { Stroke } from "../../data/raster.js";
import { dark } from "../theme.js";

function draw(canvas: HTMLCanvasElement, strokes: readonly Stroke[]): void {
  const side = canvas.clientWidth;
  const ratio = Math.min(2, devicePixelRatio || 1);
  canvas.width = canvas.height = Math.round(side * ratio);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.scale(side * ratio, side * ratio);
  context.lineWidth = 0.085;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = dark.value ? "#f2f4f8" : "#171b22";
  for (const stroke of strokes) {
    context.beginPath();
    stroke.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
    if (stroke.length === 1) context.lineTo((stroke[0]?.[0] ?? 0) + 1e-3, stroke[0]?.[1] ?? 0);
    context.stroke();
  }
}

/** A square to draw on. */
export function Pad({
  strokes,
  put,
}: {
  readonly strokes: readonly Stroke[];
  readonly put: (strokes: readonly Stroke[]) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pen = useRef(false);
  useEffect(() => {
    if (canvas.current !== null) draw(canvas.current, strokes);
  }, [strokes, dark.value]);
  const at = (event: PointerEvent): readonly [number, number] => {
    const box = (canvas.current as HTMLCanvasElement).getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  return (
    <div class="digit-pad">
      <canvas
        ref={canvas}
        role="img"
        aria-label="Drawing pad for a digit. Without a pointer, pick an example below."
        onPointerDown={(event) => {
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
          pen.current = true;
          put([...strokes, [at(event)]]);
        }}
        onPointerMove={(event) => {
          if (!pen.current) return;
          put([...strokes.slice(0, -1), [...(strokes.at(-1) ?? []), at(event)]]);
        }}
        onPointerUp={() => (pen.current = false)}
        onPointerCancel={() => (pen.current = false)}
      />
      {strokes.length === 0 && (
        <span class="digit-hint" aria-hidden="true">
          Draw a digit here
        </span>
      )}
      <button type="button" class="save" disabled={strokes.length === 0} onClick={() => put([])}>
        Clear
      </button>
    </div>
  );
}
