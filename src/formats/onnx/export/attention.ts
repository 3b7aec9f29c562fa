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

/** Scores [batch, queries, keys] → the mean of the values. */
function weighted(part: Part, scores: Edge, value: Edge): Edge {
  const { writer, step } = part;
  const [queries, keys] = [step.inputShapes[0]?.[0], step.inputShapes[1]?.[0] ?? step.inputShapes[0]?.[0]] as number[];
  const ahead = Array.from({ length: (queries as number) * (keys as number) }, (_, i) =>
    i % (keys as number) > Math.floor(i / (keys as number)) ? -FAR : 0,
  );
  const hidden = () =>
    writer.node("Add", [scores, writer.floats(ahead, "causal", [queries as number, keys as number])], {}, scores);
  const shares = writer.node("Softmax", [step.layer.config.causal ? hidden() : scores], { axis: 2 }, scores);
  return writer.node("MatMul", [shares, value], {}, value);
}

/** Query, value and key, of which one may stand for all. */
function looked({ writer, inputs }: Part): readonly [query: Edge, value: Edge, key: Edge] {
  const [query, value = query, key = value] = inputs.map((each) => writer.last(each)) as [Edge, Edge?, Edge?];
  return [query, value, key as Edge];
}

const like3 = { rank: 3, isFirst: false };

const number = ({ writer, weights }: Part, name: string): string => writer.tensor(weights[name] as HostArray, name);

/** Σ tanh(query + key), the features weighed before and behind. */
function sums(part: Part, query: Edge, key: Edge, before: string | undefined, behind: string | undefined): Edge {
  const { writer } = part;
  const like = { rank: 4, isFirst: false };
  const [q, k] = [query, key].map((x, i) => {
    const [steps, features] = part.step.inputShapes[i === 0 ? 0 : part.inputs.length - 1] as [number, number];
    const shape = writer.integers(i === 0 ? [0, steps, 1, features] : [0, 1, steps, features], "apart");
    return writer.node("Reshape", [x, shape], {}, like);
  }) as [Edge, Edge];
  const times = (x: Edge, name: string | undefined) =>
    name ? writer.node("Mul", [x, number(part, name)], {}, like) : x;
  const both = times(writer.node("Add", [q, k], {}, like), before);
  const turned = times(writer.node("Tanh", [both], {}, like), behind);
  if (writer.opset < 13) return writer.node("ReduceSum", [turned], { axes: [3], keepdims: 0 }, like3);
  return writer.node("ReduceSum", [turned, writer.integers([3], "axes")], { keepdims: 0 }, like3);
}

const attention: LayerWriter = (part) => {
  const { writer, step, weights } = part;
  const [query, value, key] = looked(part);
  const scale = weights.scale ? "scale" : undefined;
  if (step.layer.config.scoreMode === "concat") {
    const scores = sums(part, query, key, scale, undefined);
    return weighted(part, writer.node("Mul", [scores, number(part, "concatScoreWeight")], {}, like3), value);
  }
  const turned = writer.node("Transpose", [key], { perm: [0, 2, 1] }, like3);
  const product = writer.node("MatMul", [query, turned], {}, like3);
  return weighted(part, scale ? writer.node("Mul", [product, number(part, scale)], {}, like3) : product, value);
};

const additiveAttention: LayerWriter = (part) => {
  const [query, value, key] = looked(part);
  return weighted(part, sums(part, query, key, undefined, part.weights.scale && "scale"), value);
};

export const attentionWriters: Readonly<Record<string, LayerWriter>> = {
  multiHeadAttention,
  attention,
  additiveAttention,
};
