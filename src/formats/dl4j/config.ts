import * as activations from "../../nn/operations/activation.js";
import { mul } from "../../nn/operations/arithmetic.js";
import type { Operation } from "../../nn/operations/operation.js";
import * as rectifiers from "../../nn/operations/rectifiers.js";
import { activationNamed, activationNames } from "../../ops/activation.js";
import { FormatError } from "../../util/errors.js";
import { type Builder, known } from "../graph/builder.js";
import { Unsupported } from "../graph/unsupported.js";
import type { Flow } from "../graph/values.js";

export type Json = { readonly [name: string]: unknown };

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * An object of DL4J's JSON that has a type: `{ "dense": { "nin": 3 } }` to 0.8, `{ "@class": "….DenseLayer", "nin": 3 }` from 1.0 on. Types and keys
 * are read without regard to case, and types without what their classes end in.
 */
export class Config {
  private readonly entries: ReadonlyMap<string, unknown>;

  constructor(
    readonly type: string,
    entries: Json,
    /** As errors call it. */
    readonly where: string,
  ) {
    this.entries = new Map(Object.entries(entries).map(([key, value]) => [key.toLowerCase(), value]));
  }

  /** @throws FormatError where it has no type */
  static of(saved: unknown, where: string): Config {
    if (!isObject(saved)) throw new FormatError(`${where}: an object with a type expected, got ${typeof saved}`);
    const named = saved["@class"];
    if (typeof named === "string") return new Config(typeOf(named), saved, where);
    const [only, ...more] = Object.entries(saved);
    if (!only || more.length > 0 || !isObject(only[1])) {
      throw new FormatError(
        `${where}: an object with a type expected, got one of ${Object.keys(saved).length} entries`,
      );
    }
    return new Config(typeOf(only[0]), only[1], where);
  }

  unsupported(what: string): Unsupported {
    return new Unsupported(`${this.where}: ${what}`);
  }

  damaged(expected: string, got: string): FormatError {
    return new FormatError(`${this.where}: ${expected} expected, got ${got}`);
  }

  get(key: string): unknown {
    const found = this.entries.get(key.toLowerCase());
    return found === null || found === "NaN" ? undefined : found;
  }

  text(key: string, otherwise: string): string {
    const found = this.get(key) ?? otherwise;
    if (typeof found === "string") return found;
    throw this.damaged(`a text as ${key}`, typeof found);
  }

  flag(key: string, otherwise: boolean): boolean {
    return (this.get(key) ?? otherwise) === true;
  }

  number(key: string, otherwise: number): number {
    const found = this.get(key) ?? otherwise;
    if (typeof found === "number") return found;
    throw this.damaged(`a number as ${key}`, typeof found);
  }

  /** A whole number. */
  size(key: string, least = 1): number {
    return this.whole(this.get(key), key, least);
  }

  private whole(value: unknown, key: string, least: number): number {
    if (Number.isInteger(value) && (value as number) >= least && (value as number) < 2 ** 31) return value as number;
    throw this.damaged(`a whole number ≥ ${least} as ${key}`, String(value));
  }

  /** Whole numbers, of which there may be one. */
  sizes(key: string, otherwise: readonly number[], least = 1): number[] {
    const found = this.get(key) ?? otherwise;
    const list: readonly unknown[] = Array.isArray(found) ? found : [found];
    if (list.length === 0) throw this.damaged(`whole numbers as ${key}`, "none");
    return list.map((each) => this.whole(each, key, least));
  }

  /** One for height and one for width. */
  pair(key: string, otherwise: number, least = 1): [number, number] {
    const [a, b] = this.sizes(key, [otherwise], least) as [number, number?];
    return [a, b ?? a];
  }

  /** An object with a type within. */
  inner(key: string): Config | undefined {
    const found = this.get(key);
    return found === undefined ? undefined : Config.of(found, `${this.where}: ${key}`);
  }
}

/** `org.deeplearning4j.nn.conf.layers.DenseLayer`, `dense` → `dense`; `ActivationReLU`, `ReLU` → `relu`. */
function typeOf(name: string): string {
  const short = name.replace(/^.*[.$]/, "").toLowerCase();
  return short.replace(/(layer|vertex|preprocessor)$/, "").replace(/^activation(?=.)/, "") || short;
}

/** A function of each element or each row: one that a layer takes by its name, or what is put behind it. */
export interface Activation {
  /** `"linear"` where there is something to be put behind. */
  readonly name: string;
  readonly behind?: (builder: Builder, x: Flow) => Flow;
}

const operate =
  (operation: Operation, attributes: Json = {}) =>
  (builder: Builder, x: Flow): Flow => ({
    ...(builder.one(operation, [x], attributes, x.layout) as Flow),
    dims: x.dims,
  });

const behind = (operation: Operation, attributes: Json = {}): Activation => ({
  name: "linear",
  behind: operate(operation, attributes),
});

/** x · x · x */
const cube: Activation = {
  name: "linear",
  behind(builder, x) {
    const squared = builder.one(mul, [x, x], {}, x.layout);
    return { ...(builder.one(mul, [squared, x], {}, x.layout) as Flow), dims: x.dims };
  },
};

/** By DL4J's names, in both spellings. */
const byName: Readonly<Record<string, (c: Config) => Activation>> = {
  identity: () => ({ name: "linear" }),
  linear: () => ({ name: "linear" }),
  relu(c) {
    const [max, threshold, slope] = [c.get("max"), c.number("threshold", 0), c.number("negativeslope", 0)];
    if (threshold !== 0) throw c.unsupported(`threshold ${threshold}`);
    if (max !== undefined && slope !== 0) throw c.unsupported("a limit together with a slope");
    if (slope !== 0) return behind(activations.leakyRelu, { alpha: slope });
    return max === undefined ? { name: "relu" } : behind(activations.clipByValue, { min: 0, max: c.number("max", 0) });
  },
  relu6: () => ({ name: "relu6" }),
  tanh: () => ({ name: "tanh" }),
  sigmoid: () => ({ name: "sigmoid" }),
  softmax: () => ({ name: "softmax" }),
  softplus: () => ({ name: "softplus" }),
  selu: () => ({ name: "selu" }),
  swish: () => ({ name: "silu" }),
  mish: () => ({ name: "mish" }),
  hardsigmoid: () => ({ name: "hardSigmoidKeras2" }),
  softsign: () => behind(rectifiers.softsign),
  hardtanh: () => behind(activations.clipByValue, { min: -1, max: 1 }),
  rectifiedtanh: () => ({
    name: "tanh",
    behind: operate(activations.relu),
  }),
  elu: (c) => behind(activations.elu, { alpha: c.number("alpha", 1) }),
  lrelu: (c) => behind(activations.leakyRelu, { alpha: c.number("alpha", 0.01) }),
  leakyrelu: (c) => behind(activations.leakyRelu, { alpha: c.number("alpha", 0.01) }),
  thresholdedrelu: (c) => behind(rectifiers.thresholdedRelu, { theta: c.number("theta", 1) }),
  gelu(c) {
    if (!c.flag("precise", false)) throw c.unsupported("gelu that is not precise");
    return { name: "gelu" };
  },
  cube: () => cube,
};

/** The activation of a layer. @throws Unsupported for an unknown one */
export function activationOf(layer: Config, key = "activation", otherwise = ""): Activation {
  const inner = layer.inner(`${key}Fn`);
  const text = layer.get(`${key}Function`);
  const own = inner ?? new Config(String(text ?? otherwise).toLowerCase(), {}, layer.where);
  const known = Object.hasOwn(byName, own.type) ? byName[own.type] : undefined;
  if (!known) throw layer.unsupported(`${key} ${own.type || "none"}`);
  return known(own);
}

/** Whether the steps of a recurrent layer can have it. */
export const isOfSteps = ({ name, behind: rest }: Activation): boolean =>
  rest === undefined && activationNames.some((each) => each === name && activationNamed(each).code !== undefined);

/** A number for operations. */
export const scalar = (value: number) => known(Float32Array.of(value), [], "float32");
