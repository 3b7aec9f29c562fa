import { batchNormalization } from "../../../nn/layers/batch-normalization.js";
import { layerNormalization } from "../../../nn/layers/layer-normalization.js";
import { instanceNorm, localResponseNormalization } from "../../../nn/operations/normalization.js";
import type { Operators } from "./operator.js";

export const normalization: Operators = {
  BatchNormalization(node, builder) {
    const x = node.flow();
    const given = x.dims.length > 2 ? builder.last(x) : builder.plain(x);
    const [gamma, beta, movingMean, movingVariance] = ["scale", "shift", "mean", "variance"].map(
      (what, i) => node.known(i + 1, `a ${what}`).array,
    );
    const layer = batchNormalization({ epsilon: node.float("epsilon", 1e-5), momentum: node.float("momentum", 0.9) });
    return [builder.through(layer, given, { gamma, beta, movingMean, movingVariance } as never)];
  },

  InstanceNormalization(node, builder) {
    const x = builder.last(node.flow());
    const [gamma, beta] = [node.known(1, "a scale"), node.known(2, "a bias")];
    return [builder.one(instanceNorm, [x, gamma, beta], { epsilon: node.float("epsilon", 1e-5) }, x.layout)];
  },

  /** ONNX divides alpha by the size of the neighbourhood, of which the odd channel lies behind. */
  LRN(node, builder) {
    const x = builder.last(node.flow());
    const size = node.int("size", 1);
    const depthRadius = [Math.floor((size - 1) / 2), Math.floor(size / 2)];
    const [alpha, beta, bias] = [node.float("alpha", 1e-4) / size, node.float("beta", 0.75), node.float("bias", 1)];
    return [builder.one(localResponseNormalization, [x], { depthRadius, bias, alpha, beta }, x.layout)];
  },

  LayerNormalization(node, builder) {
    const x = builder.plain(node.flow());
    const axis = node.int("axis", -1);
    if (axis !== -1 && axis !== x.dims.length - 1) throw node.unsupported(`axis ${axis}; the last one is`);
    const gamma = node.known(1, "a scale").array;
    const beta = node.inputs[2] ? node.known(2, "a bias").array : undefined;
    const layer = layerNormalization({ epsilon: node.float("epsilon", 1e-5), center: beta !== undefined });
    return [builder.through(layer, x, { gamma, ...(beta ? { beta } : {}) })];
  },
};
