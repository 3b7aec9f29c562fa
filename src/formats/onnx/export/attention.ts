import type { HostArray } from "../../../util/host-array.js";
import type { LayerWriter } from "./layers.js";
import type { Edge, Part } from "./writer.js";

const BOOL = 9;
const FLOAT = 1;
/** What a score loses where nobody may look: e to that is 0. */
const FAR = 1e9;

/** x · kernel + bias, the kernel as a matrix. */
function projected({ writer, weights }: Part, x: Edge, part: string, rows: number, columns: number): Edge {
  const kernel = weights[`${part}Kernel`] as HostArray;
  const bias = weights[`${part}Bias`];
  const product = writer.node("MatMul", [x, writer.tensor({ ...kernel, shape: [rows, columns] }, part)], {}, x);
  if (!bias) return product;
  return writer.node("Add", [product, writer.tensor({ ...bias, shape: [columns] }, `${part}Bias`)], {}, x);
}

/** 1 where a query may look at a key, 0 elsewhere; undefined: everywhere. */
function shown(
  { writer, step }: Part,
  mask: Edge | undefined,
  queries: number,
  keys: number,
): Edge | string | undefined {
  const ahead = Array.from({ length: queries * keys }, (_, i) => (i % keys > Math.floor(i / keys) ? 0 : 1));
  const causal = step.layer.config.causal ? writer.floats(ahead, "causal", [1, 1, queries, keys]) : undefined;
  if (!mask) return causal;
  const row = (step.inputShapes.at(-1) as readonly number[]).slice();
  const shape = writer.integers([0, ...[1, 1, 1].slice(row.length), ...row], "mask");
  const like = { rank: 4, isFirst: false };
  const placed = writer.node("Reshape", [writer.last(mask), shape], {}, like);
  const seen = writer.node("Cast", [writer.node("Cast", [placed], { to: BOOL }, like)], { to: FLOAT }, like);
  return causal ? writer.node("Mul", [seen, causal], {}, like) : seen;
}

const multiHeadAttention: LayerWriter = (part) => {
  const { writer, step, inputs } = part;
  const { numHeads, keyDim, valueDim, useMask } = step.layer.config as Record<string, number>;
  const [heads, depth, width] = [numHeads, keyDim, valueDim] as [number, number, number];
  const given = (useMask ? inputs.slice(0, -1) : inputs).map((each) => writer.last(each));
  const [query, value = query, key = value] = given as [Edge, Edge?, Edge?];
  const shapeOf = (i: number) => step.inputShapes[Math.min(i, given.length - 1)] as readonly number[];
  const like = { rank: 4, isFirst: false };
  const split = (x: Edge, steps: number, size: number, perm: readonly number[]) => {
    const shape = writer.integers([0, steps, heads, size], "heads");
    return writer.node("Transpose", [writer.node("Reshape", [x, shape], {}, like)], { perm }, like);
  };
  const [[queries, features], [keys, values], [, keyFeatures]] = [shapeOf(0), shapeOf(1), shapeOf(2)] as [
    [number, number],
    [number, number],
    [number, number],
  ];
  const q = projected(part, query, "query", features, heads * depth);
  const scaled = writer.node("Mul", [q, writer.floats([1 / Math.sqrt(depth)], "scale", [])], {}, q);
  const k = projected(part, key, "key", keyFeatures, heads * depth);
  const v = projected(part, value, "value", values, heads * width);
  const product = [split(scaled, queries, depth, [0, 2, 1, 3]), split(k, keys, depth, [0, 2, 3, 1])];
  const scores = writer.node("MatMul", product, {}, like);
  const seen = shown(part, useMask ? inputs.at(-1) : undefined, queries, keys);
  const lowered = () => {
    const less = writer.node("Sub", [seen as Edge, writer.floats([1], "one", [])], {}, like);
    return writer.node(
      "Add",
      [scores, writer.node("Mul", [less, writer.floats([FAR], "far", [])], {}, like)],
      {},
      like,
    );
  };
  const shares = writer.node("Softmax", [seen ? lowered() : scores], { axis: 3 }, like);
  // Where a query may look nowhere all scores are alike, and all shares are to be 0.
  const kept = seen ? writer.node("Mul", [shares, seen], {}, like) : shares;
  const looked = writer.node("MatMul", [kept, split(v, keys, width, [0, 2, 1, 3])], {}, like);
  const joined = writer.node("Transpose", [looked], { perm: [0, 2, 1, 3] }, like);
  const rows = writer.integers([0, queries, heads * width], "rows");
  const row = writer.node("Reshape", [joined, rows], {}, { rank: 3, isFirst: false });
  return projected(part, row, "output", heads * width, step.outputShape.at(-1) as number);
};

export const attentionWriters: Readonly<Record<string, LayerWriter>> = { multiHeadAttention };
