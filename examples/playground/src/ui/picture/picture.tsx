import { useEffect, useRef } from "preact/hooks";
import type { DataView2D } from "../../protocol.js";
import { download } from "../charts/export.js";
import { useLab } from "../context.js";
import { count, score, scoreName, slug } from "../format.js";
import { css } from "../palette.js";
import type { Run } from "../run.js";
import { dark } from "../theme.js";
import { inTurn, outOfTurn } from "../turns.js";
import { surfaceLook } from "./look.js";
import { paintSurface as paint, type Surface, surfaceLines } from "./paint.js";
import { pictureSvg } from "./picture-svg.js";
import { dots, shapeOf } from "./points.js";

/** Pixels of the surface along a side: the lines and points over it are drawn as sharp as the screen. */
const GRAIN = 256;
/** Points are of full size in a picture so wide, and smaller in smaller ones, to no less than a share. */
const ROOMY = 400;
const SMALLEST = 0.62;

/** The surface as an image of its own; it is kept, as a new one for each epoch would be garbage. */
function surfaceCanvas(canvas: HTMLCanvasElement, surface: Surface, data: DataView2D): HTMLCanvasElement {
  canvas.width = canvas.height = GRAIN;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(GRAIN, GRAIN);
  paint(surface, data, surfaceLook(dark.value), GRAIN, image.data);
  context.putImageData(image, 0, 0);
  return canvas;
}

/** The drawing area of a canvas as large as it is shown, in pixels of the page; emptied. */
function emptied(canvas: HTMLCanvasElement): { context: CanvasRenderingContext2D; side: number; ratio: number } {
  const side = canvas.clientWidth;
  const ratio = Math.min(2, devicePixelRatio || 1);
  if (canvas.width !== Math.round(side * ratio)) canvas.width = canvas.height = Math.round(side * ratio);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, side, side);
  return { context, side, ratio };
}

function drawSurface(
  canvas: HTMLCanvasElement,
  buffer: HTMLCanvasElement,
  data: DataView2D | undefined,
  surface: Surface | undefined,
): void {
  const { context, side } = emptied(canvas);
  const { background } = surfaceLook(dark.value);
  context.fillStyle = css(background);
  context.fillRect(0, 0, side, side);
  if (data === undefined || surface === undefined) return;
  const isClassified = data.task === "classification";
  context.imageSmoothingQuality = "high";
  context.drawImage(surfaceCanvas(buffer, surface, data), 0, 0, side, side);
  const scale = side / (surface.side - 1);
  context.strokeStyle = dark.value ? "#f2f4f8" : "#171b22";
  context.lineWidth = isClassified ? 1.75 : 0.75;
  context.globalAlpha = isClassified ? 0.85 : 0.45;
  for (const lines of surfaceLines(surface, data)) {
    context.beginPath();
    for (let i = 0; i < lines.length; i += 4) {
      context.moveTo((lines[i] as number) * scale, (lines[i + 1] as number) * scale);
      context.lineTo((lines[i + 2] as number) * scale, (lines[i + 3] as number) * scale);
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** The rows stay where they are while a network learns: they have a canvas of their own. */
function drawPoints(canvas: HTMLCanvasElement, data: DataView2D | undefined, shown: readonly boolean[]): void {
  const { context, side, ratio } = emptied(canvas);
  if (data === undefined) return;
  const look = surfaceLook(dark.value);
  const isClassified = data.task === "classification";
  const scale = Math.min(1, Math.max(SMALLEST, side / ROOMY));
  const shapes = [0, 1, 2].map((part) => new Path2D(shapeOf(part)));
  context.strokeStyle = isClassified ? css(look.background) : dark.value ? "#f2f4f8" : "#171b22";
  context.lineWidth = isClassified ? 1.25 : 0.75;
  for (const dot of dots(data, side, look, shown)) {
    context.setTransform(ratio * scale, 0, 0, ratio * scale, dot.x * ratio, dot.y * ratio);
    const shape = shapes[dot.part] as Path2D;
    context.fillStyle = dot.color;
    context.fill(shape);
    context.stroke(shape);
  }
}

const describe = (run: Run): string => {
  const data = run.data.value;
  const progress = run.progress.value;
  if (data === undefined) return "No data yet";
  const what = data.task === "classification" ? "Decision boundary" : "Prediction surface";
  const rows = `${count(data.parts.length)} rows of ${data.features.slice(0, 2).join(" and ")}`;
  if (progress === undefined) return `${what} over ${rows}`;
  return `${what} over ${rows}. Epoch ${progress.epoch}, dev ${scoreName(data.task).toLowerCase()} ${score(data.task, progress.score.dev)}.`;
};

/** What the network of one run makes of the plane, with the rows on it. */
export function Picture({ run, shown }: { readonly run: Run; readonly shown: readonly boolean[] }) {
  const lab = useLab();
  const canvas = useRef<HTMLCanvasElement>(null);
  const points = useRef<HTMLCanvasElement>(null);
  const buffer = useRef<HTMLCanvasElement | undefined>(undefined);
  const data = run.data.value;
  const surface = run.progress.value?.surface;
  const latest = useRef({ data, surface, shown });
  latest.current = { data, surface, shown };
  const paintSurface = useRef(() => {
    buffer.current ??= document.createElement("canvas");
    if (canvas.current) drawSurface(canvas.current, buffer.current, latest.current.data, latest.current.surface);
  }).current;
  const paintPoints = useRef(() => {
    if (points.current) drawPoints(points.current, latest.current.data, latest.current.shown);
  }).current;
  useEffect(() => inTurn(paintSurface), [data, surface, dark.value]);
  useEffect(() => inTurn(paintPoints), [data, shown, dark.value]);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      inTurn(paintSurface);
      inTurn(paintPoints);
    });
    if (canvas.current !== null) observer.observe(canvas.current);
    return () => {
      observer.disconnect();
      outOfTurn(paintSurface);
      outOfTurn(paintPoints);
    };
  }, []);
  const save = (): void => {
    if (data === undefined) return;
    const image =
      surface === undefined
        ? undefined
        : surfaceCanvas(document.createElement("canvas"), surface, data).toDataURL("image/png");
    const title = `${describe(run)}`;
    download(
      `${slug(`boundary ${run.name} epoch ${run.epochs.value}`)}.svg`,
      pictureSvg({ title, data, surface, image, dark: dark.value, shown: shown }),
    );
  };
  return (
    <figure class="picture">
      <div class="picture-frame">
        <canvas ref={canvas} role="img" aria-label={describe(run)} />
        <canvas ref={points} class="picture-points" />
        {data === undefined && run.settings.value.data.kind === "csv" && (
          <p class="picture-empty">Your rows appear here when you have chosen or pasted them under Data.</p>
        )}
        {lab.racing.value && <span class={`badge badge-${run.name}`}>{run.name}</span>}
        <button
          type="button"
          class="save"
          aria-label={`Save picture${lab.racing.value ? ` of ${run.name}` : ""} as SVG`}
          title="Save as SVG"
          onClick={save}
          disabled={data === undefined}
        >
          SVG
        </button>
      </div>
    </figure>
  );
}
