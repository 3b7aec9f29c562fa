import { leakyRelu } from "../../../../nn/operations/activation.js";
import type { HostArray } from "../../../../util/host-array.js";
import type { Builder } from "../../../graph/builder.js";
import type { Flow, Value } from "../../../graph/values.js";
import type { NodeView } from "../../../onnx/node.js";
import { biasBehind } from "../../../onnx/operators/dense.js";
import { activationBehind, type Behind } from "../../../onnx/operators/operator.js";
import { like } from "./like.js";

/** What stands behind a product or a convolution. */
export interface Tail {
  readonly bias: HostArray | undefined;
  /** What the layer applies as it stores. */
  readonly activation: string;
  /** What is put behind the layer. */
  finish(y: Flow): Value;
}

const activations: Readonly<Record<string, string>> = {
  Relu: "relu",
  Relu6: "relu6",
  Elu: "elu",
  Sigmoid: "sigmoid",
  Tanh: "tanh",
};

/** What the nodes behind this one do, and this one can. */
export function tailBehind(behind: Behind, units: number): Tail {
  const bias = biasBehind(behind, units, ["BiasAdd", "Add", "AddV2"]);
  // What the bias was read by is now behind the layer.
  return { bias, activation: bias ? "linear" : activationBehind(behind), finish: (y) => y };
}

/** What a fused node does by its `fused_ops`, whose operands follow the first two inputs. */
export function tailOf(node: NodeView, builder: Builder, behind: Behind, units: number): Tail {
  const fused = node.texts("fused_ops") ?? [];
  const isBiased = fused[0] === "BiasAdd";
  const [name, ...more] = isBiased ? fused.slice(1) : fused;
  const bias = isBiased ? node.known(2, "a bias").array : undefined;
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== units)) {
    throw node.damaged(`a bias of ${units}`, `[${bias.shape.join(", ")}]`);
  }
  const unsupported = () => node.unsupported(`fused_ops ${fused.join(", ")}`);
  if (more.length > 0) throw unsupported();
  if (name === undefined) return { bias, activation: "linear", finish: (y) => y };
  if (name === "LeakyRelu") {
    const alpha = node.float("leakyrelu_alpha", 0.2);
    return { bias, activation: "linear", finish: (y) => builder.one(leakyRelu, [y], { alpha }) };
  }
  if (name === "Prelu") {
    const slopes = node.known(isBiased ? 3 : 2, "slopes");
    const prelu = (y: Flow) => like("PRelu", () => ({ inputs: [y, slopes] }))(node, builder, behind)[0] as Value;
    return { bias, activation: "linear", finish: prelu };
  }
  const activation = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (activation === undefined) throw unsupported();
  return { bias, activation, finish: (y) => y };
}
