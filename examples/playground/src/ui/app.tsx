import { useSignal } from "@preact/signals";
import type { DataView2D } from "../protocol.js";
import { Announcer } from "./announcer.js";
import { DataTable } from "./charts/chart.js";
import { LossCurve, RateCurve, ScoreCurve } from "./charts/curves.js";
import { Histograms } from "./charts/histograms.js";
import { LabContext, useLab } from "./context.js";
import { DrawDigit } from "./digit/draw-digit.js";
import { plural } from "./format.js";
import { Header } from "./header.js";
import { ImageHero } from "./images/image-hero.js";
import type { Lab, Shown } from "./lab.js";
import { Rail } from "./panels/rail.js";
import { Legend } from "./picture/legend.js";
import { Picture } from "./picture/picture.js";
import { pictureTable } from "./picture/picture-table.js";
import { PACES } from "./player.js";
import { Search } from "./search.js";
import { Transport } from "./transport.js";
import { Verdicts } from "./verdicts.js";

function Message() {
  const lab = useLab();
  return (
    <div class="message" role="alert">
      {lab.message.value !== "" && (
        <p>
          {lab.message.value}
          <button type="button" class="icon" aria-label="Dismiss" onClick={() => (lab.message.value = "")}>
            ×
          </button>
        </p>
      )}
    </div>
  );
}

/** What the networks make of the plane, with the rows on it. */
function Pictures() {
  const lab = useLab();
  const open = useSignal(false);
  const data = lab.runs.A.data.value;
  const shown = lab.shown.value;
  const surfaces = lab.active.value.map(
    (run) => [lab.racing.value ? `Predicted by ${run.name}` : "Predicted", run.progress.value?.surface] as const,
  );
  return (
    <section class={`card pictures${lab.racing.value ? " pictures-two" : ""}`} aria-label="What the network predicts">
      {lab.active.value.map((run) => (
        <Picture key={run.name} run={run} shown={shown} />
      ))}
      {data !== undefined && (
        <Legend
          data={data}
          shown={shown}
          toggle={(part) => (lab.shown.value = shown.map((on, i) => (i === part ? !on : on)) as unknown as Shown)}
        />
      )}
      {data !== undefined && (
        <details class="data" onToggle={(event) => (open.value = event.currentTarget.open)}>
          <summary>
            Data<span class="hidden"> of the picture</span>
          </summary>
          {open.value && <DataTable caption="The picture, as numbers" table={pictureTable(data, surfaces)} />}
        </details>
      )}
    </section>
  );
}

function Hero() {
  const { kind } = useLab().runs.A.settings.value.data;
  return kind === "digits" || kind === "hand" ? <ImageHero /> : <Pictures />;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What happens on play; nothing before there are rows. */
function invitation(data: DataView2D | undefined): string {
  if (data === undefined) return "";
  if (data.task === "regression") return "Press Play: the network learns the value at each place.";
  if (data.images) return "Press Play: the network learns to tell digits apart.";
  const { classes } = data;
  if (classes.length > 3) return `Press Play: the network learns to tell ${classes.length} classes apart.`;
  return `Press Play: the network learns to tell ${classes.slice(0, -1).join(", ")} from ${classes.at(-1)}.`;
}

/** Where training stands, in words, and how fast it may go. */
function Status() {
  const lab = useLab();
  const ended = lab.active.value
    .filter((run) => run.ended.value !== "")
    .map((run) => (lab.racing.value ? `${run.name}: ${run.ended.value}.` : `${capital(run.ended.value)}.`));
  const idle = lab.epoch.value > 0 ? "Paused" : invitation(lab.runs.A.data.value);
  return (
    <div class="status">
      <p>{ended.join(" ") || (lab.playing.value ? "Training…" : idle)}</p>
      <select
        aria-label="Pace of training"
        value={String(lab.pace.value)}
        onChange={(event) => lab.setPace(Number(event.currentTarget.value))}
      >
        {PACES.map((pace) => (
          <option key={pace} value={String(pace)}>
            {pace === 0 ? "Full speed" : `${pace} epochs / s`}
          </option>
        ))}
      </select>
    </div>
  );
}

function Footer() {
  const engine = useLab().runs.A.engine.value;
  return (
    <footer class="footer">
      <p>
        Everything is trained in this page
        {engine !== undefined && `, on ${plural(engine.threads, "thread")}${engine.why ? ` (${engine.why})` : ""}`}.
        Nothing leaves your device.
      </p>
    </footer>
  );
}

function Page() {
  const lab = useLab();
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the picture
      </button>
      <Header />
      <div class="layout">
        <Rail />
        <main id="main" tabIndex={-1}>
          <Transport />
          <Message />
          <div class={`stage${lab.racing.value ? " stage-race" : ""}`}>
            <Hero />
            <section class="card curves" aria-label="Curves">
              <Status />
              <LossCurve />
              <ScoreCurve />
            </section>
          </div>
          <section class="card" aria-labelledby="verdicts">
            <h2 id="verdicts">What the library says</h2>
            <Verdicts />
          </section>
          <section class="card" aria-labelledby="layers">
            <h2 id="layers">Inside the layers</h2>
            <p class="lead">On one scale from layer to layer: a signal that dies gets narrower on the way.</p>
            <Histograms />
          </section>
          <section class="card" aria-labelledby="search">
            <h2 id="search">Random search</h2>
            <Search />
          </section>
          <div class="pair">
            <section class="card" aria-labelledby="digit">
              <h2 id="digit">Draw a digit</h2>
              <p class="lead">A network that this library trained on MNIST guesses while you draw.</p>
              <DrawDigit />
            </section>
            <section class="card" aria-labelledby="rate">
              <h2 id="rate">Schedule</h2>
              <p class="lead">The rate that each epoch was trained with.</p>
              <RateCurve />
            </section>
          </div>
          <Footer />
        </main>
      </div>
      <Announcer />
    </>
  );
}

export function App({ lab }: { readonly lab: Lab }) {
  return (
    <LabContext.Provider value={lab}>
      <Page />
    </LabContext.Provider>
  );
}
