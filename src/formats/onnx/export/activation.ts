import type { Edge, Part } from "./writer.js";

/** Activations that are a node with these attributes. */
const nodes: Readonly<Record<string, readonly [string, Readonly<Record<string, { float: number }>>]>> = {
  relu: ["Relu", {}],
  sigmoid: ["Sigmoid", {}],
  tanh: ["Tanh", {}],
  selu: ["Selu", { alpha: { float: 1.6732632423543772 }, gamma: { float: 1.0507009873554805 } }],
  elu: ["Elu", { alpha: { float: 1 } }],
  leakyRelu: ["LeakyRelu", { alpha: { float: 0.2 } }],
  softplus: ["Softplus", {}],
  hardSigmoid: ["HardSigmoid", { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }],
  hardSigmoidKeras2: ["HardSigmoid", { alpha: { float: 0.2 }, beta: { float: 0.5 } }],
};

/** x with an activation behind it. @throws Unsupported */
export function activated({ writer, step }: Part, x: Edge, name: string): Edge {
  const node = (opType: string, inputs: readonly (Edge | string)[], attributes = {}) =>
    writer.node(opType, inputs, attributes, x);
  const times = (y: Edge) => node("Mul", [x, y]);
  const scalar = (value: number, wanted: string) => writer.floats([value], wanted, []);
  const known = nodes[name];
  if (known) return node(known[0], [x], known[1]);
  switch (name) {
    case "linear":
      return x;
    case "softmax":
    case "logSoftmax": {
      const axis = x.isFirst ? 1 : x.rank - 1;
      // Before operator set 13 it goes over all axes from that one on.
      if (writer.opset < 13 && axis !== x.rank - 1) return activated({ writer, step } as Part, writer.last(x), name);
      return node(name === "softmax" ? "Softmax" : "LogSoftmax", [x], { axis });
    }
    case "silu":
      return times(node("Sigmoid", [x]));
    case "mish":
      return times(node("Tanh", [node("Softplus", [x])]));
    case "hardSwish":
      return times(node("HardSigmoid", [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }));
    case "relu6":
      if (writer.opset < 11) return node("Clip", [x], { min: { float: 0 }, max: { float: 6 } });
      return node("Clip", [x, scalar(0, "min"), scalar(6, "max")]);
    case "gelu": {
      const scaled = node("Mul", [x, scalar(Math.SQRT1_2, "scale")]);
      const share = node("Add", [node("Erf", [scaled]), scalar(1, "one")]);
      return node("Mul", [times(share), scalar(0.5, "half")]);
    }
    default:
      throw writer.unsupported(step, `activation "${name}"`);
  }
}
