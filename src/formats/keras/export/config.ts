import { constraintFrom, regularizerFrom } from "../../../nn/by-name.js";
import type { LayerConfig as Saved } from "../../../nn/layer.js";
import type { Shape } from "../../../util/shapes.js";
import { Unsupported } from "../../graph/unsupported.js";
import { toKeras } from "../activations.js";
import type { NamedArray, Written } from "./written.js";

export type Json = { readonly [name: string]: unknown };

/** For whom a model is written. */
export interface Reader {
  readonly version: 2 | 3;
  /** Rows that the model was trained on, the m of regularizers in the course's convention. */
  readonly trainingRows: number | undefined;
  /**
   * The same layer as it has it, where it lacks one that Keras has.
   *
   * @throws Unsupported where it has no equal
   */
  instead?(written: Written, c: OwnConfig, row: Shape, out: Shape): Written;
}

/** `dense_1`'s spelling of `kernelInitializer`. */
export const snake = (name: string): string => name.replace(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase();

/** An object as Keras saves it: of Keras 3 with the module that has its class. */
export function object({ version }: Pick<Reader, "version">, module: string, className: string, config: Json): Json {
  if (version === 2) return { class_name: className, config };
  return { module, class_name: className, config, registered_name: null };
}

/** What is known of a layer by where it stands in a model. */
export interface Place {
  readonly isFedNonNegative: boolean;
  readonly isFedMasked: boolean;
  arrays(): readonly NamedArray[];
}

/** The options of one of our layers, asked for in Keras's words. */
export class OwnConfig {
  constructor(
    readonly kind: string,
    readonly name: string,
    private readonly entries: Saved,
    readonly reader: Reader,
    private readonly place: Partial<Place> = {},
  ) {}

  /** Whether nothing that it is fed is negative. */
  get isFedNonNegative(): boolean {
    return this.place.isFedNonNegative ?? false;
  }

  /** Whether what it is fed says which steps count. */
  get isFedMasked(): boolean {
    return this.place.isFedMasked ?? false;
  }

  /** Its weights, where they are there. */
  get arrays(): readonly NamedArray[] {
    return this.place.arrays?.() ?? [];
  }

  unsupported(what: string): Unsupported {
    return new Unsupported(`${this.kind} "${this.name}": ${what}`);
  }

  get<T>(key: string): T {
    return this.entries[key] as T;
  }

  /** Options under Keras's names for them, the same in snake case. */
  pick(...keys: readonly string[]): Json {
    return Object.fromEntries(keys.map((key) => [snake(key), this.entries[key]]));
  }

  activation(key = "activation"): string {
    const ours = this.get<string>(key);
    const name = toKeras(ours, this.reader.version);
    if (name !== undefined) return name;
    throw this.unsupported(`${key} "${ours}", which Keras ${this.reader.version} does not have`);
  }

  /**
   * Initializer, regularizer and constraint of a weight.
   *
   * @param rank its axes, of which a constraint takes all but the last together
   */
  ofWeight(weight: string, rank: number): Json {
    const [initializer, regularizer, constraint] = ["Initializer", "Regularizer", "Constraint"].map((part) =>
      this.get<Config | undefined>(`${weight}${part}`),
    );
    const theirs = snake(weight);
    return {
      ...(initializer ? { [`${theirs}_initializer`]: this.initializer(initializer) } : {}),
      ...(regularizer ? { [`${theirs}_regularizer`]: this.regularizer(`${weight}Regularizer`, regularizer) } : {}),
      ...(constraint ? { [`${theirs}_constraint`]: this.constraint(constraint, rank) } : {}),
    };
  }

  private initializer({ name, config }: Config): Json {
    // What draws in a way that Keras does not know has drawn already.
    const [className, options] = (initializers[name] ?? initializers.glorotUniform)(config, this.reader.version);
    return object(this.reader, "keras.initializers", className, options);
  }

  private regularizer(argument: string, saved: Config): Json {
    const { l1, l2, rows } = regularizerFrom(`save: ${argument}`, saved) as {
      l1: number;
      l2: number;
      rows?: number | string;
    };
    const m = rows === "training" ? this.reader.trainingRows : (rows ?? 1);
    if (typeof m !== "number") {
      throw this.unsupported(
        `${argument} over m that is not known, as Keras divides by nothing; give it { rows: m } or the plain convention`,
      );
    }
    return object(this.reader, "keras.regularizers", "L1L2", { l1: l1 / m, l2: l2 / m });
  }

  private constraint(saved: Config, rank: number): Json {
    const { name, config } = constraintFrom("save: constraint", saved) as Config;
    const axis = rank === 2 ? 0 : Array.from({ length: rank - 1 }, (_, i) => i);
    const [className, options] = {
      maxNorm: ["MaxNorm", { max_value: config.maxValue, axis }],
      unitNorm: ["UnitNorm", { axis }],
      nonNeg: ["NonNeg", {}],
    }[name] as [string, Json];
    return object(this.reader, "keras.constraints", className, options);
  }
}

interface Config {
  readonly name: string;
  readonly config: Json;
}

type InitializerWriter = (config: Json, version: 2 | 3) => readonly [className: string, config: Json];

const scaling = (scale: unknown, mode: unknown, distribution: unknown, version: 2 | 3): readonly [string, Json] => {
  const word = snake(String(distribution));
  // Keras 2 has it since its middle years only, TensorFlow.js never.
  return [
    "VarianceScaling",
    { scale, mode: snake(String(mode)), distribution: version === 2 ? word.replace("untruncated", "truncated") : word },
  ];
};

const normal =
  (scale: number, mode: string): InitializerWriter =>
  ({ truncated = true }, version) =>
    scaling(scale, mode, truncated ? "truncatedNormal" : "untruncatedNormal", version);

const uniform =
  (scale: number, mode: string): InitializerWriter =>
  (_, version) =>
    scaling(scale, mode, "uniform", version);

const initializers: Readonly<Record<string, InitializerWriter>> & { readonly glorotUniform: InitializerWriter } = {
  zeros: () => ["Zeros", {}],
  ones: () => ["Ones", {}],
  constant: ({ value }) => ["Constant", { value }],
  randomNormal: ({ mean, stdDev }) => ["RandomNormal", { mean, stddev: stdDev }],
  truncatedNormal: ({ mean, stdDev }) => ["TruncatedNormal", { mean, stddev: stdDev }],
  randomUniform: ({ minval, maxval }) => ["RandomUniform", { minval, maxval }],
  varianceScaling: ({ scale, mode, distribution }, version) => scaling(scale, mode, distribution, version),
  glorotUniform: () => ["GlorotUniform", {}],
  glorotNormal: normal(1, "fanAvg"),
  heNormal: normal(2, "fanIn"),
  heUniform: uniform(2, "fanIn"),
  lecunNormal: normal(1, "fanIn"),
  lecunUniform: uniform(1, "fanIn"),
  xavierNormal: normal(1, "fanIn"),
  xavierUniform: uniform(1, "fanIn"),
  orthogonal: ({ gain }) => ["Orthogonal", { gain }],
};
