import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLab } from "../context.js";
import { number, plural } from "../format.js";
import { DataPanel, kindName } from "./data-panel.js";
import { NetworkPanel } from "./network-panel.js";
import { optimizerName, TrainingPanel } from "./training-panel.js";

/** A phone begins with the sections closed, so that the picture is on the first screen. */
const wide = typeof matchMedia === "undefined" || matchMedia("(min-width: 900px)").matches;
const open = { data: signal(wide), network: signal(wide), training: signal(wide) };

interface SectionProps {
  readonly name: keyof typeof open;
  readonly title: string;
  readonly summary: string;
  readonly children: ComponentChildren;
}

function Section({ name, title, summary, children }: SectionProps) {
  return (
    <details
      class="section"
      open={open[name].value}
      onToggle={(event) => (open[name].value = event.currentTarget.open)}
    >
      <summary>
        <h2>{title}</h2>
        <span class="section-summary">{summary}</span>
      </summary>
      <div class="section-body">{children}</div>
    </details>
  );
}

/** All that a visitor chooses, for the configuration that is edited. */
export function Rail() {
  const lab = useLab();
  const { data, network, training } = lab.edited.value.settings.value;
  const units = network.layers.map((layer) => layer.units).join("–");
  return (
    <aside class="rail" aria-label="Settings">
      {lab.racing.value && (
        <fieldset class="tabs">
          <legend>Settings of</legend>
          {(["A", "B"] as const).map((name) => (
            <label key={name} class={`tab tab-${name}`}>
              <input
                type="radio"
                name="editing"
                checked={lab.editing.value === name}
                onChange={() => (lab.editing.value = name)}
              />
              <span class="tab-face">{name}</span>
            </label>
          ))}
          <p class="small">
            {lab.changed.value.size === 0
              ? "A and B are alike. Change something in B."
              : `${plural(lab.changed.value.size, "setting")} differ${lab.changed.value.size === 1 ? "s" : ""}, marked below.`}
          </p>
        </fieldset>
      )}
      <Section
        name="data"
        title="Data"
        summary={`${kindName(data.kind)}${data.kind === "csv" || data.kind === "hand" ? "" : `, ${plural(data.rows, "row")}`}`}
      >
        <DataPanel />
      </Section>
      <Section
        name="network"
        title="Network"
        summary={network.layers.length === 0 ? "no hidden layer" : `${units} ${network.activation}`}
      >
        <NetworkPanel />
      </Section>
      <Section
        name="training"
        title="Training"
        summary={`${optimizerName(training.optimizer)}, rate ${number(training.learningRate)}`}
      >
        <TrainingPanel />
      </Section>
    </aside>
  );
}
