import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { useLab } from "../context.js";
import { differs, isShared } from "../settings-diff.js";
import { read, write } from "../settings-path.js";
import { TECHNIQUES } from "../techniques.js";

/** The value at a path of the configuration that is edited, and how to change it. */
export function useSetting<T>(path: string): { readonly value: T; readonly set: (value: T) => void } {
  const lab = useLab();
  return {
    value: read(lab.edited.value.settings.value, path) as T,
    set: (value) => lab.change(write(lab.edited.value.settings.value, path, value)),
  };
}

interface FieldProps {
  readonly path: string;
  /** The id of the control that the label names; without it the label is a heading of a group. */
  readonly control?: string;
  /** The value, to the right of the label. */
  readonly value?: ComponentChildren;
  readonly show?: (value: unknown) => string;
  readonly children: ComponentChildren;
}

/** A control with its name, its explanation on demand, and a mark where the other configuration has another value. */
export function Field({ path, control, value, show = String, children }: FieldProps) {
  const lab = useLab();
  const open = useSignal(false);
  const id = useId();
  const technique = TECHNIQUES[path];
  const marked = useComputed(() => !isShared(path) && differs(lab.changed.value, path));
  if (technique === undefined) return null;
  const other = lab.edited.value.name === "A" ? lab.runs.B : lab.runs.A;
  const theirs = marked.value ? read(other.settings.value, path) : undefined;
  return (
    <div class={`field${marked.value ? " field-differs" : ""}`}>
      <div class="field-head">
        <label for={control} class="field-label">
          {technique.label}
        </label>
        <button
          type="button"
          class="help"
          aria-expanded={open.value}
          aria-controls={id}
          aria-label={`About ${technique.label.toLowerCase()}`}
          onClick={() => (open.value = !open.value)}
        >
          ?
        </button>
        {marked.value && (
          <span class="differs">
            {other.name}
            {typeof theirs === "object" ? " differs" : `: ${show(theirs)}`}
          </span>
        )}
        {value !== undefined && <span class="field-value">{value}</span>}
      </div>
      <div id={id} class="help-text" hidden={!open.value}>
        <p>{technique.what}</p>
        {technique.watch !== "" && (
          <p>
            <strong>Look at:</strong> {technique.watch}
          </p>
        )}
      </div>
      {children}
    </div>
  );
}

interface SelectProps {
  readonly path: string;
  readonly options: readonly (readonly [value: string, label: string])[];
}

export function Select({ path, options }: SelectProps) {
  const setting = useSetting<string | number>(path);
  const id = useId();
  const current = String(setting.value);
  // A link or a trial may hold what is not offered here.
  const known = options.some(([value]) => value === current) ? options : [...options, [current, current] as const];
  const show = (value: unknown): string => options.find(([each]) => each === String(value))?.[1] ?? String(value);
  return (
    <Field path={path} control={id} show={show}>
      <select
        id={id}
        value={current}
        onChange={(event) => {
          const { value } = event.currentTarget;
          setting.set(/^\d+$/.test(value) ? Number(value) : value);
        }}
      >
        {known.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </Field>
  );
}

interface SliderProps {
  readonly path: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly show?: (value: number) => string;
  /** From the slider's position to the value, and back; for scales that are not linear. */
  readonly scale?: { readonly to: (position: number) => number; readonly from: (value: number) => number };
}

const LINEAR = { to: (value: number): number => value, from: (value: number): number => value };

export function Slider({ path, min, max, step, show = String, scale = LINEAR }: SliderProps) {
  const setting = useSetting<number>(path);
  const id = useId();
  const position = Math.min(max, Math.max(min, scale.from(setting.value)));
  return (
    <Field path={path} control={id} value={show(setting.value)} show={(value) => show(value as number)}>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={position}
        style={{ "--share": `${((position - min) / (max - min)) * 100}%` }}
        aria-valuetext={show(setting.value)}
        onInput={(event) => setting.set(scale.to(Number(event.currentTarget.value)))}
      />
    </Field>
  );
}

export function Toggle({ path, disabled = false }: { readonly path: string; readonly disabled?: boolean }) {
  const setting = useSetting<boolean>(path);
  const id = useId();
  return (
    <Field
      path={path}
      control={id}
      show={(value) => (value ? "on" : "off")}
      value={
        <input
          id={id}
          type="checkbox"
          class="switch"
          checked={setting.value}
          disabled={disabled}
          onChange={(event) => setting.set(event.currentTarget.checked)}
        />
      }
    >
      {null}
    </Field>
  );
}

interface WholeProps {
  readonly path: string;
  readonly min: number;
  readonly max: number;
  readonly children?: ComponentChildren;
}

/** A whole number to type. */
export function Whole({ path, min, max, children }: WholeProps) {
  const setting = useSetting<number>(path);
  const id = useId();
  return (
    <Field path={path} control={id}>
      <div class="row">
        <input
          id={id}
          type="number"
          inputMode="numeric"
          min={min}
          max={max}
          value={setting.value}
          onChange={(event) => {
            const typed = Math.round(Number(event.currentTarget.value));
            const value = Number.isFinite(typed) ? Math.min(max, Math.max(min, typed)) : setting.value;
            event.currentTarget.value = String(value);
            setting.set(value);
          }}
        />
        {children}
      </div>
    </Field>
  );
}
