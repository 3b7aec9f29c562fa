import type { FlowLayer } from "./flow-layer.js";

/** How a signal gets through a layer, and why it is judged so. */
export interface FlowVerdict {
  readonly verdict: "vanishing" | "exploding" | "healthy";
  readonly reasons: readonly string[];
}

export interface FlowLimits {
  /** How far a signal may shrink or grow. */
  readonly factor: number;
  /** The share of dead or saturated outputs from which on a layer blocks the gradient. */
  readonly share: number;
}

/** Activations whose output is bounded on both sides, so that a saturated one tells nothing but which side. */
const BOUNDED = ["sigmoid", "hardSigmoid", "hardSigmoidKeras2", "tanh"];
/** An update usually changes weights by about a thousandth (Karpathy, CS231n, "Ratio of weights:updates"). */
const SLOW = 1e-6;
const FAST = 0.1;

/**
 * Each layer against the signal at the ends of the network: its activations against the input, its gradient against that of the output. The
 * output layer's own size is the targets' affair.
 */
export function judgeLayers(layers: readonly FlowLayer[], inputRms: number, limits: FlowLimits): FlowVerdict[] {
  const atOutput = layers[layers.length - 1]?.gradients?.rms ?? 0;
  return layers.map((layer, i) => {
    const output = i === layers.length - 1;
    const grown = output || inputRms === 0 ? undefined : layer.activations.rms / inputRms;
    const back = layer.gradients && atOutput !== 0 ? layer.gradients.rms / atOutput : undefined;
    return judgeLayer(layer, { grown, back, output, silent: layer.gradients !== undefined && atOutput === 0 }, limits);
  });
}

interface Ratios {
  readonly grown: number | undefined;
  readonly back: number | undefined;
  readonly output: boolean;
  readonly silent: boolean;
}

function judgeLayer(
  layer: FlowLayer,
  { grown, back, output, silent }: Ratios,
  { factor, share }: FlowLimits,
): FlowVerdict {
  const { activations, gradients, weights, activation = "" } = layer;
  const exploding: string[] = [];
  const vanishing: string[] = [];
  const finite = Number.isFinite(activations.rms) && Number.isFinite(gradients?.rms ?? 0);
  if (!finite) exploding.push("it holds numbers that are not finite");
  const judge = (ratio: number | undefined, what: string) => {
    if (ratio === undefined || !Number.isFinite(ratio)) return;
    if (ratio > factor) exploding.push(what);
    if (ratio < 1 / factor) vanishing.push(what);
  };
  const growth = `its activations are ${times(grown)} the input`;
  const flow = `its gradient is ${times(back)} that at the output`;
  judge(grown, growth);
  judge(back, flow);
  if (silent) vanishing.push("no gradient comes back from the loss");
  if (!output && activations.dead >= share) {
    vanishing.push(`${percent(activations.dead)} of its units put out 0 for every row`);
  }
  if (!output && BOUNDED.includes(activation) && (activations.saturated ?? 0) >= share) {
    vanishing.push(`${percent(activations.saturated ?? 0)} of its ${activation} outputs are saturated`);
  }
  const verdict = exploding.length > 0 ? "exploding" : vanishing.length > 0 ? "vanishing" : "healthy";
  const reasons = verdict === "exploding" ? exploding : vanishing;
  if (verdict === "healthy") {
    if (grown !== undefined) reasons.push(growth);
    if (back !== undefined) reasons.push(flow);
  }
  const ratio = weights?.updateRatio;
  if (ratio !== undefined && (ratio > FAST || ratio < SLOW)) {
    reasons.push(
      `the next update changes its weights by ${ratio === 0 ? 0 : ratio.toExponential(0)} of their size, where 1e-3 is usual`,
    );
  }
  return { verdict, reasons };
}

const REMEDIES = {
  exploding:
    "Smaller first weights (He for relu, Xavier for tanh), batch normalization, clipped gradients or a lower rate help.",
  vanishing:
    "Weights drawn to fit the activation (He for relu, Xavier for tanh), relu for sigmoid, or batch normalization help.",
};

/** The verdict of the whole network, in sentences. */
export function judgeWhole(layers: readonly (FlowLayer & FlowVerdict)[]): FlowVerdict {
  const is = (verdict: FlowVerdict["verdict"]) => layers.filter((each) => each.verdict === verdict);
  const verdict = is("exploding").length > 0 ? "exploding" : is("vanishing").length > 0 ? "vanishing" : "healthy";
  if (verdict === "healthy") {
    return { verdict, reasons: [`The signal keeps its size through all ${layers.length} layers.`] };
  }
  const found = is(verdict);
  const worst =
    verdict === "vanishing" ? (found[0] as FlowLayer & FlowVerdict) : (found.at(-1) as FlowLayer & FlowVerdict);
  return {
    verdict,
    reasons: [
      `The signal is ${verdict} in ${found.length} of ${layers.length} layers; in ${worst.kind} "${worst.name}" ${worst.reasons.join(", and ")}.`,
      REMEDIES[verdict],
    ],
  };
}

function times(ratio: number | undefined): string {
  if (ratio === undefined) return "";
  return `${ratio >= 0.01 && ratio < 1000 ? Number(ratio.toPrecision(2)) : ratio.toExponential(1)} times`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
