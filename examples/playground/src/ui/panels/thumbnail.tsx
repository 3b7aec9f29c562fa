import type { ComponentChildren } from "preact";
import type { DataSettings } from "../../settings.js";
import { classColor } from "../palette.js";
import { dark } from "../theme.js";

type Dot = readonly [x: number, y: number, group: number];

const along = (amount: number, at: (share: number) => Dot): Dot[] =>
  Array.from({ length: amount }, (_, i) => at(i / (amount - 1)));
const ring = (radius: number, amount: number, group: number): Dot[] =>
  Array.from({ length: amount }, (_, i): Dot => {
    const angle = (i / amount) * 2 * Math.PI;
    return [20 + radius * Math.cos(angle), 20 + radius * Math.sin(angle), group];
  });

const DOTS: Partial<Record<DataSettings["kind"], readonly Dot[]>> = {
  moons: [
    ...along(8, (t) => [15 - 10 * Math.cos(Math.PI * t), 21 - 11 * Math.sin(Math.PI * t), 0]),
    ...along(8, (t) => [25 - 10 * Math.cos(Math.PI * t), 19 + 11 * Math.sin(Math.PI * t), 1]),
  ],
  circles: [...ring(14, 14, 0), ...ring(6, 7, 1)],
  spirals: [0, 1].flatMap((group) =>
    along(11, (t) => {
      const angle = 4.6 * t + group * Math.PI;
      return [20 + (2 + 13 * t) * Math.cos(angle), 20 + (2 + 13 * t) * Math.sin(angle), group];
    }),
  ),
  blobs: [
    [11, 27],
    [28, 28],
    [20, 12],
  ].flatMap(([x = 0, y = 0], group) => [
    [x, y, group] as Dot,
    ...ring(4.6, 6, group).map(([dx, dy]): Dot => [dx - 20 + x, dy - 20 + y, group]),
  ]),
  xor: [8, 14, 26, 32].flatMap((x) => [8, 14, 26, 32].map((y): Dot => [x, y, x < 20 === y < 20 ? 0 : 1])),
};

const shade = (share: number): string => classColor(share < 0.5 ? 0 : 4, dark.value);

/** Small squares whose strength is the value of a surface. */
function Tiles({ valueAt }: { readonly valueAt: (x: number, y: number) => number }) {
  const cells = [-2, -1, 0, 1, 2];
  return (
    <>
      {cells.flatMap((y) =>
        cells.map((x) => {
          const value = valueAt(x / 2, y / 2);
          return (
            <rect
              key={`${x} ${y}`}
              x={17.5 + x * 6.4}
              y={17.5 + y * 6.4}
              width="5.4"
              height="5.4"
              rx="1"
              fill={shade(value)}
              opacity={0.15 + 1.7 * Math.abs(value - 0.5)}
            />
          );
        }),
      )}
    </>
  );
}

const PICTURES: Partial<Record<DataSettings["kind"], ComponentChildren>> = {
  plane: <Tiles valueAt={(x, y) => 0.5 + 0.25 * (x - y)} />,
  ripple: <Tiles valueAt={(x, y) => 0.5 + 0.5 * Math.cos(3.6 * Math.hypot(x, y))} />,
  peaks: (
    <Tiles
      valueAt={(x, y) =>
        0.5 +
        0.5 * Math.exp(-3 * ((x - 0.5) ** 2 + (y + 0.5) ** 2)) -
        0.5 * Math.exp(-3 * ((x + 0.5) ** 2 + (y - 0.5) ** 2))
      }
    />
  ),
  digits: (
    <path
      d="M12 12q3-5 8-4t4 7q-1 4-11 15h15"
      fill="none"
      stroke="currentColor"
      stroke-width="3"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  ),
  hand: (
    <path
      d="M9 31l2-7L26 9l5 5-15 15zM22.500 12.500l5 5"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  ),
  csv: (
    <path d="M8 9h24v22H8zM8 16.3h24M8 23.6h24M16 9v22M24 9v22" fill="none" stroke="currentColor" stroke-width="1.6" />
  ),
};

/** What a data set looks like, at a glance. */
export function Thumbnail({ kind }: { readonly kind: DataSettings["kind"] }) {
  return (
    <svg viewBox="0 0 40 40" width="36" height="36" aria-hidden="true" focusable="false">
      {PICTURES[kind]}
      {DOTS[kind]?.map(([x, y, group]) => (
        <circle key={`${x} ${y}`} cx={x} cy={y} r="1.9" fill={classColor(group, dark.value)} />
      ))}
    </svg>
  );
}
