import { useLab } from "./context.js";
import { count, number } from "./format.js";
import type { Run } from "./run.js";

/** The library's text: its last line says what to do, the lines before it say what was measured. */
export function splitVerdict(text: string): { readonly says: string; readonly measured: string } {
  const lines = text.trim().split("\n");
  return { says: lines.at(-1) ?? "", measured: lines.slice(0, -1).join("\n") };
}

function Measured({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    // A region that scrolls must be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class="measured" tabIndex={0} aria-label={`${title}: what was measured`}>
      <pre>{text}</pre>
    </section>
  );
}

function Verdict({ title, says, hint }: { readonly title: string; readonly says: string; readonly hint: string }) {
  return (
    <section class="verdict">
      <h3>{title}</h3>
      <p class="verdict-says">{says === "" ? hint : says}</p>
    </section>
  );
}

function GradientCheck({ run }: { readonly run: Run }) {
  const lab = useLab();
  const check = run.check.value;
  const says =
    check === undefined
      ? "Compares the gradients of this network with differences of its loss. Below 1e−7 they are right."
      : check === "running"
        ? "Checking…"
        : `${check.passed ? "Passed" : "Look closer"}: relative difference ${number(check.difference, 2)}.`;
  return (
    <section class="verdict">
      <h3>Gradient check</h3>
      <p class="verdict-says" aria-live="polite">
        {typeof check === "object" && (
          <span class={check.passed ? "mark mark-good" : "mark mark-bad"} aria-hidden="true" />
        )}
        {says}
      </p>
      <button
        type="button"
        class="button"
        disabled={check === "running" || run.playing.value || run.data.value === undefined}
        onClick={() => lab.checkGradient(run)}
      >
        Check the gradient
      </button>
    </section>
  );
}

function Numbers({
  run,
  texts,
}: {
  readonly run: Run;
  readonly texts: readonly (readonly [title: string, text: string])[];
}) {
  const known = texts.filter(([, text]) => text !== "");
  if (known.length === 0) return null;
  return (
    <details class="data">
      <summary>
        The numbers behind it<span class="hidden"> of {run.name}</span>
      </summary>
      <div class="numbers">
        {known.map(([title, text]) => (
          <Measured key={title} title={title} text={text} />
        ))}
      </div>
    </details>
  );
}

/** What the library says about each run, in words. */
export function Verdicts() {
  const lab = useLab();
  return (
    <>
      {lab.active.value.map((run) => {
        const progress = run.progress.value;
        const errors = splitVerdict(progress?.biasVariance ?? "");
        const flow = splitVerdict(progress?.gradientFlow ?? "");
        const check = run.check.value;
        return (
          <div key={run.name}>
            {lab.racing.value && (
              <p class="run-head">
                <span class={`badge badge-${run.name}`}>{run.name}</span> {count(run.parameters.value)} parameters
              </p>
            )}
            <div class="thirds">
              <Verdict
                title="Bias or variance"
                says={progress?.epoch === 0 ? "" : errors.says}
                hint="Train a little, and the library says whether bias or variance is in the way."
              />
              <Verdict
                title="Gradient flow"
                says={flow.says}
                hint="Train a little, and the library says whether gradients reach all layers."
              />
              <GradientCheck run={run} />
            </div>
            <Numbers
              run={run}
              texts={[
                ["Bias or variance", errors.measured],
                ["Gradient flow", flow.measured],
                ["Gradient check", typeof check === "object" ? check.text : ""],
              ]}
            />
          </div>
        );
      })}
    </>
  );
}
