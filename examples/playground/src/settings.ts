/** Everything that a visitor chooses. A link holds it, and the same settings train the same weights, bit for bit. */
export interface Settings {
  readonly data: DataSettings;
  readonly network: NetworkSettings;
  readonly training: TrainingSettings;
}

export type Task = "classification" | "regression";

export interface DataSettings {
  /** `hand` are digits that the visitor has drawn, `csv` is a table of their own: both stay in the page and are no part of a link. */
  readonly kind:
    | "moons"
    | "circles"
    | "spirals"
    | "blobs"
    | "xor"
    | "plane"
    | "ripple"
    | "peaks"
    | "digits"
    | "hand"
    | "csv";
  readonly rows: number;
  /** Standard deviation, from 0 to 1. */
  readonly noise: number;
  /** Shares of train and dev in percent; the rest is test. */
  readonly train: number;
  readonly dev: number;
  readonly normalize: "none" | "standardize" | "minMax";
  /** Digits are shifted and turned a little. */
  readonly augment: boolean;
}

export interface LayerSettings {
  readonly units: number;
  readonly batchNorm: boolean;
  /** The share of units that are dropped, from 0. */
  readonly dropout: number;
}

export interface NetworkSettings {
  readonly layers: readonly LayerSettings[];
  readonly activation: "relu" | "tanh" | "sigmoid" | "leakyRelu" | "elu" | "gelu" | "linear";
  readonly initializer: "zeros" | "small" | "large" | "xavierNormal" | "glorotUniform" | "heNormal";
  readonly dropoutMode: "inverted" | "classic";
  readonly l1: number;
  readonly l2: number;
}

export interface TrainingSettings {
  readonly optimizer: "sgd" | "momentum" | "nesterov" | "rmsprop" | "adagrad" | "adam" | "adamw" | "lion";
  readonly learningRate: number;
  readonly schedule: "constant" | "step" | "exponential" | "inverseTime" | "cosine" | "oneCycle";
  readonly batchSize: number | "full";
  readonly earlyStopping: boolean;
  readonly patience: number;
  readonly epochs: number;
  readonly seed: number;
}
