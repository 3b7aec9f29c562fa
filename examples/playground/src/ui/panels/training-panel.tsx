import type { TrainingSettings } from "../../settings.js";
import { number } from "../format.js";
import { Select, Slider, Toggle, useSetting, Whole } from "./field.js";
import { ladder, rungScale } from "./scales.js";

const RATES = ladder(-5, 1);
const rates = rungScale(RATES);
const MOST_SEEDS = 2 ** 31 - 1;

export const OPTIMIZERS: readonly (readonly [TrainingSettings["optimizer"], string])[] = [
  ["sgd", "SGD"],
  ["momentum", "Momentum"],
  ["nesterov", "Nesterov"],
  ["rmsprop", "RMSProp"],
  ["adagrad", "AdaGrad"],
  ["adam", "Adam"],
  ["adamw", "AdamW"],
  ["lion", "Lion"],
];

export const optimizerName = (optimizer: TrainingSettings["optimizer"]): string =>
  OPTIMIZERS.find(([each]) => each === optimizer)?.[1] ?? optimizer;

export function TrainingPanel() {
  const stopping = useSetting<boolean>("training.earlyStopping").value;
  const seed = useSetting<number>("training.seed");
  return (
    <>
      <Select path="training.optimizer" options={OPTIMIZERS} />
      <Slider path="training.learningRate" min={0} max={RATES.length - 1} step={1} scale={rates} show={number} />
      <Select
        path="training.schedule"
        options={[
          ["constant", "Constant"],
          ["step", "Staircase"],
          ["exponential", "Exponential"],
          ["inverseTime", "1 / (1 + decay · epoch)"],
          ["cosine", "Cosine"],
          ["oneCycle", "One cycle"],
        ]}
      />
      <Select
        path="training.batchSize"
        options={[
          ["1", "1 row (stochastic)"],
          ["4", "4 rows"],
          ["8", "8 rows"],
          ["16", "16 rows"],
          ["32", "32 rows"],
          ["64", "64 rows"],
          ["128", "128 rows"],
          ["256", "256 rows"],
          ["full", "All rows (batch)"],
        ]}
      />
      <Toggle path="training.earlyStopping" />
      {stopping && <Slider path="training.patience" min={1} max={100} step={1} />}
      <div class="two">
        <Whole path="training.epochs" min={1} max={10000} />
        <Whole path="training.seed" min={0} max={MOST_SEEDS}>
          <button
            type="button"
            class="button"
            aria-label="Next seed"
            onClick={() => seed.set(seed.value < MOST_SEEDS ? seed.value + 1 : 0)}
          >
            Next
          </button>
        </Whole>
      </div>
    </>
  );
}
