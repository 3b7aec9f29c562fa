import { biasVariance, gradientFlow } from "wasmgrad/diagnostics";
import { IMAGES_SHOWN } from "../data/images.js";
import type { Prepared } from "../data/prepare.js";
import type { Errors, Guesses, Progress } from "../protocol.js";
import { insideOf } from "./inside.js";
import { learningRateOf, type Network } from "./network.js";

type Measured = Omit<Progress, "type" | "run" | "playing" | "since" | "stepsPerSecond">;

/** Where the model stands: its errors, what it predicts over the picture, what is inside it, and what the library makes of that. */
export async function measure(network: Network, data: Prepared): Promise<Measured> {
  const { model, optimizer } = network;
  const { loss, score } = await errorsOf(network, data);
  const flow = await gradientFlow(model, data.sample.x, data.sample.y);
  const surface = surfaceOf(network, data);
  const guesses = guessesOf(network, data);
  return {
    epoch: model.epoch,
    step: model.position.step,
    learningRate: learningRateOf(optimizer, model.position.step),
    loss,
    score,
    ...(surface ? { surface } : {}),
    ...(guesses ? { guesses } : {}),
    ...insideOf(network, data),
    biasVariance: biasVariance(fractionsOf(data, score)).summary,
    gradientFlow: flow.summary,
  };
}

/** Losses and scores of the three parts: the accuracy, or the root of the mean squared error in the units of the target. */
export async function errorsOf({ model }: Network, data: Prepared): Promise<{ loss: Errors; score: Errors }> {
  const { train, dev, test } = data.measured;
  const found = [await model.evaluate(train), await model.evaluate(dev), await model.evaluate(test)];
  const partsOf = (value: (logs: Record<string, number>) => number): Errors => {
    const [ofTrain, ofDev, ofTest] = found.map(value) as [number, number, number];
    return { train: ofTrain, dev: ofDev, test: ofTest };
  };
  return {
    loss: partsOf(({ loss }) => loss as number),
    score: partsOf(
      ({ accuracy, rootMeanSquaredError }) => accuracy ?? (rootMeanSquaredError as number) * data.deviation,
    ),
  };
}

/** Errors from 0 to 1: the share that is wrong, or the share of the target's variance that is not explained. */
function fractionsOf({ task, deviation }: Prepared, score: Errors): Errors {
  // Of an error that is not finite nothing is explained.
  const unexplained = (each: number) => (each < deviation ? (each / deviation) * (each / deviation) : 1);
  const fraction = (each: number) => (task === "classification" ? 1 - each : unexplained(each));
  return { train: fraction(score.train), dev: fraction(score.dev), test: fraction(score.test) };
}

function surfaceOf({ model }: Network, { task, grid, middle, deviation }: Prepared): Progress["surface"] {
  if (!grid) return undefined;
  const predicted = model.predict(grid.rows);
  const values = predicted.toTypedArray() as Float32Array;
  return {
    side: grid.side,
    channels: predicted.shape[1] as number,
    values: task === "classification" ? values : values.map((each) => middle + deviation * each),
  };
}

function guessesOf({ model }: Network, { images, classes }: Prepared): Guesses | undefined {
  if (!images) return undefined;
  const predicted = model.predict(images.x).toTypedArray() as Float32Array;
  const width = classes.length;
  const confusion = new Uint32Array(width * width);
  const guessed = Array.from(images.y.data as ArrayLike<number>, (truth, row) => {
    const chances = predicted.subarray(row * width, (row + 1) * width);
    const probability = chances.reduce((most, each) => Math.max(most, each), 0);
    const best = Math.max(0, chances.indexOf(probability));
    confusion[truth * width + best] = (confusion[truth * width + best] as number) + 1;
    return { best, probability };
  });
  const shown = guessed.slice(0, IMAGES_SHOWN);
  return {
    classes: Uint8Array.from(shown, ({ best }) => best),
    probabilities: Float32Array.from(shown, ({ probability }) => probability),
    confusion,
  };
}
