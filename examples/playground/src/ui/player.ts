import { signal } from "@preact/signals";
import type { Progress } from "../protocol.js";
import type { Connection } from "./connection.js";
import type { Run } from "./run.js";
import { calm } from "./theme.js";

/** Epochs a second; 0 is as many as the device can. */
export const PACES = [2, 10, 30, 0] as const;
const DEFAULT_PACE = 10;
/** Where less motion is asked for. */
const CALM_PACE = 2;
/** Milliseconds that a round of two at full speed may take: each ends with a picture. */
const ROUND = 100;
const MOST_EPOCHS = 64;

/** Epochs that were asked of one run, or of two that race. */
interface Round {
  /** Those that have not answered yet, and the epoch that each is asked to reach. */
  readonly owed: Map<Run, number>;
  /** What has been said meanwhile: two that race show an epoch when both have reached it. */
  readonly kept: (readonly [Run, Progress])[];
  readonly epochs: number;
  readonly begun: number;
}

/**
 * Lets runs go on at a pace that the eye can follow: a small network trains hundreds of epochs a second, and would be done before anyone saw it
 * learn. At a pace, epochs are asked for when they are due; two that race are asked for the same ones, and the next when both have answered.
 * The weights are the same, as what an epoch does depends on no clock.
 */
export function createPlayer(connection: Connection, active: () => readonly Run[]) {
  const pace = signal<number>(calm() ? CALM_PACE : DEFAULT_PACE);
  /** One that goes on by itself, as fast as it can. */
  const free = new Set<Run>();
  let round: Round | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Epochs of the next round of two at full speed. */
  let stride = 1;

  const ask = (runs: readonly Run[], epochs: number): void => {
    round = {
      owed: new Map(runs.map((run) => [run, run.epochs.value + epochs])),
      kept: [],
      epochs,
      begun: Date.now(),
    };
    for (const run of runs) connection.send({ type: "step", run: run.number, epochs });
  };

  const goOn = (): void => {
    if (round !== undefined || timer !== undefined) return;
    const waiting = active().filter((run) => run.playing.value && !free.has(run));
    // Of two, the one that is behind comes first.
    const least = Math.min(...waiting.map((run) => run.epochs.value));
    const runs = waiting.filter((run) => run.epochs.value === least);
    const [only] = runs;
    if (only === undefined) return;
    if (pace.value > 0) ask(runs, 1);
    else if (active().length > 1) ask(runs, stride);
    else {
      free.add(only);
      connection.send({ type: "play", run: only.number });
    }
  };

  /** Ends the round when all have answered: both are shown at once. */
  const settle = (): void => {
    if (round === undefined || round.owed.size > 0) return;
    const { kept, epochs, begun } = round;
    round = undefined;
    for (const [run, progress] of kept) run.hear(progress);
    const took = Date.now() - begun;
    const fitting = Math.round((epochs * ROUND) / Math.max(1, took));
    stride = Math.min(MOST_EPOCHS, 2 * epochs, Math.max(1, fitting));
    const due = pace.value > 0 ? 1000 / pace.value - took : 0;
    timer = setTimeout(
      () => {
        timer = undefined;
        goOn();
      },
      Math.max(0, due),
    );
  };

  const release = (run: Run): void => {
    run.playing.value = false;
    free.delete(run);
    if (round?.owed.delete(run)) settle();
  };

  const pause = (run: Run): void => {
    run.playing.value = false;
    // Of a round, the epochs that were asked for are the last; nothing need be told.
    if (free.delete(run)) connection.send({ type: "pause", run: run.number });
  };

  return {
    pace,
    pause,
    play(runs: readonly Run[]): void {
      for (const run of runs) run.playing.value = true;
      goOn();
    },
    /** So many epochs of each, and no more. */
    step(runs: readonly Run[], epochs = 1): void {
      clearTimeout(timer);
      timer = undefined;
      if (round === undefined && runs.length > 0) ask(runs, epochs);
    },
    /** It has ended, or begins anew: nothing more is asked of it, and what it has said in this round is of the past. */
    forget(run: Run): void {
      const said = round?.kept.findIndex(([each]) => each === run) ?? -1;
      if (said >= 0) round?.kept.splice(said, 1);
      release(run);
    },
    /** It has ended by itself. */
    end: release,
    heard(run: Run, progress: Progress): void {
      const goal = round?.owed.get(run);
      const isAhead = progress.epoch > run.epochs.value;
      if (round === undefined || !isAhead || active().length === 1) run.hear(progress);
      else round.kept.push([run, progress]);
      if (goal !== undefined && progress.epoch >= goal) round?.owed.delete(run);
      settle();
    },
    setPace(next: number): void {
      const playing = active().filter((run) => run.playing.value);
      playing.forEach(pause);
      pace.value = next;
      for (const run of playing) run.playing.value = true;
      goOn();
    },
  };
}
