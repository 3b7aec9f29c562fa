import { checked, limits } from "./defaults.js";
import type { LayerSettings, Settings } from "./settings.js";

// Settings as the part of a URL behind its `#`: v=1&d=moons&n=400&… . Every setting is written, so a link keeps its meaning when defaults
// change. A key never gets another meaning: a link of a later version is read as far as its keys are known.

const VERSION = 1;

/** Always the same text for the same settings; all of its characters may stand in a URL as they are. */
export function toLink(settings: Settings): string {
  const { data, network, training } = settings;
  const pairs: Record<string, string | number> = {
    v: VERSION,
    d: data.kind,
    n: data.rows,
    noise: data.noise,
    split: `${data.train}_${data.dev}`,
    norm: data.normalize,
    aug: bit(data.augment),
    net: network.layers.map(layerText).join("_"),
    act: network.activation,
    init: network.initializer,
    drop: network.dropoutMode,
    l1: network.l1,
    l2: network.l2,
    opt: training.optimizer,
    lr: training.learningRate,
    sched: training.schedule,
    batch: training.batchSize,
    stop: bit(training.earlyStopping),
    wait: training.patience,
    ep: training.epochs,
    seed: training.seed,
  };
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join("&");
}

/** What a link says, with or without the `#`. What it does not say, or says wrongly, is the default: no text is an error. */
export function fromLink(link: string): Settings {
  const it = new URLSearchParams(link.replace(/^[#?]/, ""));
  const text = (key: string) => it.get(key) ?? undefined;
  const [train, dev] = it.get("split")?.split("_") ?? [];
  return checked({
    data: {
      kind: text("d"),
      rows: numberOf(text("n")),
      noise: numberOf(text("noise")),
      train: numberOf(train),
      dev: numberOf(dev),
      normalize: text("norm"),
      augment: truthOf(text("aug")),
    },
    network: {
      layers: layersOf(text("net")),
      activation: text("act"),
      initializer: text("init"),
      dropoutMode: text("drop"),
      l1: numberOf(text("l1")),
      l2: numberOf(text("l2")),
    },
    training: {
      optimizer: text("opt"),
      learningRate: numberOf(text("lr")),
      schedule: text("sched"),
      batchSize: text("batch") === "full" ? "full" : numberOf(text("batch")),
      earlyStopping: truthOf(text("stop")),
      patience: numberOf(text("wait")),
      epochs: numberOf(text("ep")),
      seed: numberOf(text("seed")),
    },
  });
}

const bit = (truth: boolean): string => (truth ? "1" : "0");

/** `8`, with batch normalization `8b`, with a fifth of the units dropped `8d0.2`. */
function layerText({ units, batchNorm, dropout }: LayerSettings): string {
  return `${units}${batchNorm ? "b" : ""}${dropout > 0 ? `d${dropout}` : ""}`;
}

/** Undefined where a layer cannot be read: half a network is none. */
function layersOf(text: string | undefined): LayerSettings[] | undefined {
  if (text === "") return [];
  const found = text?.split("_", limits.layers[1]).map((each) => /^(\d+)(b?)(?:d([\d.e-]+))?$/.exec(each));
  if (!found?.every((each) => each !== null)) return undefined;
  return found.map(([, units, batchNorm, dropout = "0"]) => ({
    units: Number(units),
    batchNorm: batchNorm === "b",
    dropout: Number(dropout),
  }));
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text.trim() === "" ? undefined : Number(text);
}

function truthOf(text: string | undefined): boolean | undefined {
  return text === "1" ? true : text === "0" ? false : undefined;
}
