import * as wg from "wasmgrad";
import { type Prepared, prepare } from "../data/prepare.js";
import { checked } from "../defaults.js";
import type { Own, Report, Trial } from "../protocol.js";
import type { Settings } from "../settings.js";
import { errorsOf } from "./measure.js";
import { networkFor } from "./network.js";
import { TURN, turn } from "./turn.js";

interface Search extends Own {
  readonly settings: Settings;
  readonly trials: number;
  readonly epochs: number;
}

/**
 * Random search: each trial draws its settings from a region around those given and trains a few epochs; what counts is the dev set. At
 * random, because a grid tries few values of the one setting that matters (Bergstra and Bengio, 2012).
 *
 * @param isStopped asked after each epoch
 */
export async function search(
  { settings, trials, epochs, ...own }: Search,
  report: (report: Report) => void,
  isStopped: () => boolean,
): Promise<void> {
  const data = await prepare(settings, own);
  const places = wg.randomUniform([trials, 5], 0, 1, "float32", settings.training.seed).toArray() as unknown as Place[];
  for (const [i, place] of places.entries()) {
    const drawn = drawnFrom(settings, place);
    const found = await tried({ ...drawn, training: { ...drawn.training, epochs } }, data, isStopped);
    if (isStopped()) break;
    report({ type: "trial", trial: { number: i + 1, of: trials, settings: drawn, values: valuesOf(drawn), ...found } });
  }
  report({ type: "searched" });
}

/** Where in the region a trial lies, each from 0 to 1. */
type Place = readonly [rate: number, units: number, l2: number, dropout: number, batchSize: number];

const BATCH_SIZES = [8, 16, 32, 64, 128];

/** Rate and penalty are drawn by their order of magnitude: from 0.001 to 0.01 is as far as from 0.01 to 0.1. */
function drawnFrom(around: Settings, [rate, units, l2, dropout, batchSize]: Place): Settings {
  const { network, training } = around;
  const layers = network.layers.map((layer) => ({
    ...layer,
    units: Math.round(layer.units * 4 ** (units - 0.5)),
    dropout: rounded(0.5 * dropout),
  }));
  return checked({
    ...around,
    network: { ...network, layers, l2: rounded(1e-6 * 1e5 ** l2) },
    training: {
      ...training,
      learningRate: rounded(training.learningRate * 100 ** (rate - 0.5)),
      batchSize: BATCH_SIZES[Math.floor(batchSize * BATCH_SIZES.length)],
    },
  });
}

/** Two digits: more would not be read, and powers have other last bits in other browsers. */
const rounded = (value: number): number => Number(value.toPrecision(2));

function valuesOf({ network, training }: Settings): Trial["values"] {
  const [first] = network.layers;
  return {
    "learning rate": training.learningRate,
    ...(first ? { units: first.units, dropout: first.dropout } : {}),
    L2: network.l2,
    "batch size": training.batchSize,
  };
}

/** Loss and score on the dev set; a loss without end where training went out of bounds, as many a trial may. */
async function tried(settings: Settings, data: Prepared, isStopped: () => boolean) {
  const network = networkFor(settings, data);
  let next = 0;
  const stopping = async (_epoch: number, _logs: wg.Logs, context: wg.FitContext): Promise<void> => {
    if (performance.now() < next) return;
    await turn();
    next = performance.now() + TURN;
    if (isStopped()) context.stop("the search was stopped");
  };
  try {
    await network.model.fit(data.train, {
      epochs: settings.training.epochs,
      batchSize: network.batchSize,
      callbacks: [stopping],
    });
  } catch (error) {
    if ((error as Error).name !== "NumericError") throw error;
    return { loss: Number.POSITIVE_INFINITY, score: data.task === "classification" ? 0 : Number.POSITIVE_INFINITY };
  }
  const { loss, score } = await errorsOf(network, data);
  return { loss: loss.dev, score: score.dev };
}
