import { memory } from "../backend/engine.js";
import { checkRange, drawInto, type Stream } from "../tensor/random.js";
import { type Tensor, write } from "../tensor/tensor.js";
import { checkBoolean, checkName, checkNumber, checkOptions, show } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { canonicalName, type Named, named } from "../util/named.js";
import { showShape } from "../util/shapes.js";
import { layerActivation } from "./activations.js";
import { fans } from "./fans.js";
import { orthonormalize } from "./orthogonal.js";

/** Overwrites a tensor with first values. The same stream and shape give the same values. */
export type Initializer = Named<(target: Tensor, stream: Stream) => void>;

/**
 * All 0.
 *
 * @throws ValueError for any option
 * @example
 * wg.initializers.zeros().name; // "zeros"
 */
export function zeros(options: Record<string, never> = {}): Initializer {
  checkNoOptions("initializers.zeros", options);
  return named("zeros", {}, (target) => fill(target, 0));
}

/**
 * All 1.
 *
 * @throws ValueError for any option
 * @example
 * wg.initializers.ones().name; // "ones"
 */
export function ones(options: Record<string, never> = {}): Initializer {
  checkNoOptions("initializers.ones", options);
  return named("ones", {}, (target) => fill(target, 1));
}

/**
 * All `value`.
 *
 * @throws ValueError
 * @example
 * wg.initializers.constant({ value: 0.1 }).config; // { value: 0.1 }
 */
export function constant(options: { value?: number } = {}): Initializer {
  checkOptions("initializers.constant", options, ["value"]);
  const value = checkNumber("initializers.constant", "value", options.value ?? 0);
  return named("constant", { value }, (target) => fill(target, value));
}

/**
 * Normal with `mean` (default 0) and `stdDev` (default 0.05).
 *
 * @throws ValueError
 * @example
 * wg.initializers.randomNormal({ stdDev: 0.01 }).config; // { mean: 0, stdDev: 0.01 }
 */
export function randomNormal(options: { mean?: number; stdDev?: number } = {}): Initializer {
  const { mean, stdDev } = meanAndDeviation("initializers.randomNormal", options);
  return named("randomNormal", { mean, stdDev }, (target, stream) => {
    draw("initializers.randomNormal", target, "random_normal", mean, stdDev, stream);
  });
}

/**
 * Normal with `mean` (default 0) and `stdDev` (default 0.05); what lies further than two deviations out is drawn again.
 *
 * @throws ValueError
 * @example
 * wg.initializers.truncatedNormal().config; // { mean: 0, stdDev: 0.05 }
 */
export function truncatedNormal(options: { mean?: number; stdDev?: number } = {}): Initializer {
  const { mean, stdDev } = meanAndDeviation("initializers.truncatedNormal", options);
  return named("truncatedNormal", { mean, stdDev }, (target, stream) => {
    draw("initializers.truncatedNormal", target, "random_truncated_normal", mean, stdDev, stream);
  });
}

/**
 * Even over [minval, maxval), by default [−0.05, 0.05).
 *
 * @throws ValueError
 * @example
 * wg.initializers.randomUniform().config; // { minval: -0.05, maxval: 0.05 }
 */
export function randomUniform(options: { minval?: number; maxval?: number } = {}): Initializer {
  checkOptions("initializers.randomUniform", options, ["minval", "maxval"]);
  const { minval = -0.05, maxval = 0.05 } = options;
  checkRange("initializers.randomUniform", minval, maxval);
  return named("randomUniform", { minval, maxval }, (target, stream) => {
    draw("initializers.randomUniform", target, "random_uniform", minval, maxval, stream);
  });
}

const modes = ["fanIn", "fanOut", "fanAvg"] as const;
const distributions = ["truncatedNormal", "untruncatedNormal", "uniform"] as const;

interface Scaling {
  scale: number;
  mode: (typeof modes)[number];
  distribution: (typeof distributions)[number];
}

/** The deviation of a standard normal cut off at ±2. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

/**
 * Variance scale / n with n the fan in, the fan out or their mean. `"truncatedNormal"` draws with √(scale/n) / 0.8796, so that after the cut
 * at two deviations √(scale/n) is left; `"untruncatedNormal"` with √(scale/n); `"uniform"` over ±√(3 · scale/n).
 *
 * @param options.scale > 0, default 1
 * @param options.mode default `"fanIn"`
 * @param options.distribution default `"truncatedNormal"`
 * @throws ValueError
 * @example
 * wg.initializers.varianceScaling({ scale: 2, mode: "fanOut" }).name; // "varianceScaling"
 */
export function varianceScaling(options: Partial<Scaling> = {}): Initializer {
  const operation = "initializers.varianceScaling";
  checkOptions(operation, options, ["scale", "mode", "distribution"]);
  const scale = checkNumber(operation, "scale", options.scale ?? 1, { above: 0 });
  const mode = checkName(operation, "mode", canonicalName(options.mode ?? "fanIn", modes), modes);
  const wanted = canonicalName(options.distribution ?? "truncatedNormal", distributions);
  const distribution = checkName(operation, "distribution", wanted, distributions);
  const scaling = { scale, mode, distribution };
  return named("varianceScaling", scaling, (target, stream) => scaled(operation, target, stream, scaling));
}

/**
 * He et al. 2015, for relu and its kin: deviation √(2 / fanIn), normal, cut off at two deviations and widened by 1 / 0.8796 so that this deviation is left.
 *
 * @param options.truncated default true, as in Keras; false: the whole normal
 * @throws ValueError
 * @example
 * wg.initializers.heNormal().name; // "heNormal"
 */
export const heNormal = normalPreset("heNormal", 2, "fanIn");

/**
 * He et al. 2015, for relu and its kin: even over ±√(6 / fanIn), deviation √(2 / fanIn).
 *
 * @throws ValueError for any option
 * @example
 * wg.initializers.heUniform().name; // "heUniform"
 */
export const heUniform = uniformPreset("heUniform", 2, "fanIn");

/**
 * Glorot and Bengio 2010, for tanh and sigmoid: deviation √(2 / (fanIn + fanOut)), normal, cut off at two deviations and widened by 1 / 0.8796 so that this deviation is left.
 *
 * @param options.truncated default true, as in Keras; false: the whole normal
 * @throws ValueError
 * @example
 * wg.initializers.glorotNormal().name; // "glorotNormal"
 */
export const glorotNormal = normalPreset("glorotNormal", 1, "fanAvg");

/**
 * Glorot and Bengio 2010: even over ±√(6 / (fanIn + fanOut)), deviation √(2 / (fanIn + fanOut)).
 *
 * @throws ValueError for any option
 * @example
 * wg.initializers.glorotUniform().name; // "glorotUniform"
 */
export const glorotUniform = uniformPreset("glorotUniform", 1, "fanAvg");

/**
 * The form of Xavier Glorot's rule that counts inputs only: deviation √(1 / fanIn), normal, cut off at two deviations and widened by 1 / 0.8796 so that this deviation is left.
 *
 * @param options.truncated default true, as in Keras; false: the whole normal
 * @throws ValueError
 * @example
 * wg.initializers.xavierNormal().name; // "xavierNormal"
 */
export const xavierNormal = normalPreset("xavierNormal", 1, "fanIn");

/**
 * The form of Xavier Glorot's rule that counts inputs only: even over ±√(3 / fanIn), deviation √(1 / fanIn).
 *
 * @throws ValueError for any option
 * @example
 * wg.initializers.xavierUniform().name; // "xavierUniform"
 */
export const xavierUniform = uniformPreset("xavierUniform", 1, "fanIn");

/**
 * LeCun et al. 1998, for selu and tanh: deviation √(1 / fanIn), normal, cut off at two deviations and widened by 1 / 0.8796 so that this deviation is left.
 *
 * @param options.truncated default true, as in Keras; false: the whole normal
 * @throws ValueError
 * @example
 * wg.initializers.lecunNormal().name; // "lecunNormal"
 */
export const lecunNormal = normalPreset("lecunNormal", 1, "fanIn");

/**
 * LeCun et al. 1998: even over ±√(3 / fanIn), deviation √(1 / fanIn).
 *
 * @throws ValueError for any option
 * @example
 * wg.initializers.lecunUniform().name; // "lecunUniform"
 */
export const lecunUniform = uniformPreset("lecunUniform", 1, "fanIn");

/** Those that are about x far above 0 and about 0 far below: half of what comes in is lost, which He's factor of 2 makes up for. */
const reluKin = ["relu", "leakyRelu", "elu", "gelu", "silu", "softplus"];

/**
 * What fits the activation behind the weights: `heNormal` for relu and its kin (leakyRelu, elu, gelu, silu, softplus; He et al. 2015), `lecunNormal`
 * for selu (Klambauer et al. 2017), `xavierNormal` for all others ("Weight initialization for deep networks" in Ng's "Improving deep neural
 * networks"). A layer of a model looks for it itself: its own activation, or, where that is linear, that of the `activation` layer behind it,
 * past layers without a kernel such as `batchNormalization` and `dropout`.
 *
 * @param options.activation default: found in the model; outside of one `"linear"`
 * @throws ValueError for an unknown activation
 * @example
 * const kernelInitializer = wg.initializers.auto(); // or "auto"
 * wg.layers.dense({ units: 8, activation: "relu", kernelInitializer }).config.kernelInitializer; // { name: "auto" }
 */
export function auto(options: { activation?: string } = {}): Initializer {
  const operation = "initializers.auto";
  checkOptions(operation, options, ["activation"]);
  const { activation } = options;
  if (activation === undefined) return named("auto", {}, autoFor("linear"));
  return named("auto", { activation }, autoFor(layerActivation(operation, activation).name));
}

function autoFor(activation: string): (target: Tensor, stream: Stream) => void {
  const chosen = reluKin.includes(activation) ? heNormal() : activation === "selu" ? lecunNormal() : xavierNormal();
  return (target, stream) => chosen(target, stream);
}

/**
 * `gain` times a random matrix with orthonormal columns (rows, where there are more columns than rows), every such matrix equally likely
 * (Saxe, McClelland, Ganguli 2014). A shape of more axes is taken as [all but the last, last].
 *
 * @param options.gain default 1
 * @throws ValueError; when used, ShapeError for fewer than two axes
 * @example
 * wg.initializers.orthogonal({ gain: 2 }).config; // { gain: 2 }
 */
export function orthogonal(options: { gain?: number } = {}): Initializer {
  checkOptions("initializers.orthogonal", options, ["gain"]);
  const gain = checkNumber("initializers.orthogonal", "gain", options.gain ?? 1);
  return named("orthogonal", { gain }, (target, stream) => {
    const { shape, size } = target;
    if (shape.length < 2) {
      throw new ShapeError(
        `initializers.orthogonal: shape expected two axes or more, got ${showShape(shape)}; use zeros for biases`,
      );
    }
    draw("initializers.orthogonal", target, "random_normal", 0, 1, stream);
    const columns = shape[shape.length - 1] as number;
    const rows = columns === 0 ? 0 : size / columns;
    const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
    const q = Float64Array.from(memory().view(target.at, size, target.dtype));
    orthonormalize(q, count, length);
    const values = q.map((_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      return gain * (q[rows < columns ? i : column * length + row] as number);
    });
    write(target, values);
  });
}

/** @__NO_SIDE_EFFECTS__ */
function uniformPreset(
  name: string,
  scale: number,
  mode: Scaling["mode"],
): (options?: Record<string, never>) => Initializer {
  const operation = `initializers.${name}`;
  return (options = {}) => {
    checkNoOptions(operation, options);
    const scaling: Scaling = { scale, mode, distribution: "uniform" };
    return named(name, {}, (target, stream) => scaled(operation, target, stream, scaling));
  };
}

/** @__NO_SIDE_EFFECTS__ */
function normalPreset(
  name: string,
  scale: number,
  mode: Scaling["mode"],
): (options?: { truncated?: boolean }) => Initializer {
  const operation = `initializers.${name}`;
  return (options = {}) => {
    checkOptions(operation, options, ["truncated"]);
    const truncated = checkBoolean(operation, "truncated", options.truncated ?? true);
    const scaling: Scaling = { scale, mode, distribution: truncated ? "truncatedNormal" : "untruncatedNormal" };
    // Without it where it is the default: older versions read such files too.
    return named(name, truncated ? {} : { truncated }, (target, stream) => scaled(operation, target, stream, scaling));
  };
}

function checkNoOptions(operation: string, options: unknown): void {
  if (options === null || typeof options !== "object" || Array.isArray(options)) {
    throw new ValueError(`${operation}: options expected none, or an empty object, got ${show(options)}`);
  }
  const given = Object.keys(options)[0];
  if (given === undefined) return;
  throw new ValueError(
    `${operation}: unknown option "${given}"; it takes none (setSeed sets the seed, varianceScaling takes scale, mode and distribution)`,
  );
}

function scaled(operation: string, target: Tensor, stream: Stream, { scale, mode, distribution }: Scaling): void {
  const { fanIn, fanOut } = fans(target.shape);
  const n = mode === "fanIn" ? fanIn : mode === "fanOut" ? fanOut : (fanIn + fanOut) / 2;
  const deviation = Math.sqrt(scale / Math.max(1, n));
  if (distribution === "uniform") {
    const limit = Math.sqrt(3) * deviation;
    draw(operation, target, "random_uniform", -limit, limit, stream);
  } else if (distribution === "truncatedNormal") {
    draw(operation, target, "random_truncated_normal", 0, deviation / TRUNCATED_DEVIATION, stream);
  } else {
    draw(operation, target, "random_normal", 0, deviation, stream);
  }
}

function draw(
  operation: string,
  target: Tensor,
  distribution: Parameters<typeof drawInto>[1],
  a: number,
  b: number,
  stream: Stream,
): void {
  requireFloat(operation, "dtype", target.dtype);
  drawInto(target, distribution, a, b, stream);
}

function fill(target: Tensor, value: number): void {
  memory().view(target.at, target.size, target.dtype).fill(value);
}

function meanAndDeviation(operation: string, options: { mean?: number; stdDev?: number }) {
  checkOptions(operation, options, ["mean", "stdDev"]);
  const mean = checkNumber(operation, "mean", options.mean ?? 0);
  const stdDev = checkNumber(operation, "stdDev", options.stdDev ?? 0.05, { min: 0 });
  return { mean, stdDev };
}
