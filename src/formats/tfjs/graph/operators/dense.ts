import { matmul } from "../../../../nn/operations/arithmetic.js";
import { einsum } from "../../../../nn/operations/reduction.js";
import type { Builder } from "../../../graph/builder.js";
import { product } from "../../../graph/rows.js";
import { transposed, type Value } from "../../../graph/values.js";
import type { NodeView } from "../../../onnx/node.js";
import type { Operator, Operators } from "../../../onnx/operators/index.js";
import { type Tail, tailBehind, tailOf } from "./fused.js";

type TailOf = (units: number) => Tail;

type Turns = readonly [a: boolean, b: boolean];

const turnsOf = (node: NodeView): Turns => [node.int("transpose_a", 0) === 1, node.int("transpose_b", 0) === 1];
const adjointsOf = (node: NodeView): Turns => [node.int("adj_x", 0) === 1, node.int("adj_y", 0) === 1];

/** a · b; with rows that come and a weight a dense layer. */
function multiplied(node: NodeView, builder: Builder, [turnA, turnB]: Turns, tailFor: TailOf): readonly Value[] {
  const [a, b] = [node.input(0), node.input(1)];
  if (a.kind === "flow" && b.kind === "known" && b.array.shape.length === 2 && a.dims.length > 1 && !turnA) {
    const kernel = turnB ? transposed(b.array, [1, 0]) : b.array;
    const { bias, activation, finish } = tailFor(kernel.shape[1] as number);
    return [finish(product(builder, a, kernel, bias, { activation }))];
  }
  return [builder.one(matmul, [a, b], { transposeA: turnA, transposeB: turnB })];
}

const batched: Operator = (node, builder, behind) =>
  multiplied(node, builder, adjointsOf(node), (units) => tailBehind(behind, units));

export const dense: Operators = {
  MatMul: (node, builder, behind) => multiplied(node, builder, turnsOf(node), (units) => tailBehind(behind, units)),
  _FusedMatMul(node, builder, behind) {
    node.flow();
    node.known(1, "a kernel");
    if (turnsOf(node)[0]) throw node.unsupported("transpose_a");
    return multiplied(node, builder, turnsOf(node), (units) => tailOf(node, builder, behind, units));
  },
  BatchMatMul: batched,
  BatchMatMulV2: batched,
  BatchMatMulV3: batched,
  Einsum: (node, builder) => builder.operate(einsum, node.inputs as Value[], { equation: node.text("equation", "") }),
};
