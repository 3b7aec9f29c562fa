import type { DType } from "../../../../util/dtypes.js";
import { toDims, type Value } from "../../../graph/values.js";
import type { OnnxAttribute } from "../../../onnx/model.js";
import { NodeView } from "../../../onnx/node.js";
import { operators } from "../../../onnx/operators/all.js";
import { positive } from "../../../onnx/operators/axes.js";
import type { Operator } from "../../../onnx/operators/index.js";

/** The operator set of ONNX whose meaning operators have that are read as such. */
export const OPERATOR_SET = 17;

interface Given {
  /** Default: those of the node. */
  readonly inputs?: readonly (Value | undefined)[];
  /** Whole numbers. Default: none. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** The operator of ONNX that does the same, once it has inputs and attributes where it looks for them. */
export const like =
  (opType: string, given: (node: NodeView) => Given = () => ({})): Operator =>
  (node, builder, behind) => {
    const { inputs = node.inputs, attributes = {} } = given(node);
    const named = Object.entries(attributes).map(([key, value]): [string, OnnxAttribute] => [
      key,
      typeof value === "number" ? { kind: "int", value } : { kind: "ints", value },
    ]);
    const view = new NodeView({ ...node.node, attributes: new Map(named) }, inputs, OPERATOR_SET);
    return (operators[opType] as Operator)(view, builder, behind);
  };

/** One whole number that an input holds. */
export const numberIn = (node: NodeView, i: number, what: string): number => {
  const [only, ...others] = node.known(i, what).array.data;
  if (only === undefined || others.length > 0) throw node.damaged(`one number as ${what}`, `${others.length}`);
  return Number(only);
};

/** An axis that an input holds, counted from the front. */
export const axisIn = (node: NodeView, i: number, rank: number): number => positive(numberIn(node, i, "an axis"), rank);

export const dtypeOf = (value: Value): DType => (value.kind === "flow" ? value.dtype : value.array.dtype);

/** Elements of a row that a file may ask for by numbers alone: what is beyond is taken for damage. */
export const MOST = 2 ** 26;

/** @throws FormatError for sizes, of a row or with the batch, that no model has */
export function checkSizes(node: NodeView, sizes: readonly number[]): void {
  const row = toDims(sizes).filter((n) => n >= 0);
  const count = row.reduce((product, n) => product * n, 1);
  if (!(count <= MOST)) throw node.damaged(`at most ${MOST} elements in a row`, `[${row.join(", ")}]`);
}
