import type { CaffeSettings } from "../net.js";
import type { Edge, Part } from "./writer.js";

/** Activations that are one layer with these settings. */
const layers: Readonly<Record<string, readonly [string, Readonly<Record<string, CaffeSettings>>]>> = {
  relu: ["ReLU", {}],
  leakyRelu: ["ReLU", { relu_param: { negative_slope: 0.2 } }],
  sigmoid: ["Sigmoid", {}],
  tanh: ["TanH", {}],
  elu: ["ELU", { elu_param: { alpha: 1 } }],
  softplus: ["BNLL", {}],
  softmax: ["Softmax", {}],
};

/** x with an activation behind it. @throws Unsupported */
export function activated({ writer, step }: Part, x: Edge, name: string): Edge {
  const power = (from: Edge, scale: number, shift: number) =>
    writer.layer("Power", [from], { settings: { power_param: { scale, shift } } });
  const known = layers[name];
  if (known) return writer.layer(known[0], [x], { settings: known[1] });
  switch (name) {
    case "linear":
      return x;
    case "silu":
      return writer.layer("Eltwise", [x, writer.layer("Sigmoid", [x])], {
        settings: { eltwise_param: { operation: "PROD" } },
      });
    case "selu": {
      const y = writer.layer("ELU", [x], { settings: { elu_param: { alpha: 1.6732632423543772 } } });
      return power(y, 1.0507009873554805, 0);
    }
    // 6 − relu(6 − relu(x))
    case "relu6":
      return power(writer.layer("ReLU", [power(writer.layer("ReLU", [x]), -1, 6)]), -1, 6);
    default:
      throw writer.unsupported(step, `activation "${name}"`);
  }
}
