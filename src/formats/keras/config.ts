import { constraints, regularizers } from "../../nn/index.js";
import { fromKeras } from "./activations.js";
import { type Json, SavedConfig } from "./saved.js";

/** Which Keras wrote a model: what some words mean depends on it. */
export interface Dialect {
  /** 1, 2 or 3. */
  readonly version: number;
  /** Of Keras 1 and 2; Theano turned the kernels of convolutions by half a turn. */
  readonly backend: string;
}

/** Entries that say nothing about what a layer computes once its weights are there. */
const SILENT =
  /^(name|trainable|dtype|batch_input_shape|batch_shape|input_shape|input_dtype|input_dim|input_length|sparse|ragged|optional|build_config|registered_name|module|unroll|implementation|consume_less|time_major|use_cudnn|zero_output_for_mask|init|forget_bias_init|\w*_initializer|inner_init|seed|noise_shape|synchronized|renorm\w*|fused|momentum_schedule|supports_masking|quantization_config|autocast|lora_rank|lora_alpha)$/;

/** The config of one layer. Every entry is asked for, silent, or as it is when left out; else the layer is not what Keras had. */
export class LayerConfig extends SavedConfig {
  constructor(
    className: string,
    entries: Json,
    readonly dialect: Dialect,
  ) {
    super(className, entries, SILENT);
  }

  get trainable(): boolean {
    return this.entries.trainable !== false;
  }

  /** Whether images come with their channels in front of their pixels. */
  get isChannelsFirst(): boolean {
    return this.get<string>("data_format", "channels_last") === "channels_first";
  }

  pair(key: string, otherwise: number): [number, number] {
    const value = this.get<number | readonly number[]>(key, otherwise);
    const list = typeof value === "number" ? [value, value] : value;
    return [list[0] as number, (list[1] ?? list[0]) as number];
  }

  /** One number, which Keras 2 writes as a list of one. */
  single(key: string, otherwise: number): number {
    const value = this.get<number | readonly number[]>(key, otherwise);
    return typeof value === "number" ? value : (value[0] as number);
  }

  activation(key = "activation", otherwise = "linear"): string {
    const value = this.get<unknown>(key, otherwise);
    const text = typeof value === "string" ? value : ((value as Json).config as unknown);
    const name = typeof text === "string" ? text : undefined;
    const known = name === undefined ? undefined : fromKeras(name, this.dialect.version);
    if (known === undefined) throw this.unsupported(`${key} ${JSON.stringify(value)}`);
    return known;
  }

  /** Regularizers and constraints of one weight, under our names: `{ kernelRegularizer, kernelConstraint }`. */
  ofWeight(weight: string, ours = weight): Json {
    const regularizer = this.get<Json | undefined>(`${weight}_regularizer`, undefined);
    const constraint = this.get<Json | undefined>(`${weight}_constraint`, undefined);
    return {
      ...(regularizer ? { [`${ours}Regularizer`]: this.regularizer(regularizer) } : {}),
      ...(constraint ? { [`${ours}Constraint`]: this.constraint(constraint) } : {}),
    };
  }

  /** The option of a regularizer alone, where our layer has no constraint for the weight. */
  regularizerOf(weight: string, ours = weight): Json {
    this.only(`${weight}_constraint`, undefined);
    return this.ofWeight(weight, ours);
  }

  private regularizer(saved: Json) {
    const { l1 = 0, l2 = 0 } = (saved.config ?? saved) as { l1?: number; l2?: number };
    if (!/^(L1|L2|L1L2|WeightRegularizer)$/i.test(String(saved.class_name ?? saved.name))) {
      throw this.unsupported(`regularizer ${JSON.stringify(saved)}`);
    }
    return regularizers.l1l2({ l1: Number(l1), l2: Number(l2) });
  }

  private constraint(saved: Json) {
    const name = String(saved.class_name ?? saved.name)
      .toLowerCase()
      .replaceAll("_", "");
    const config = (saved.config ?? saved) as { max_value?: number; m?: number };
    if (name === "maxnorm") return constraints.maxNorm(config.max_value ?? config.m ?? 2);
    if (name === "nonneg") return constraints.nonNeg();
    if (name === "unitnorm") return constraints.unitNorm();
    throw this.unsupported(`constraint ${JSON.stringify(saved)}`);
  }
}

/** Words of Keras 1 in those of Keras 2, by the class. */
const CLASSES: Readonly<Record<string, string>> = {
  Convolution1D: "Conv1D",
  Convolution2D: "Conv2D",
  Deconvolution2D: "Conv2DTranspose",
  SeparableConvolution2D: "SeparableConv2D",
};
const WORDS: Readonly<Record<string, string>> = {
  nb_filter: "filters",
  filter_length: "kernel_size",
  border_mode: "padding",
  subsample: "strides",
  subsample_length: "strides",
  output_dim: "units",
  inner_activation: "recurrent_activation",
  bias: "use_bias",
  p: "rate",
  sigma: "stddev",
  pool_length: "pool_size",
  stride: "strides",
  W_regularizer: "kernel_regularizer",
  U_regularizer: "recurrent_regularizer",
  b_regularizer: "bias_regularizer",
  W_constraint: "kernel_constraint",
  U_constraint: "recurrent_constraint",
  b_constraint: "bias_constraint",
  dropout_W: "dropout",
  dropout_U: "recurrent_dropout",
};

/** A layer of Keras 1 as Keras 2 would write it. */
export function fromKeras1(className: string, config: Json): [string, Json] {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    if (className === "Embedding" && key === "output_dim") out.output_dim = value;
    else if (className === "Embedding" && key === "input_dim") out.input_dim = value;
    else if (key === "dim_ordering") out.data_format = value === "th" ? "channels_first" : "channels_last";
    else if (key === "nb_row") out.kernel_size = [value, config.nb_col];
    else if (key !== "nb_col") out[WORDS[key] ?? key] = value;
  }
  return [CLASSES[className] ?? className, out];
}
