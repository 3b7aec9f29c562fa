import { useLab } from "./context.js";
import { count, score, scoreName } from "./format.js";

const PLAY = "M7 4.5v15l12-7.5z";
const PAUSE = "M6.5 5h4v14h-4zM13.5 5h4v14h-4z";

function Icon({ path }: { readonly path: string }) {
  return (
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={path} fill="currentColor" />
    </svg>
  );
}

/** Play, step, reset, and where training stands. */
export function Transport() {
  const lab = useLab();
  const playing = lab.playing.value;
  const runs = lab.active.value;
  const epoch = Math.max(...runs.map((run) => run.epochs.value));
  const speed = runs.reduce((sum, run) => sum + (run.playing.value ? (run.progress.value?.stepsPerSecond ?? 0) : 0), 0);
  const task = runs[0]?.data.value?.task ?? "classification";
  return (
    <section class="transport" aria-label="Training">
      <button type="button" class="play" aria-keyshortcuts="p" onClick={lab.toggle}>
        <Icon path={playing ? PAUSE : PLAY} />
        <span>{playing ? "Pause" : "Play"}</span>
      </button>
      <button type="button" class="tool" aria-keyshortcuts="s" disabled={playing} onClick={lab.step}>
        <Icon path="M6 5l9 7-9 7zM16.5 5h2.5v14h-2.5z" />
        <span>Step</span>
      </button>
      <button type="button" class="tool" aria-keyshortcuts="r" onClick={lab.reset}>
        <Icon path="M12 4.5a7.5 7.5 0 1 1-7.2 5.4l2 .6A5.4 5.4 0 1 0 12 6.6v3L7 5.5 12 1.500z" />
        <span>Reset</span>
      </button>
      <dl class="readout">
        <div>
          <dt>Epoch</dt>
          <dd>{count(epoch)}</dd>
        </div>
        <div class="readout-score">
          <dt>Dev {scoreName(task).replace(" (RMSE)", "").toLowerCase()}</dt>
          <dd>
            {runs.map((run, i) => (
              <span key={run.name}>
                {i > 0 && " · "}
                {run.progress.value === undefined ? "–" : score(task, run.progress.value.score.dev)}
              </span>
            ))}
          </dd>
        </div>
        <div class="readout-speed">
          <dt>Steps / s</dt>
          <dd>{speed > 0 ? count(speed) : "–"}</dd>
        </div>
      </dl>
      <label class="race">
        <input
          type="checkbox"
          class="switch"
          checked={lab.racing.value}
          onChange={(event) => lab.race(event.currentTarget.checked)}
        />
        <span>
          Race <span class="race-long">two settings</span>
        </span>
      </label>
    </section>
  );
}
