import * as wg from "wasmgrad";
import { gradientCheck } from "wasmgrad/diagnostics";
import type { Prepared } from "../data/prepare.js";
import type { Engine, Report, Sample } from "../protocol.js";
import type { Settings } from "../settings.js";
import { messageOf } from "./failure.js";
import { Gate } from "./gate.js";
import { errorsOf, measure } from "./measure.js";
import { learningRateOf, networkFor } from "./network.js";
import { TURN, turn } from "./turn.js";

/** A network in training. */
export interface Run {
  play(): void;
  pause(): void;
  /** Trains so many epochs, one where nothing is said. */
  step(epochs?: number): void;
  /** Ends the run, without a word. */
  drop(): void;
  checkGradient(): Promise<void>;
}

/** What a run does with what comes of it. */
export interface Watch {
  report(report: Report): void;
  /** Milliseconds between two pictures at least. */
  readonly pictureEvery: number;
}

/** Pictures of a run at least: a small network would be trained before anyone has seen it learn. */
const PICTURES = 100;
/** Of the time of training, what points of the curves between two pictures may take. */
const CURVE_SHARE = 0.4;
/** As long again and again must be left for training as a picture has taken. */
const SHARE = 2;
/** Milliseconds of training that a speed is measured over at least: a browser's clock is coarse. */
const LEAST_BUSY = 10;

/**
 * Makes the network and begins to train it, paused. One `fit` trains it from the first epoch to the last: a callback holds it where the page
 * pauses, and reports how it gets on.
 */
export async function startRun(
  run: number,
  settings: Settings,
  data: Prepared,
  { report, pictureEvery }: Watch,
): Promise<Run> {
  const network = networkFor(settings, data);
  const { model, batchSize } = network;
  const { epochs, earlyStopping, patience } = settings.training;
  const gate = new Gate();
  let isDropped = false;
  let ended: Report[] | undefined;

  // Steps whose speed is not known yet, and the milliseconds that they took.
  let [steps, busy, since] = [0, 0, 0];
  let stepsPerSecond = 0;
  let [nextTurn, nextPicture] = [0, 0];
  /** The epoch of the last picture, and how many epochs may pass until the next one. */
  let shown = 0;
  const stride = Math.ceil(epochs / PICTURES);
  /** Points of the curves since the last picture, and the milliseconds that training and such points have taken. */
  let between: Sample[] = [];
  let [trained, spent] = [0, 0];

  const show = async (): Promise<void> => {
    const begun = performance.now();
    const measured = await measure(network, data);
    if (busy >= LEAST_BUSY) {
      stepsPerSecond = (1000 * steps) / busy;
      [steps, busy] = [0, 0];
    }
    report({ type: "progress", run, playing: gate.isOpen && !ended, since: between, stepsPerSecond, ...measured });
    between = [];
    const now = performance.now();
    nextPicture = now + Math.max(pictureEvery, SHARE * (now - begun));
    shown = model.epoch;
  };

  const worked = (): void => {
    const now = performance.now();
    busy += now - since;
    trained += now - since;
    since = now;
  };

  /** A point of the curves alone, which takes less than a picture. */
  const point = async (): Promise<void> => {
    worked();
    const { epoch, position } = model;
    between.push({
      epoch,
      learningRate: learningRateOf(network.optimizer, position.step),
      ...(await errorsOf(network, data)),
    });
    const now = performance.now();
    spent += now - since;
    since = now;
  };

  /** Between two steps: a picture where it is time for one, the page's commands, and a rest where it has paused. */
  const rest = async (context: wg.FitContext): Promise<void> => {
    worked();
    const isLate = model.epoch - shown >= stride;
    await turn(isLate ? nextPicture - performance.now() : 0);
    if (!isDropped && !model.stopTraining && model.epoch < epochs) {
      if (isLate || !gate.isOpen || performance.now() >= nextPicture) await show();
      await gate.opened();
    }
    if (isDropped) context.stop("it was dropped");
    since = performance.now();
    nextTurn = since + TURN;
  };

  const watch: wg.Callback = {
    onTrainBegin() {
      since = performance.now();
    },
    onBatchEnd(_batch, _logs, context) {
      steps++;
      return performance.now() < nextTurn ? undefined : rest(context);
    },
    onEpochEnd(_epoch, _logs, context) {
      gate.count();
      const goesOn = gate.isOpen && model.epoch - shown < stride && performance.now() < nextTurn;
      if (!goesOn) return rest(context);
      return spent <= CURVE_SHARE * trained ? point() : undefined;
    },
  };

  const train = async (): Promise<void> => {
    await gate.opened();
    if (isDropped) return;
    const stopping = wg.callbacks.earlyStopping({ patience });
    const { stopped } = await model.fit(data.train, {
      epochs,
      batchSize,
      ...(earlyStopping ? { validation: data.measured.dev } : {}),
      callbacks: earlyStopping ? [stopping, watch] : [watch],
    });
    if (isDropped) return;
    const best = earlyStopping ? "; the weights of the best epoch are back" : "";
    const why = `${stopped ?? `all ${epochs} epochs are trained`}${best}`;
    end([{ type: "ended", run, why }]);
    await show();
    report({ type: "ended", run, why });
  };

  const end = (reports: Report[]): void => {
    ended = reports;
    gate.close();
  };

  report({ type: "ready", run, data: data.view, parameters: countOf(model), engine: engineOf() });
  await show();
  train().catch((error) => {
    end([
      { type: "failed", run, message: messageOf(error) },
      { type: "ended", run, why: "it went wrong" },
    ]);
    for (const each of ended ?? []) report(each);
  });

  const goOn = (count?: number): void => {
    if (ended) for (const each of ended) report(each);
    else gate.open(count);
  };
  return {
    play: () => goOn(),
    step: (count = 1) => goOn(count),
    pause: () => gate.close(),
    drop() {
      isDropped = true;
      gate.open();
    },
    async checkGradient() {
      await wg.init({ float64: true });
      const found = await gradientCheck(model, data.sample.x, data.sample.y, { maxEntries: 300 });
      const { verdict, difference, summary } = found;
      report({ type: "checked", run, passed: verdict === "right", difference, text: summary });
    },
  };
}

/** Weights that are trained: the moving averages of batch normalization are none. */
function countOf(model: wg.Sequential): number {
  const trained = model.variables.filter(({ name }) => !name.includes("/moving"));
  return trained.reduce((sum, { size }) => sum + size, 0);
}

function engineOf(): Engine {
  const { threads, notes } = wg.capabilities();
  // The last note is that about threads.
  return { threads, why: threads > 1 ? "" : (notes.at(-1) ?? "") };
}
