import type { Sample } from "../../protocol.js";
import { useLab } from "../context.js";
import { number, score, scoreName, steady } from "../format.js";
import type { Run } from "../run.js";
import { Chart } from "./chart.js";
import { decimate, sample } from "./decimate.js";
import { plotCurves, type Series } from "./plot-curves.js";
import { nearest, type Readings } from "./reading.js";

const PARTS = ["train", "dev", "test"] as const;
type Part = (typeof PARTS)[number];
/** Parts are told apart by their dashes wherever colour tells the runs apart. */
const DASHES: Readonly<Record<Part, string>> = { train: "none", dev: "6 3", test: "1.5 3" };
const HEIGHT = 156;
const RATE_HEIGHT = 220;

function useSeries(pick: (each: Sample, part: Part) => number): readonly Series[] {
  const lab = useLab();
  const racing = lab.racing.value;
  return lab.active.value.flatMap((run) => {
    void run.epochs.value;
    void run.progress.value;
    return PARTS.map((part) => ({
      name: racing ? `${run.name} ${part}` : part,
      color: racing ? `var(--run-${run.name})` : `var(--part-${part})`,
      dash: DASHES[part],
      points: decimate(
        run.history.map((each) => ({ x: each.epoch, y: pick(each, part) })),
        (point) => point.y,
      ),
    }));
  });
}

function Key({ racing }: { readonly racing: boolean }) {
  const line = (name: string, color: string, dash: string) => (
    <span class="key" key={name}>
      <svg viewBox="0 0 20 8" width="20" height="8" aria-hidden="true">
        <line x1="0" x2="20" y1="4" y2="4" stroke={color} stroke-width="2" stroke-dasharray={dash} />
      </svg>
      {name}
    </span>
  );
  return (
    <span class="keys">
      {racing && (["A", "B"] as const).map((name) => line(name, `var(--run-${name})`, "none"))}
      {PARTS.map((part) => line(part, racing ? "currentColor" : `var(--part-${part})`, DASHES[part]))}
    </span>
  );
}

const latest = (runs: readonly Run[], show: (run: Run, part: Part) => string): string =>
  runs
    .map(
      (run) =>
        `${runs.length > 1 ? `${run.name}: ` : ""}${PARTS.map((part) => `${part} ${show(run, part)}`).join(", ")}`,
    )
    .join("; ");

function table(runs: readonly Run[], pick: (each: Sample, part: Part) => string) {
  return {
    columns: ["Epoch", ...runs.flatMap((run) => PARTS.map((part) => (runs.length > 1 ? `${run.name} ${part}` : part)))],
    rows: sample((runs[0] as Run).history).map((each) => [
      each.epoch,
      ...runs.flatMap((run) => {
        const found = run.history.find((other) => other.epoch === each.epoch);
        return PARTS.map((part) => (found === undefined ? "–" : pick(found, part)));
      }),
    ]),
  };
}

const sampleAt = (run: Run, epoch: number): Sample | undefined => {
  const index = nearest(epochsOf([run]), epoch);
  const found = run.history[index];
  return found?.epoch === epoch ? found : undefined;
};

const epochsOf = ([first]: readonly Run[]) => ({
  count: first?.history.length ?? 0,
  placeOf: (index: number) => first?.history[index]?.epoch ?? 0,
});

function readings(runs: readonly Run[], racing: boolean, pick: (each: Sample, part: Part) => string): Readings {
  return {
    ...epochsOf(runs),
    at: (index) => {
      const epoch = runs[0]?.history[index]?.epoch ?? 0;
      return {
        title: `Epoch ${epoch}`,
        values: runs.flatMap((run) => {
          const found = sampleAt(run, epoch);
          return PARTS.map((part) => ({
            name: racing ? `${run.name} ${part}` : part,
            color: racing ? `var(--run-${run.name})` : `var(--part-${part})`,
            text: found === undefined ? "–" : pick(found, part),
          }));
        }),
      };
    },
  };
}

export function LossCurve() {
  const lab = useLab();
  const series = useSeries((each, part) => each.loss[part]);
  const runs = lab.active.value;
  const { log } = lab;
  return (
    <Chart
      title="Loss"
      summary={`Loss by epoch. Now ${latest(runs, (run, part) => (run.progress.value ? steady(run.progress.value.loss[part]) : "not known"))}.`}
      height={HEIGHT}
      inputs={[...runs.map((run) => run.progress.value), log.value]}
      draw={(width, height) => plotCurves(series, { width, height, scale: log.value ? "log" : "linear" })}
      legend={series}
      readings={readings(runs, lab.racing.value, (each, part) => steady(each.loss[part]))}
      table={() => table(runs, (each, part) => steady(each.loss[part]))}
    >
      <Key racing={lab.racing.value} />
      <button
        type="button"
        class="save log"
        aria-pressed={log.value}
        aria-label="log scale of the loss"
        title="Logarithmic scale"
        onClick={() => (log.value = !log.value)}
      >
        log
      </button>
    </Chart>
  );
}

export function ScoreCurve() {
  const lab = useLab();
  const series = useSeries((each, part) => each.score[part]);
  const runs = lab.active.value;
  const task = runs[0]?.data.value?.task ?? "classification";
  return (
    <Chart
      title={scoreName(task)}
      summary={`${scoreName(task)} by epoch. Now ${latest(runs, (run, part) => (run.progress.value ? score(task, run.progress.value.score[part]) : "not known"))}.`}
      height={HEIGHT}
      inputs={[...runs.map((run) => run.progress.value), task]}
      draw={(width, height) =>
        plotCurves(series, { width, height, scale: task === "classification" ? "percent" : "linear" })
      }
      legend={series}
      readings={readings(runs, lab.racing.value, (each, part) => score(task, each.score[part]))}
      table={() => table(runs, (each, part) => score(task, each.score[part]))}
    />
  );
}

export function RateCurve() {
  const lab = useLab();
  const runs = lab.active.value;
  const series = runs.map((run) => {
    void run.epochs.value;
    return {
      name: lab.racing.value ? run.name : "rate",
      color: lab.racing.value ? `var(--run-${run.name})` : "var(--part-train)",
      dash: run.name === "B" ? "6 3" : "none",
      points: decimate(
        run.history.map((each) => ({ x: each.epoch, y: each.learningRate })),
        (point) => point.y,
      ),
    };
  });
  return (
    <Chart
      title="Learning rate"
      summary={`Learning rate by epoch. Now ${runs.map((run) => number(run.progress.value?.learningRate ?? Number.NaN)).join(" and ")}.`}
      height={RATE_HEIGHT}
      inputs={[...runs.map((run) => run.progress.value)]}
      draw={(width, height) => plotCurves(series, { width, height, scale: "linear" })}
      legend={series}
      readings={{
        ...epochsOf(runs),
        at: (index) => {
          const epoch = runs[0]?.history[index]?.epoch ?? 0;
          return {
            title: `Epoch ${epoch}`,
            values: runs.map((run, i) => ({
              name: series[i]?.name ?? "",
              color: series[i]?.color ?? "",
              text: number(sampleAt(run, epoch)?.learningRate ?? Number.NaN),
            })),
          };
        },
      }}
      table={() => ({
        columns: ["Epoch", ...runs.map((run) => (runs.length > 1 ? `Rate of ${run.name}` : "Rate"))],
        rows: sample((runs[0] as Run).history).map((each) => [
          each.epoch,
          ...runs.map((run) =>
            number(run.history.find((other) => other.epoch === each.epoch)?.learningRate ?? Number.NaN),
          ),
        ]),
      })}
    />
  );
}
