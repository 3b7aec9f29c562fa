import { useLab } from "../context.js";
import { Collect } from "../digit/collect.js";
import { Confusion } from "./confusion.js";
import { GuessGrid } from "./guess-grid.js";

/** What takes the place of the picture where rows are images: what the network takes them for. */
export function ImageHero() {
  const lab = useLab();
  const runs = lab.active.value;
  const isHand = runs[0]?.settings.value.data.kind === "hand";
  return (
    <section class="card images" aria-label="What the network predicts">
      {isHand && (
        <div>
          <h2>Draw your own data</h2>
          <Collect />
        </div>
      )}
      <div class={lab.racing.value ? "images-two" : "images-one"}>
        {runs.map((run) => (
          <div key={run.name} class="images-one">
            <GuessGrid run={run} />
            <Confusion run={run} />
          </div>
        ))}
      </div>
    </section>
  );
}
