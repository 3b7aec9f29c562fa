import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useLab } from "./context.js";
import { score, scoreName } from "./format.js";
import type { Run } from "./run.js";
import { throttle } from "./throttle.js";

/** Often enough to follow, seldom enough to go on reading. */
const INTERVAL = 10_000;

export function spoken(runs: readonly Run[]): string {
  return runs
    .map((run) => {
      const progress = run.progress.value;
      const task = run.data.value?.task ?? "classification";
      const name = runs.length > 1 ? `${run.name}: ` : "";
      if (progress === undefined) return `${name}not trained yet.`;
      const end = run.ended.value === "" ? "" : ` Ended: ${run.ended.value}`;
      return `${name}epoch ${progress.epoch}, dev ${scoreName(task).toLowerCase()} ${score(task, progress.score.dev)}.${end}`;
    })
    .join(" ");
}

/** Tells a screen reader how training goes, in a calm rhythm, and at once when it ends. */
export function Announcer() {
  const lab = useLab();
  const text = useSignal("");
  const say = useRef(throttle((words: string) => (text.value = words), INTERVAL));
  const playing = lab.playing.value;
  const runs = lab.active.value;
  const ended = runs.map((run) => run.ended.value).join();
  const now = spoken(runs);
  const was = useRef(playing);
  useEffect(() => {
    if (playing) say.current(now);
    else if (was.current) {
      say.current.cancel();
      text.value = now;
    }
    was.current = playing;
  }, [now, playing, ended]);
  return (
    <p class="hidden" role="status" aria-live="polite">
      {text.value}
    </p>
  );
}
