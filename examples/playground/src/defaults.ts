import type { DataSettings, LayerSettings, NetworkSettings, Settings, TrainingSettings } from "./settings.js";

// What a visitor begins with, and how far each number goes. Settings from outside, from a link or a file, pass `checked`, so that
// whatever else reads them need not ask.

/** What there is to choose from, in the order in which it is offered. */
export const choices = {
  kind: ["moons", "circles", "spirals", "blobs", "xor", "plane", "ripple", "peaks", "digits", "hand", "csv"],
  normalize: ["none", "standardize", "minMax"],
  activation: ["relu", "tanh", "sigmoid", "leakyRelu", "elu", "gelu", "linear"],
  initializer: ["zeros", "small", "large", "xavierNormal", "glorotUniform", "heNormal"],
  dropoutMode: ["inverted", "classic"],
  optimizer: ["sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw", "lion"],
  schedule: ["constant", "step", "exponential", "inverseTime", "cosine", "oneCycle"],
} as const;

/** Least and greatest value of each number. */
export const limits = {
  rows: [40, 5000],
  noise: [0, 1],
  /** Percent; dev and test keep `least` each. */
  train: [10, 90],
  dev: [5, 85],
  least: 5,
  layers: [0, 8],
  units: [1, 256],
  dropout: [0, 0.9],
  l1: [0, 1],
  l2: [0, 1],
  learningRate: [1e-6, 10],
  batchSize: [1, 4096],
  patience: [1, 1000],
  epochs: [1, 10_000],
  seed: [0, 2 ** 31 - 1],
} as const;

export const defaultLayer: LayerSettings = { units: 8, batchNorm: false, dropout: 0 };

export const defaults: Settings = {
  data: { kind: "moons", rows: 400, noise: 0.3, train: 60, dev: 20, normalize: "standardize", augment: false },
  network: {
    layers: [defaultLayer, defaultLayer],
    activation: "tanh",
    initializer: "xavierNormal",
    dropoutMode: "inverted",
    l1: 0,
    l2: 0,
  },
  training: {
    optimizer: "adam",
    learningRate: 0.01,
    schedule: "constant",
    batchSize: 32,
    earlyStopping: false,
    patience: 20,
    epochs: 300,
    seed: 1,
  },
};

/** Settings of whatever is given: what is missing or no value is the default, numbers are brought within their limits. */
export function checked(given: unknown): Settings {
  const { data, network, training } = recordOf(given);
  return { data: checkedData(data), network: checkedNetwork(network), training: checkedTraining(training) };
}

function checkedData(given: unknown): DataSettings {
  const it = recordOf(given);
  const { data } = defaults;
  const train = whole(it.train, limits.train, data.train);
  const greatest = Math.min(limits.dev[1], 100 - limits.least - train);
  return {
    kind: oneOf(it.kind, choices.kind, data.kind),
    rows: whole(it.rows, limits.rows, data.rows),
    noise: number(it.noise, limits.noise, data.noise),
    train,
    dev: whole(it.dev, [limits.dev[0], greatest], data.dev),
    normalize: oneOf(it.normalize, choices.normalize, data.normalize),
    augment: truth(it.augment, data.augment),
  };
}

function checkedNetwork(given: unknown): NetworkSettings {
  const it = recordOf(given);
  const { network } = defaults;
  const layers = Array.isArray(it.layers) ? it.layers.slice(0, limits.layers[1]).map(checkedLayer) : network.layers;
  return {
    layers,
    activation: oneOf(it.activation, choices.activation, network.activation),
    initializer: oneOf(it.initializer, choices.initializer, network.initializer),
    dropoutMode: oneOf(it.dropoutMode, choices.dropoutMode, network.dropoutMode),
    l1: number(it.l1, limits.l1, network.l1),
    l2: number(it.l2, limits.l2, network.l2),
  };
}

function checkedLayer(given: unknown): LayerSettings {
  const it = recordOf(given);
  return {
    units: whole(it.units, limits.units, defaultLayer.units),
    batchNorm: truth(it.batchNorm, defaultLayer.batchNorm),
    dropout: number(it.dropout, limits.dropout, defaultLayer.dropout),
  };
}

function checkedTraining(given: unknown): TrainingSettings {
  const it = recordOf(given);
  const { training } = defaults;
  return {
    optimizer: oneOf(it.optimizer, choices.optimizer, training.optimizer),
    learningRate: number(it.learningRate, limits.learningRate, training.learningRate),
    schedule: oneOf(it.schedule, choices.schedule, training.schedule),
    batchSize: it.batchSize === "full" ? "full" : whole(it.batchSize, limits.batchSize, training.batchSize),
    earlyStopping: truth(it.earlyStopping, training.earlyStopping),
    patience: whole(it.patience, limits.patience, training.patience),
    epochs: whole(it.epochs, limits.epochs, training.epochs),
    seed: whole(it.seed, limits.seed, training.seed),
  };
}

type Limits = readonly [least: number, greatest: number];

function number<T>(given: unknown, [least, greatest]: Limits, otherwise: T): number | T {
  // The default has to be within limits too, which depend on other settings.
  const value = typeof given === "number" && !Number.isNaN(given) ? given : otherwise;
  // 0 + turns −0, which no link can tell from 0, into 0.
  return typeof value === "number" ? 0 + Math.min(greatest, Math.max(least, value)) : value;
}

function whole<T>(given: unknown, [least, greatest]: Limits, otherwise: T): number | T {
  return number(typeof given === "number" ? Math.round(given) : given, [least, greatest], otherwise);
}

function oneOf<T extends string>(given: unknown, known: readonly T[], otherwise: T): T {
  return known.includes(given as T) ? (given as T) : otherwise;
}

function truth(given: unknown, otherwise: boolean): boolean {
  return typeof given === "boolean" ? given : otherwise;
}

function recordOf(given: unknown): Readonly<Record<string, unknown>> {
  return given !== null && typeof given === "object" ? (given as Record<string, unknown>) : {};
}
