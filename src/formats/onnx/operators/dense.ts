import { add, matmul, mul } from "../../../nn/operations/arithmetic.js";
import { type HostArray, later } from "../../../util/host-array.js";
import type { Builder } from "../../graph/builder.js";
import { product } from "../../graph/rows.js";
import { type Known, transposed, type Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import { activationBehind, type Behind, type Operators } from "./operator.js";

/** The bias that a node adds which alone reads the product. @param adding the operators that add */
export function biasBehind(behind: Behind, units: number, adding: readonly string[] = ["Add"]): HostArray | undefined {
  const next = behind.next();
  if (next === undefined || !adding.includes(next.opType) || next.domain !== "") return undefined;
  const bias = next.inputs.map((name) => behind.value(name)).find((value) => value?.kind === "known");
  if (bias?.kind !== "known" || bias.array.shape.length !== 1 || bias.array.shape[0] !== units) return undefined;
  behind.absorb(next);
  return bias.array;
}

function gemm(node: NodeView, builder: Builder, behind: Behind): readonly Value[] {
  const [alpha, beta] = [node.float("alpha", 1), node.float("beta", 1)];
  const [transA, transB] = [node.int("transA", 0) === 1, node.int("transB", 0) === 1];
  const [a, b, c] = [node.input(0), node.input(1), node.inputs[2]];
  const scaled = (array: Known["array"], factor: number): Known["array"] =>
    factor === 1 ? array : later(array, array.shape, () => Float32Array.from(array.data, (v) => v * factor));
  const simple = a.kind === "flow" && b.kind === "known" && (!c || c.kind === "known") && !transA;
  if (simple && a.kind === "flow" && b.kind === "known" && (!c || c.kind === "known")) {
    const kernel = scaled(transB ? transposed(b.array, [1, 0]) : b.array, alpha);
    const units = kernel.shape[1] as number;
    const { data, shape } = c?.kind === "known" ? scaled(c.array, beta) : { data: undefined, shape: [] };
    const each = data && (data.length === 1 ? new Float32Array(units).fill(data[0] as number) : data);
    if (!data || shape.length < 2 || shape[0] === 1) {
      return [
        product(builder, a, kernel, each && { data: each, shape: [units] }, { activation: activationBehind(behind) }),
      ];
    }
  }
  const times = (x: Value, factor: number) => (factor === 1 ? x : builder.one(mul, [x, constant(factor)]));
  const whole = builder.one(matmul, [builder.plain(a), builder.plain(b)], { transposeA: transA, transposeB: transB });
  const y = times(whole, alpha);
  return [c ? builder.one(add, [y, times(builder.plain(c), beta)]) : y];
}

const constant = (value: number): Known => ({
  kind: "known",
  array: { data: Float32Array.of(value), shape: [], dtype: "float32" },
  name: undefined,
});

export const dense: Operators = {
  Gemm: gemm,
  MatMul(node, builder, behind) {
    const [a, b] = [node.input(0), node.input(1)];
    if (a.kind === "flow" && b.kind === "known" && b.array.shape.length === 2 && a.dims.length > 1) {
      const bias = biasBehind(behind, b.array.shape[1] as number);
      // What the Add was read by is now behind the product.
      return [product(builder, a, b.array, bias, { activation: bias ? "linear" : activationBehind(behind) })];
    }
    return [builder.one(matmul, [builder.plain(a), builder.plain(b)])];
  },
};
