import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Trial } from "../protocol.js";
import { Chart, DataTable } from "./charts/chart.js";
import { plotParallel, ranked } from "./charts/parallel.js";
import { useLab } from "./context.js";
import { number, plural, score, steady } from "./format.js";

const HEIGHT = 240;

/** Trials with settings drawn at random from a region around the present ones, as lines from setting to setting. */
export function Search() {
  const lab = useLab();
  const amount = useSignal(24);
  const epochs = useSignal(30);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const trials = lab.trials.value;
  const task = lab.edited.value.data.value?.task ?? "classification";
  const take = (trial: Trial): void => lab.change(trial.settings);
  const latest = useRef(trials);
  latest.current = trials;
  useEffect(() => {
    const clicked = (event: MouseEvent): void => {
      const number = (event.target as Element | null)?.closest("[data-trial]")?.getAttribute("data-trial");
      const trial = latest.current.find((each) => String(each.number) === number);
      if (trial !== undefined) take(trial);
    };
    box.current?.addEventListener("click", clicked);
    return () => box.current?.removeEventListener("click", clicked);
  });
  const best = ranked(trials, task);
  const keys = Object.keys(trials[0]?.values ?? {});
  return (
    <div class="search" ref={box}>
      <p class="lead">
        Random search finds good settings sooner than a grid: each trial tries a new value of every setting. Lines run
        from setting to setting to the dev score; the strongest line is the best trial. Click a line to take its
        settings.
      </p>
      <div class="search-form">
        <label for={`${id}amount`}>
          Trials
          <input
            id={`${id}amount`}
            type="number"
            min={4}
            max={200}
            value={amount.value}
            onChange={(event) => (amount.value = Math.min(200, Math.max(4, Number(event.currentTarget.value) || 24)))}
          />
        </label>
        <label for={`${id}epochs`}>
          Epochs each
          <input
            id={`${id}epochs`}
            type="number"
            min={1}
            max={500}
            value={epochs.value}
            onChange={(event) => (epochs.value = Math.min(500, Math.max(1, Number(event.currentTarget.value) || 30)))}
          />
        </label>
        {lab.searching.value ? (
          <button type="button" class="button" onClick={lab.stopSearch}>
            Stop
          </button>
        ) : (
          <button type="button" class="button strong" onClick={() => lab.search(amount.value, epochs.value)}>
            Search
          </button>
        )}
        <span class="small" role="status">
          {trials.length > 0 &&
            `${plural(trials.length, "trial")} of ${trials[0]?.of}. Best: ${score(task, best[0]?.score ?? Number.NaN)}`}
        </span>
      </div>
      {trials.length > 0 && (
        <>
          <Chart
            title="Trials"
            summary={`Settings and dev score of ${plural(trials.length, "trial")}. The best has ${score(task, best[0]?.score ?? Number.NaN)}. The table below lists them.`}
            height={HEIGHT}
            inputs={[trials, task]}
            draw={(width, height) => plotParallel(trials, task, width, height)}
            table={() => ({
              columns: ["Trial", ...keys, "Loss", "Score"],
              rows: best.map((trial) => [
                trial.number,
                ...keys.map((key) => show(trial.values[key])),
                steady(trial.loss),
                score(task, trial.score),
              ]),
            })}
          />
          <DataTable
            caption="The best trials"
            table={{
              columns: ["Trial", ...keys, "Score", "Settings"],
              rows: best.slice(0, 5).map((trial) => [
                trial.number,
                ...keys.map((key) => show(trial.values[key])),
                score(task, trial.score),
                <button
                  key="use"
                  type="button"
                  class="button small-button"
                  aria-label={`Use settings of trial ${trial.number}`}
                  onClick={() => take(trial)}
                >
                  Use
                </button>,
              ]),
            }}
          />
        </>
      )}
    </div>
  );
}

const show = (value: number | string | undefined): string =>
  typeof value === "number" ? number(value) : (value ?? "–");
