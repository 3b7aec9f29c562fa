import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { DataSettings } from "../../settings.js";
import { useLab } from "../context.js";
import { count, number } from "../format.js";
import { Augmented } from "../images/augmented.js";
import { Field, Select, Slider, Toggle, useSetting } from "./field.js";
import { Thumbnail } from "./thumbnail.js";

const KINDS: readonly (readonly [DataSettings["kind"], string])[] = [
  ["moons", "Moons"],
  ["circles", "Circles"],
  ["spirals", "Spirals"],
  ["blobs", "Blobs"],
  ["xor", "XOR"],
  ["plane", "Plane"],
  ["ripple", "Ripple"],
  ["peaks", "Peaks"],
  ["digits", "Digits"],
  ["hand", "My digits"],
  ["csv", "CSV"],
];

export const kindName = (kind: DataSettings["kind"]): string => KINDS.find(([each]) => each === kind)?.[1] ?? kind;

function Kinds() {
  const setting = useSetting<DataSettings["kind"]>("data.kind");
  const name = useId();
  return (
    <fieldset class="kinds">
      <legend class="hidden">Data set</legend>
      {KINDS.map(([kind, label]) => (
        <label key={kind} class="kind">
          <input type="radio" name={name} checked={setting.value === kind} onChange={() => setting.set(kind)} />
          <span class="kind-face">
            <Thumbnail kind={kind} />
            <span>{label}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** The visitor's own table: chosen, dropped or pasted. */
function Table() {
  const lab = useLab();
  const pasted = useSignal("");
  const id = useId();
  const open = async (file: File | undefined): Promise<void> => {
    if (file !== undefined) lab.open(file.name, await file.text());
  };
  return (
    <div class="table-drop">
      <label class="button wide" for={`${id}file`}>
        {lab.table.value === undefined ? "Choose a CSV file" : `Using ${lab.table.value.name}`}
        <input
          id={`${id}file`}
          type="file"
          accept=".csv,text/csv,text/plain"
          onChange={(event) => open(event.currentTarget.files?.[0])}
        />
      </label>
      <label class="small" for={`${id}text`}>
        or paste rows; the last column is learnt
      </label>
      <textarea
        id={`${id}text`}
        rows={3}
        spellcheck={false}
        placeholder={"height,weight,species\n4.1,12,cat\n9.8,30,dog"}
        value={pasted.value}
        onInput={(event) => (pasted.value = event.currentTarget.value)}
      />
      <button
        type="button"
        class="button"
        disabled={pasted.value.trim() === ""}
        onClick={() => lab.open("pasted rows", pasted.value)}
      >
        Use these rows
      </button>
      <p class="small">It stays in this page: nothing is sent, and a link does not hold it.</p>
    </div>
  );
}

const PARTS = ["Train", "Dev", "Test"] as const;

function Split() {
  const train = useSetting<number>("data.train");
  const dev = useSetting<number>("data.dev");
  const id = useId();
  const test = 100 - train.value - dev.value;
  const lab = useLab();
  const set = (nextTrain: number, nextDev: number): void => {
    const settings = lab.edited.value.settings.value;
    const kept = Math.min(90, Math.max(10, nextTrain));
    lab.change({
      ...settings,
      data: { ...settings.data, train: kept, dev: Math.min(95 - kept, Math.max(5, nextDev)) },
    });
  };
  const shares = [train.value, dev.value, test];
  return (
    <Field path="data.split">
      <div class="split-bar" aria-hidden="true">
        {shares.map((share, i) => (
          <span key={PARTS[i]} class={`split-part split-${i}`} style={{ flexGrow: share }} />
        ))}
      </div>
      <div class="split-inputs">
        <label for={`${id}train`}>
          Train
          <span>
            <input
              id={`${id}train`}
              type="number"
              min={10}
              max={90}
              step={5}
              value={train.value}
              onChange={(event) => set(Number(event.currentTarget.value), dev.value)}
            />
            %
          </span>
        </label>
        <label for={`${id}dev`}>
          Dev
          <span>
            <input
              id={`${id}dev`}
              type="number"
              min={5}
              max={85}
              step={5}
              value={dev.value}
              onChange={(event) => set(train.value, Number(event.currentTarget.value))}
            />
            %
          </span>
        </label>
        <div>
          Test
          <span class="split-rest">{test} %</span>
        </div>
      </div>
    </Field>
  );
}

export function DataPanel() {
  const kind = useSetting<DataSettings["kind"]>("data.kind").value;
  return (
    <>
      <Kinds />
      {kind === "csv" && <Table />}
      {kind !== "csv" && kind !== "hand" && (
        <div class={kind === "digits" ? undefined : "two"}>
          <Slider path="data.rows" min={50} max={kind === "digits" ? 5000 : 1000} step={50} show={count} />
          {kind !== "digits" && <Slider path="data.noise" min={0} max={1} step={0.05} show={number} />}
        </div>
      )}
      <Split />
      <Select
        path="data.normalize"
        options={[
          ["none", "As it is"],
          ["standardize", "Standardise: mean 0, deviation 1"],
          ["minMax", "Min–max: from 0 to 1"],
        ]}
      />
      {(kind === "digits" || kind === "hand") && (
        <>
          <Toggle path="data.augment" />
          <Augmented />
        </>
      )}
    </>
  );
}
