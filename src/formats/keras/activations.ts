/** Keras's names of activations, and ours; of several for one the first is the newer. */
export const activations: Readonly<Record<string, string>> = {
  linear: "linear",
  relu: "relu",
  relu6: "relu6",
  sigmoid: "sigmoid",
  tanh: "tanh",
  softmax: "softmax",
  log_softmax: "logSoftmax",
  elu: "elu",
  selu: "selu",
  gelu: "gelu",
  softplus: "softplus",
  hard_sigmoid: "hardSigmoid",
  silu: "silu",
  swish: "silu",
  hard_silu: "hardSwish",
  hard_swish: "hardSwish",
  mish: "mish",
  leaky_relu: "leakyRelu",
};

/** Ours for a name in a file. The hard sigmoid of Keras 3 is another function than that of its forerunners. */
export function fromKeras(name: string, version: number): string | undefined {
  const ours = Object.hasOwn(activations, name) ? activations[name] : undefined;
  return ours === "hardSigmoid" && version < 3 ? "hardSigmoidKeras2" : ours;
}

/** What that version calls one of ours; undefined where it has none. */
export function toKeras(ours: string, version: 2 | 3): string | undefined {
  if (version === 2 && ours === "silu") return "swish";
  if (version === 2 && ours === "hardSwish") return undefined;
  return Object.keys(activations).find((name) => fromKeras(name, version) === ours);
}
