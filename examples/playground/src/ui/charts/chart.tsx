import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { throttle } from "../throttle.js";
import { inTurn, outOfTurn } from "../turns.js";
import { type LegendEntry, saveSvg } from "./export.js";
import { nearestTo, Reader, type Readings, type Scale } from "./reading.js";

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly ComponentChildren[])[];
}

interface ChartProps {
  readonly title: string;
  /** What a screen reader says of it. */
  readonly summary: string;
  /** The least, in pixels: where the page has room, it is drawn higher. */
  readonly height: number;
  /** Draws it, for a width and a height in pixels. */
  readonly draw: (width: number, height: number) => SVGElement | HTMLElement;
  /** Whenever one of these changes, it is drawn anew. */
  readonly inputs: readonly unknown[];
  /** Made when the visitor opens it. */
  readonly table: () => Table;
  /** Names of the lines, for a file that is saved. */
  readonly legend?: readonly LegendEntry[];
  /** Values that a pointer or arrow keys read off; without them, the table has them all. */
  readonly readings?: Readings;
  readonly children?: ComponentChildren;
}

/** Pictures a second that the eye can follow, and that leave time to train. */
const REDRAW = 160;

export function DataTable({ caption, table }: { readonly caption: string; readonly table: Table }) {
  return (
    // A region that scrolls must be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class="table-scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={table.columns[j]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A drawing with its name, a button that saves it, and its numbers as a table. */
export function Chart({ title, summary, height, draw, inputs, table, legend, readings, children }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(draw);
  latest.current = draw;
  const redraw = useRef<ReturnType<typeof throttle<[]>> | undefined>(undefined);
  const open = useSignal(false);
  const size = useRef({ width: 0, height: 0, isSeen: false });
  const scale = useRef<Scale | undefined>(undefined);
  const place = useSignal<number | undefined>(undefined);
  const drawNow = useRef(() => {
    const { width, height: drawn, isSeen } = size.current;
    if (width === 0 || !isSeen) return;
    const drawing = latest.current(width, drawn);
    // The box says it all in one sentence; names inside it are no names to a reader.
    for (const part of drawing.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
    box.current?.replaceChildren(drawing);
    scale.current = scaleOf(drawing);
  });
  redraw.current ??= throttle(() => inTurn(drawNow.current), REDRAW);
  useEffect(() => redraw.current?.(), inputs);
  useEffect(() => {
    // Both tell without a layout of the page, which asking for a width would force for each chart; what is not on the screen waits.
    const sized = new ResizeObserver(([entry]) => {
      if (entry !== undefined)
        Object.assign(size.current, { width: entry.contentRect.width, height: entry.contentRect.height });
      redraw.current?.();
    });
    const seen = new IntersectionObserver(
      (entries) => {
        size.current.isSeen = entries.at(-1)?.isIntersecting === true;
        redraw.current?.();
      },
      { rootMargin: "200px" },
    );
    if (box.current !== null) {
      sized.observe(box.current);
      seen.observe(box.current);
    }
    return () => {
      sized.disconnect();
      seen.disconnect();
      redraw.current?.cancel();
      outOfTurn(drawNow.current);
    };
  }, []);
  const save = (): void => {
    const svg = box.current?.querySelector("svg");
    if (svg) saveSvg(title, svg, legend);
  };
  const point = ({ clientX }: PointerEvent): void => {
    if (!readings?.count || !scale.current || !box.current) return;
    const pixel = clientX - box.current.getBoundingClientRect().left;
    place.value = readings.placeOf(nearestTo(readings, pixel, scale.current));
  };
  return (
    <figure class="chart">
      <figcaption class="chart-head">
        <h3>{title}</h3>
        {children}
        <button type="button" class="save" aria-label={`Save ${title} as SVG`} title="Save as SVG" onClick={save}>
          SVG
        </button>
      </figcaption>
      <div
        class="chart-frame"
        onPointerMove={readings && point}
        onPointerDown={readings && point}
        onPointerLeave={() => (place.value = undefined)}
      >
        <div ref={box} class="chart-box" role="img" aria-label={summary} style={{ minHeight: `${height}px` }} />
        {readings && <Reader title={title} readings={readings} scale={scale} place={place} />}
      </div>
      <details class="data" onToggle={(event) => (open.value = event.currentTarget.open)}>
        <summary>
          Data<span class="hidden"> of {title}</span>
        </summary>
        {open.value && <DataTable caption={`${title}, as numbers`} table={table()} />}
      </details>
    </figure>
  );
}

/** Plot's drawings know how they have laid out their axes. */
function scaleOf(drawing: SVGElement | HTMLElement): Scale | undefined {
  const { scale } = drawing as Partial<{ scale: (name: string) => { apply: Scale } | undefined }>;
  return scale?.("x")?.apply;
}
