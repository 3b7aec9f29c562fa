import type { LayerSettings } from "../../settings.js";
import { useLab } from "../context.js";
import { number, plural } from "../format.js";
import { differs } from "../settings-diff.js";
import { Diagram } from "./diagram.js";
import { Field, Select, Slider, useSetting } from "./field.js";
import { ladder, rungScale } from "./scales.js";

const MOST_LAYERS = 8;
const MOST_UNITS = 256;
const PENALTIES = [0, ...ladder(-5, 0)];
const penalties = rungScale(PENALTIES);

/** Where a click goes from here: 1, 2, 3, 4, 6, 8, 12, 16, … */
const SIZES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, MOST_UNITS];
const more = (units: number): number => SIZES.find((size) => size > units) ?? MOST_UNITS;
const fewer = (units: number): number => SIZES.findLast((size) => size < units) ?? 1;

interface LayerProps {
  readonly layer: LayerSettings;
  readonly index: number;
  readonly marked: boolean;
  readonly change: (layer: LayerSettings) => void;
  readonly remove: () => void;
}

function Layer({ layer, index, marked, change, remove }: LayerProps) {
  const name = `layer ${index + 1}`;
  return (
    <li class={`layer${marked ? " layer-differs" : ""}`}>
      <span class="layer-number" title={marked ? "Differs from the other configuration" : undefined}>
        {index + 1}
        {marked && <span class="hidden"> differs from the other configuration</span>}
      </span>
      <span class="stepper">
        <button
          type="button"
          aria-label={`Fewer units in ${name}`}
          disabled={layer.units <= 1}
          onClick={() => change({ ...layer, units: fewer(layer.units) })}
        >
          −
        </button>
        <input
          type="number"
          inputMode="numeric"
          aria-label={`Units of ${name}`}
          min={1}
          max={MOST_UNITS}
          value={layer.units}
          onChange={(event) => {
            const units = Math.min(MOST_UNITS, Math.max(1, Math.round(Number(event.currentTarget.value) || 1)));
            event.currentTarget.value = String(units);
            change({ ...layer, units });
          }}
        />
        <button
          type="button"
          aria-label={`More units in ${name}`}
          disabled={layer.units >= MOST_UNITS}
          onClick={() => change({ ...layer, units: more(layer.units) })}
        >
          +
        </button>
      </span>
      <button
        type="button"
        class="chip"
        aria-pressed={layer.batchNorm}
        aria-label={`Batch normalisation in ${name}`}
        title="Batch normalisation"
        onClick={() => change({ ...layer, batchNorm: !layer.batchNorm })}
      >
        N
      </button>
      <select
        class="chip-select"
        aria-label={`Dropout in ${name}`}
        title="Dropout: share of units dropped"
        value={String(layer.dropout)}
        onChange={(event) => change({ ...layer, dropout: Number(event.currentTarget.value) })}
      >
        {[...new Set([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, layer.dropout])]
          .sort((a, b) => a - b)
          .map((share) => (
            <option key={share} value={String(share)}>
              D {Math.round(share * 100)} %
            </option>
          ))}
      </select>
      <button type="button" class="icon" aria-label={`Remove ${name}`} onClick={remove}>
        ×
      </button>
    </li>
  );
}

function Layers() {
  const lab = useLab();
  const setting = useSetting<readonly LayerSettings[]>("network.layers");
  const layers = setting.value;
  const parameters = lab.edited.value.parameters.value;
  return (
    <Field path="network.layers" value={parameters > 0 ? plural(parameters, "parameter") : undefined}>
      <Diagram layers={layers} />
      <ol class="layers">
        {layers.map((layer, i) => (
          <Layer
            key={`layer ${i + 1}`}
            layer={layer}
            index={i}
            marked={differs(lab.changed.value, `network.layers.${i}`)}
            change={(changed) => setting.set(layers.with(i, changed))}
            remove={() => setting.set(layers.toSpliced(i, 1))}
          />
        ))}
      </ol>
      <button
        type="button"
        class="button wide"
        disabled={layers.length >= MOST_LAYERS}
        onClick={() => setting.set([...layers, layers.at(-1) ?? { units: 8, batchNorm: false, dropout: 0 }])}
      >
        + Add a layer
      </button>
    </Field>
  );
}

const penalty = (value: number): string => (value === 0 ? "off" : number(value));

export function NetworkPanel() {
  return (
    <>
      <Layers />
      <Select
        path="network.activation"
        options={[
          ["relu", "relu"],
          ["leakyRelu", "leaky relu"],
          ["elu", "elu"],
          ["gelu", "gelu"],
          ["tanh", "tanh"],
          ["sigmoid", "sigmoid"],
          ["linear", "linear (none)"],
        ]}
      />
      <Select
        path="network.initializer"
        options={[
          ["heNormal", "He: √(2 / inputs)"],
          ["xavierNormal", "Xavier: √(1 / inputs)"],
          ["glorotUniform", "Glorot: both sides"],
          ["small", "Too small"],
          ["large", "Too large"],
          ["zeros", "Zeros"],
        ]}
      />
      <Select
        path="network.dropoutMode"
        options={[
          ["inverted", "Inverted"],
          ["classic", "Classic"],
        ]}
      />
      <div class="two">
        <Slider path="network.l2" min={0} max={PENALTIES.length - 1} step={1} scale={penalties} show={penalty} />
        <Slider path="network.l1" min={0} max={PENALTIES.length - 1} step={1} scale={penalties} show={penalty} />
      </div>
    </>
  );
}
