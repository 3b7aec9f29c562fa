import { batch, computed, effect, signal } from "@preact/signals";
import type { DrawnDigit, Own, Report, Trial } from "../protocol.js";
import type { Settings } from "../settings.js";
import type { Connection } from "./connection.js";
import { rememberDrawings, rememberedDrawings } from "./digit/drawings.js";
import { createPlayer } from "./player.js";
import { type Name, Run } from "./run.js";
import { differences, sharing } from "./settings-diff.js";

export interface LabState {
  readonly a: Settings;
  /** Only where two race. */
  readonly b?: Settings;
  /** The epoch that training has come to. */
  readonly at?: number;
  /** Whether the loss is on a logarithmic scale. */
  readonly log?: boolean;
  /** Whether train, dev and test rows are in the picture. */
  readonly shown?: Shown;
}

export type Shown = readonly [train: boolean, dev: boolean, test: boolean];

/** Sliders send many values a second; training starts anew when they rest for so long. */
const REST = 140;

/** All that the page knows and can do. */
export function createLab(connection: Connection, initial: LabState) {
  const runs: Record<Name, Run> = { A: new Run("A", initial.a), B: new Run("B", initial.b ?? initial.a) };
  const racing = signal(initial.b !== undefined);
  const editing = signal<Name>("A");
  const message = signal("");
  const drawings = signal<readonly DrawnDigit[]>(rememberedDrawings());
  const log = signal(initial.log ?? false);
  const shown = signal<Shown>(initial.shown ?? [true, true, true]);
  const table = signal<{ readonly name: string; readonly text: string } | undefined>(undefined);
  const trials = signal<readonly Trial[]>([]);
  const searching = signal(false);
  const probabilities = signal<Float32Array | undefined>(undefined);
  const active = computed((): readonly Run[] => (racing.value ? [runs.A, runs.B] : [runs.A]));
  const player = createPlayer(connection, () => active.value);
  const edited = computed((): Run => runs[racing.value ? editing.value : "A"]);
  const playing = computed(() => active.value.some((run) => run.playing.value));
  const changed = computed(() =>
    racing.value
      ? differences(runs.A.settings.value, runs.B.settings.value)
      : (new Set<string>() as ReadonlySet<string>),
  );
  const stateAt = (at: number): LabState => ({
    a: runs.A.settings.value,
    ...(racing.value ? { b: runs.B.settings.value } : {}),
    ...(at > 0 ? { at } : {}),
    ...(log.value ? { log: true } : {}),
    ...(shown.value.every(Boolean) ? {} : { shown: shown.value }),
  });
  const epoch = computed(() => Math.max(...active.value.map((run) => run.epochs.value)));
  // While it trains the epoch would change many times a second.
  const state = computed((): LabState => stateAt(playing.value ? 0 : epoch.value));

  let lastNumber = 0;
  /** Runs that begin anew when the controls rest, and those among them that go on then. */
  const changing = new Set<Run>();
  const resume = new Set<Run>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const lacksData = (run: Run): boolean => {
    const { kind } = run.settings.value.data;
    return (kind === "csv" && table.value === undefined) || (kind === "hand" && drawings.value.length === 0);
  };

  const ownFor = ({ data }: Settings): Own => {
    if (data.kind === "csv" && table.value !== undefined) return { table: table.value.text };
    return data.kind === "hand" ? { digits: drawings.value } : {};
  };

  const start = (run: Run): void => {
    changing.delete(run);
    if (run.number > 0) connection.send({ type: "drop", run: run.number });
    run.number = ++lastNumber;
    run.forget();
    player.forget(run);
    message.value = "";
    const settings = run.settings.value;
    if (lacksData(run)) {
      run.data.value = undefined;
      run.progress.value = undefined;
      if (settings.data.kind === "csv") {
        message.value = "Choose a CSV file under Data to train on it. It stays in this page.";
      }
      return;
    }
    connection.send({ type: "start", run: run.number, settings, ...ownFor(settings) });
  };

  /** Those that can train on. */
  const ready = (): readonly Run[] => active.value.filter((run) => run.ended.value === "" && !lacksData(run));

  const settle = (): void => {
    clearTimeout(timer);
    batch(() => {
      for (const run of changing) start(run);
      const again = ready().filter((run) => resume.has(run));
      resume.clear();
      player.play(again);
    });
  };

  const startSoon = (run: Run): void => {
    if (run.playing.value) resume.add(run);
    changing.add(run);
    clearTimeout(timer);
    timer = setTimeout(settle, REST);
  };

  connection.onReport = (report: Report) =>
    batch(() => {
      switch (report.type) {
        case "recognized":
          probabilities.value = report.probabilities;
          return;
        case "trial":
          trials.value = [...trials.value, report.trial];
          return;
        case "searched":
          searching.value = false;
          return;
        case "failed": {
          const run = active.value.find((each) => each.number === report.run);
          // What failed has been replaced since.
          if (report.run !== undefined && run === undefined) return;
          message.value = report.message;
          if (run === undefined) searching.value = false;
          else {
            player.forget(run);
            if (run.check.value === "running") run.check.value = undefined;
          }
          return;
        }
        default: {
          const run = active.value.find((each) => each.number === report.run);
          if (run === undefined) return;
          if (report.type === "progress") player.heard(run, report);
          else run.hear(report);
          if (report.type === "ended") player.end(run);
        }
      }
    });

  const change = (run: Run, settings: Settings): void => {
    run.settings.value = settings;
    startSoon(run);
    if (!racing.value) return;
    // Two that race begin together, or one would be ahead.
    const other = run.name === "A" ? runs.B : runs.A;
    other.settings.value = sharing(other.settings.value, settings);
    startSoon(other);
  };

  return {
    runs,
    racing,
    editing,
    message,
    table,
    drawings,
    log,
    shown,
    trials,
    searching,
    probabilities,
    active,
    edited,
    playing,
    changed,
    state,
    epoch,
    /** What a link holds of this very moment. */
    now: (): LabState => stateAt(epoch.value),
    /** Makes what is to be trained, and trains it as far as the link that was opened says. */
    begin(): void {
      active.value.forEach(start);
      if (initial.at) player.step(ready(), initial.at);
    },
    /** The edited configuration becomes `settings`; where two race, the other follows in what they share. */
    change: (settings: Settings): void => batch(() => change(edited.value, settings)),
    toggle(): void {
      if (playing.value) {
        resume.clear();
        return batch(() => active.value.filter((run) => run.playing.value).forEach(player.pause));
      }
      settle();
      batch(() => {
        const isOver = active.value.every((run) => run.ended.value !== "");
        if (isOver) active.value.forEach(start);
        player.play(ready());
      });
    },
    pace: player.pace,
    setPace: (pace: number): void => batch(() => player.setPace(pace)),
    step(): void {
      settle();
      player.step(ready());
    },
    reset: (): void => batch(() => active.value.forEach(start)),
    race(on: boolean): void {
      if (on === racing.value) return;
      batch(() => {
        if (on) {
          runs.B.settings.value = runs.A.settings.value;
          racing.value = true;
          editing.value = "B";
          active.value.forEach(start);
        } else {
          changing.delete(runs.B);
          connection.send({ type: "drop", run: runs.B.number });
          player.forget(runs.B);
          runs.B.forget();
          racing.value = false;
          editing.value = "A";
        }
      });
    },
    checkGradient(run: Run): void {
      settle();
      run.check.value = "running";
      connection.send({ type: "gradientCheck", run: run.number });
    },
    search(amount: number, epochs: number): void {
      trials.value = [];
      searching.value = true;
      const settings = edited.value.settings.value;
      connection.send({ type: "search", settings, trials: amount, epochs, ...ownFor(settings) });
    },
    stopSearch(): void {
      connection.send({ type: "stopSearch" });
      searching.value = false;
    },
    recognize: (pixels: Float32Array): void => connection.send({ type: "recognize", pixels }),
    /** A table of the visitor's own, which becomes the data. */
    open(name: string, text: string): void {
      table.value = { name, text };
      const settings = edited.value.settings.value;
      change(edited.value, { ...settings, data: { ...settings.data, kind: "csv" } });
    },
    /** Digits that the visitor has drawn, which become the data. */
    setDrawings(next: readonly DrawnDigit[]): void {
      drawings.value = next;
      rememberDrawings(next);
      if (edited.value.settings.value.data.kind === "hand") change(edited.value, edited.value.settings.value);
    },
    /** Calls back at once and whenever what a link holds has changed. */
    onState: (listener: (state: LabState) => void): (() => void) => effect(() => listener(state.value)),
  };
}

export type Lab = ReturnType<typeof createLab>;
