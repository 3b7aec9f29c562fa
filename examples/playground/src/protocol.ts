import type { Stroke } from "./data/raster.js";
import type { Settings, Task } from "./settings.js";

// What the page and the worker in which the library trains say to each other. Each run has a number, which the page gives it: two race at a time.

export type Command =
  /** The most memory that tensors may take, in MB; before anything else is asked. */
  | { readonly type: "limit"; readonly megabytes: number }
  /** Makes data and network anew, at epoch 0, and answers with `ready` and a first `progress`. */
  | ({ readonly type: "start"; readonly run: number; readonly settings: Settings } & Own)
  | { readonly type: "play"; readonly run: number }
  | { readonly type: "pause"; readonly run: number }
  /** So many epochs, one where nothing is said. */
  | { readonly type: "step"; readonly run: number; readonly epochs?: number }
  | { readonly type: "drop"; readonly run: number }
  | { readonly type: "gradientCheck"; readonly run: number }
  /** The probabilities of a drawn digit, 28 × 28 from 0 to 1; by the model that `npm start` has trained. */
  | { readonly type: "recognize"; readonly pixels: Float32Array }
  /** Trains short trials with settings drawn from a region around those given. */
  | ({
      readonly type: "search";
      readonly settings: Settings;
      readonly trials: number;
      readonly epochs: number;
    } & Own)
  | { readonly type: "stopSearch" };

/** What the visitor has brought, where the settings ask for it. */
export interface Own {
  /** Text of a CSV file. */
  readonly table?: string;
  readonly digits?: readonly DrawnDigit[];
}

/** A digit that was drawn, and what it is. */
export interface DrawnDigit {
  readonly digit: number;
  readonly strokes: readonly Stroke[];
}

export type Report =
  | {
      readonly type: "ready";
      readonly run: number;
      readonly data: DataView2D;
      readonly parameters: number;
      readonly engine: Engine;
    }
  | Progress
  | { readonly type: "ended"; readonly run: number; readonly why: string }
  | {
      readonly type: "checked";
      readonly run: number;
      readonly passed: boolean;
      readonly difference: number;
      readonly text: string;
    }
  | { readonly type: "recognized"; readonly probabilities: Float32Array }
  | { readonly type: "trial"; readonly trial: Trial }
  | { readonly type: "searched" }
  /** `message` says what to do. */
  | { readonly type: "failed"; readonly run: number | undefined; readonly message: string };

/** What the library computes on. */
export interface Engine {
  readonly threads: number;
  /** Why there are no more threads; empty where nothing is in the way. */
  readonly why: string;
}

/** The rows that are drawn: of two features (of more, the first two). */
export interface DataView2D {
  readonly task: Task;
  readonly classes: readonly string[];
  /** Pairs. */
  readonly points: Float32Array;
  /** A class number, or the target, for each. */
  readonly targets: Float32Array;
  /** 0 train, 1 dev, 2 test, for each. */
  readonly parts: Uint8Array;
  /** Least and greatest x, least and greatest y, of what is drawn. */
  readonly bounds: readonly [number, number, number, number];
  readonly features: readonly string[];
  /** Where rows are images, which have no place in a plane. */
  readonly images?: Images;
}

/** Images of the dev part, `side` × `side` pixels from 0 to 255 each, and what they are. */
export interface Images {
  readonly side: number;
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
  /** A few of the train part, each followed by what augmentation makes of it in the first epochs; as wide as `EPOCHS_SHOWN` + 1. */
  readonly augmented?: Uint8Array;
}

/** Epochs for which augmented images are shown. */
export const EPOCHS_SHOWN = 4;

export interface Errors {
  readonly train: number;
  readonly dev: number;
  readonly test: number;
}

export interface Histogram {
  readonly layer: string;
  readonly from: number;
  readonly to: number;
  readonly counts: Uint32Array;
  readonly mean: number;
  readonly deviation: number;
}

/** A point of the curves. */
export interface Sample {
  readonly epoch: number;
  readonly learningRate: number;
  readonly loss: Errors;
  /** Shares that are right; root of the mean squared error where the task is regression. */
  readonly score: Errors;
}

export interface Progress extends Sample {
  readonly type: "progress";
  readonly run: number;
  readonly step: number;
  readonly playing: boolean;
  /** Epochs since the last report, oldest first. */
  readonly since: readonly Sample[];
  /** The prediction over `bounds`, `side` × `side`, row by row from the top: the probability of each class in turn, or the value. */
  readonly surface?: { readonly side: number; readonly channels: number; readonly values: Float32Array };
  /** What images are taken for, where rows are images. */
  readonly guesses?: Guesses;
  readonly weights: readonly Histogram[];
  readonly activations: readonly Histogram[];
  readonly gradients: readonly Histogram[];
  /** The verdicts of the library in words. */
  readonly biasVariance: string;
  readonly gradientFlow: string;
  readonly stepsPerSecond: number;
}

export interface Guesses {
  /** The class of each image that is shown, and its probability. */
  readonly classes: Uint8Array;
  readonly probabilities: Float32Array;
  /** Rows of the dev part by what they are and, within that, by what they are taken for. */
  readonly confusion: Uint32Array;
}

export interface Trial {
  readonly number: number;
  readonly of: number;
  readonly settings: Settings;
  /** What was varied, as it is shown. */
  readonly values: Readonly<Record<string, number | string>>;
  readonly loss: number;
  readonly score: number;
}
