import type { LayerSettings } from "../../settings.js";
import { useLab } from "../context.js";

const WIDTH = 272;
const HEIGHT = 104;
/** Units that are drawn of a layer; the rest is a number below. */
const SHOWN = 6;

/** Inputs of a digit. */
const PIXELS = 784;

const spread = (amount: number): number[] => {
  const drawn = Math.min(amount, SHOWN);
  const gap = Math.min(15, 84 / Math.max(1, drawn));
  return Array.from({ length: drawn }, (_, i) => 44 + (i - (drawn - 1) / 2) * gap);
};

/** The network as dots and lines. It shows what the controls below it say, and is hidden from screen readers. */
export function Diagram({ layers }: { readonly layers: readonly LayerSettings[] }) {
  const run = useLab().edited.value;
  const data = run.data.value;
  const { kind } = run.settings.value.data;
  const inputs = kind === "digits" || kind === "hand" ? PIXELS : (data?.features.length ?? 2);
  const outputs = data?.task === "regression" ? 1 : (data?.classes.length ?? 2);
  const sizes = [inputs, ...layers.map((layer) => layer.units), outputs];
  const xOf = (column: number): number => 16 + (column * (WIDTH - 32)) / (sizes.length - 1);
  return (
    <svg class="diagram" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" focusable="false">
      {sizes
        .slice(1)
        .flatMap((size, i) =>
          spread(sizes[i] as number).flatMap((from) =>
            spread(size).map((to) => (
              <line key={`${i} ${from} ${to}`} x1={xOf(i)} y1={from} x2={xOf(i + 1)} y2={to} class="wire" />
            )),
          ),
        )}
      {sizes.map((size, i) => {
        const layer = layers[i - 1];
        return (
          <g key={i}>
            {layer?.batchNorm && <rect x={xOf(i) - 8} y="2" width="16" height="86" rx="8" class="norm" />}
            {spread(size).map((y) => (
              <circle
                key={y}
                cx={xOf(i)}
                cy={y}
                r="4.5"
                class={layer === undefined ? "unit unit-end" : "unit"}
                stroke-dasharray={layer !== undefined && layer.dropout > 0 ? "2 2" : undefined}
              />
            ))}
            <text x={xOf(i)} y={HEIGHT - 2} text-anchor="middle">
              {size}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
