import type { Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Places on the axis, lowest first. */
interface Places {
  readonly count: number;
  readonly placeOf: (index: number) => number;
}

/** What a chart says at each of its places. */
export interface Readings extends Places {
  readonly at: (index: number) => Reading;
}

export interface Reading {
  readonly title: string;
  readonly values: readonly { readonly name: string; readonly color: string; readonly text: string }[];
}

/** From a place on the axis to pixels of the drawing. */
export type Scale = (place: number) => number;

interface ReaderProps {
  readonly title: string;
  readonly readings: Readings;
  readonly scale: RefObject<Scale | undefined>;
  /** The place that is read; undefined where none is. */
  readonly place: Signal<number | undefined>;
}

/** The index of the place that lies nearest. */
export function nearest({ count, placeOf }: Places, place: number): number {
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placeOf(middle) < place) low = middle + 1;
    else high = middle;
  }
  const isBefore = low > 0 && place - placeOf(low - 1) < placeOf(low) - place;
  return isBefore ? low - 1 : low;
}

/** The index whose place is drawn nearest to a pixel. */
export const nearestTo = ({ count, placeOf }: Places, pixel: number, scale: Scale): number =>
  nearest({ count, placeOf: (index) => scale(placeOf(index)) }, pixel);

const spoken = ({ title, values }: Reading): string =>
  `${title}: ${values.map(({ name, text }) => `${name} ${text}`).join(", ")}`;

/** A line over the drawing with the values where it stands; arrow keys move it, as a pointer does. */
export function Reader({ title, readings, scale, place }: ReaderProps) {
  const tip = useRef<HTMLDivElement>(null);
  const { count } = readings;
  const isShown = place.value !== undefined && count > 0 && scale.current !== undefined;
  const index = count > 0 ? nearest(readings, place.value ?? Number.POSITIVE_INFINITY) : 0;
  const reading = count > 0 ? readings.at(index) : undefined;
  const x = isShown ? (scale.current as Scale)(readings.placeOf(index)) : 0;
  useEffect(() => {
    const box = tip.current;
    const width = box?.parentElement?.clientWidth ?? 0;
    // On the side that has more room.
    if (box)
      box.style.transform = x > width / 2 ? `translateX(${x - 8}px) translateX(-100%)` : `translateX(${x + 8}px)`;
  });
  return (
    <>
      <input
        type="range"
        class="reader"
        aria-label={`Read ${title}`}
        aria-valuetext={reading ? spoken(reading) : "Nothing yet"}
        min={0}
        max={Math.max(0, count - 1)}
        value={index}
        onInput={(event) => (place.value = readings.placeOf(Number(event.currentTarget.value)))}
        onFocus={() => (place.value ??= count > 0 ? readings.placeOf(count - 1) : undefined)}
        onBlur={() => (place.value = undefined)}
      />
      {isShown && reading && (
        <div class="reading" aria-hidden="true">
          <span class="reading-line" style={{ transform: `translateX(${x}px)` }} />
          <div ref={tip} class="reading-tip">
            <strong>{reading.title}</strong>
            {reading.values.map(({ name, color, text }) => (
              <span key={name} class="reading-value">
                <span class="reading-mark" style={{ background: color }} />
                {name} <b>{text}</b>
              </span>
            ))}
          </div>
        </div>
      )}
    </>
  );
}
