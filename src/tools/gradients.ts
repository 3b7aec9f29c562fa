import { operations } from "../nn/operations/index.js";
import type { Attributes, Operation } from "../nn/operations/operation.js";
import { mul } from "../ops/arithmetic.js";
import { sum } from "../ops/reduce.js";
import { valueAndGrad } from "../tensor/grad.js";
import { scope } from "../tensor/scope.js";
import { Tensor, tensor } from "../tensor/tensor.js";
import { isFloat } from "../util/dtypes.js";
import { sizeOfShape } from "../util/shapes.js";

/** What an operation is tried on: shapes of numbers, or whole tensors; and its parameters. */
interface Sample {
  readonly operands?: readonly (readonly number[] | Tensor)[];
  readonly attributes?: Attributes;
}

/** Different numbers between 0.1 and 0.9, where all operations are smooth. */
function numbers(shape: readonly number[], seed: number): Tensor {
  const value = (i: number) => 0.1 + (0.8 * ((i * 37 + seed * 11) % 101)) / 101;
  return tensor(
    Float32Array.from({ length: sizeOfShape(shape) }, (_, i) => value(i)),
    shape,
  );
}

const places = (shape: readonly number[], ...values: number[]): Tensor => tensor(Int32Array.from(values), shape);

const image = [1, 4, 4, 4];
const two = {
  operands: [
    [2, 3],
    [2, 3],
  ],
} as const;
const recurrent = (gates: number): Sample => ({ operands: [[2, 3, 2], [2, 3 * gates], [3, 3 * gates], [3 * gates]] });

/** Samples of what takes more than one tensor of numbers, or parameters. */
const samples = (): Readonly<Record<string, Sample>> => ({
  ...Object.fromEntries(
    ["add", "div", "fmod", "maximum", "minimum", "mod", "mul", "pow", "sub"].map((name) => [name, two]),
  ),
  ...Object.fromEntries(
    ["equal", "notEqual", "greater", "greaterEqual", "less", "lessEqual"].map((name) => [name, two]),
  ),
  ...Object.fromEntries(
    ["logicalAnd", "logicalOr", "logicalXor"].map((name) => [name, { operands: [truths(), truths()] }]),
  ),
  logicalNot: { operands: [truths()] },
  where: { operands: [truths(), [2], [2]] },
  acosh: { operands: [tensor([1.5, 2])] },
  prelu: { operands: [tensor([-1, 2]), [2]] },
  thresholdedRelu: { attributes: { theta: 0.2 } },
  clipByValue: { attributes: { min: 0, max: 1 } },
  cast: { attributes: { dtype: "float64" } },
  matmul: {
    operands: [
      [2, 3],
      [3, 2],
    ],
  },
  einsum: {
    operands: [
      [2, 3],
      [3, 2],
    ],
    attributes: { equation: "ij,jk->ik" },
  },
  reshape: { attributes: { shape: [-1] } },
  squeeze: { operands: [[1, 3]], attributes: { axis: 0 } },
  expandDims: { attributes: { axis: 0 } },
  broadcastTo: { attributes: { shape: [2, 2, 3] } },
  concat: { ...two, attributes: { axis: 0 } },
  split: { attributes: { sizes: [1, 1], axis: 0 } },
  slice: { attributes: { begin: [0, 1], size: [1, 2] } },
  stridedSlice: { attributes: { begin: [0, 1], end: [1, 3], strides: [1, 1] } },
  tile: { attributes: { reps: [1, 2] } },
  pad: {
    attributes: {
      paddings: [
        [0, 1],
        [1, 0],
      ],
    },
  },
  topk: { attributes: { k: 2 } },
  gather: { operands: [[2, 3], places([1], 1)], attributes: { axis: 0 } },
  gatherND: { operands: [[2, 3], places([1, 1], 1)] },
  takeAlongAxis: { operands: [[2, 3], places([1, 3], 1, 0, 1)], attributes: { axis: 0 } },
  scatterElements: {
    operands: [[2, 3], places([1, 3], 1, 0, 1), [1, 3]],
    attributes: { axis: 0, reduction: "none" },
  },
  tensorScatterUpdate: { operands: [[2, 3], places([1, 1], 1), [1, 3]], attributes: { reduction: "none" } },
  depthToSpace: { operands: [image], attributes: { blockSize: 2 } },
  spaceToDepth: { operands: [image], attributes: { blockSize: 2 } },
  instanceNorm: { operands: [image] },
  localResponseNormalization: { operands: [image] },
  resizeBilinear: { operands: [image], attributes: { size: [3, 5] } },
  resizeNearestNeighbor: { operands: [image], attributes: { size: [3, 5] } },
  simpleRnn: recurrent(1),
  gru: recurrent(3),
  lstm: recurrent(4),
});

const truths = (): Tensor => tensor([1, 0], [2], "bool");

/**
 * Whether a gradient comes back through an operation of `layers.operation` to its first operand of numbers: found by running it.
 *
 * @throws what the operation does where its sample is none of its operands
 */
export function hasGradient(name: string): boolean {
  return scope(() => {
    const { operands = [[2, 3]], attributes = {} } = samples()[name] ?? {};
    const given = operands.map((each, i) => (each instanceof Tensor ? each : numbers(each, i + 1)));
    const at = given.findIndex(({ dtype }) => isFloat(dtype));
    const operation = operations[name] as Operation;
    const first = (x: readonly Tensor[]) => [operation.run(x, attributes)].flat()[0] as Tensor;
    const y = first(given);
    if (at < 0 || !isFloat(y.dtype)) return false;
    // Other weights for each element, as those of a softmax sum to 1.
    const factors = numbers(y.shape, 5);
    const seeded = (x: Tensor): Tensor => {
      const out = first(given.map((each, i) => (i === at ? x : each)));
      return sum(mul(out, tensor(factors.toTypedArray(), out.shape, out.dtype as "float32")));
    };
    const { grad } = valueAndGrad(seeded)(given[at] as Tensor) as { grad: Tensor };
    return grad.toTypedArray().some((value) => value !== 0);
  });
}
