import { type ActivationName, activationNamed, activationNames } from "../ops/activation.js";
import { dense } from "../ops/dense.js";
import { logSoftmaxOfRows, softmaxOfRows } from "../ops/softmax/rows.js";
import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { checkName } from "../util/check.js";
import { canonicalName } from "../util/named.js";

/** An activation as a layer uses it: alone, or behind a matrix product. */
export interface LayerActivation {
  readonly name: string;
  /** The name under which operations apply it as they store, where they can. */
  readonly fused: ActivationName | undefined;
  forward(x: TensorLike): Tensor;
  dense(x: Tensor, kernel: Tensor, bias: Tensor | null): Tensor;
}

/** Those that look at a whole row, and so cannot be applied as a product is stored. */
const ofRows: Record<string, (x: TensorLike) => Tensor> = {
  softmax: softmaxOfRows,
  logSoftmax: logSoftmaxOfRows,
};

const names = /* @__PURE__ */ [...new Set([...activationNames, ...Object.keys(ofRows)])];

/** Whether a layer may have it as its activation. */
export function isActivation(name: string): boolean {
  return names.includes(name);
}

/** The activation of a name in Keras's spelling. @throws ValueError that names the nearest one */
export function layerActivation(kind: string, name: string): LayerActivation {
  const known = checkName(kind, "activation", canonicalName(name, names), names);
  const rows = ofRows[known];
  if (rows) {
    return { name: known, fused: undefined, forward: rows, dense: (x, kernel, bias) => rows(dense(x, kernel, bias)) };
  }
  const activation = activationNamed(known, kind);
  const fused = activation.name as ActivationName;
  return {
    name: activation.name,
    fused,
    forward: activation.forward,
    dense: (x, kernel, bias) => dense(x, kernel, bias, { activation: fused }),
  };
}
