import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { requireFloat } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type Shape, showShape, sizeOfShape, stridesOf } from "../util/shapes.js";
import { mul } from "./arithmetic.js";
import { broadcastTo } from "./broadcast-to.js";
import { accumulateStrided, copyStrided, type Layout } from "./layout.js";
import { matmul } from "./matmul.js";
import { op } from "./op.js";
import { sum } from "./reduce.js";
import { reshape } from "./shape.js";
import { transpose } from "./transpose.js";

/** A tensor with a letter for each axis. */
interface Term {
  x: Tensor;
  labels: readonly string[];
}

/** The axes that an ellipsis stands for, the last of them first: they are aligned at the end. They are no letters, so nobody else has them. */
const hidden = (i: number): string => `${i}`;

/** `ab...c` as one label for each axis; an ellipsis takes what the letters leave of the rank. */
function labelsOf(text: string, rank: number | undefined): string[] {
  const parts = text.split("...");
  const letters = parts.join("");
  if (parts.length > 2 || !/^[A-Za-z]*$/.test(letters)) {
    throw new ValueError(`einsum: equation expected letters and at most one "..." in each term, got "${text}"`);
  }
  const [front, back] = [[...(parts[0] as string)], [...(parts[1] ?? "")]];
  const open = parts.length === 1 || rank === undefined ? 0 : rank - letters.length;
  return [...front, ...Array.from({ length: Math.max(open, 0) }, (_, i) => hidden(open - 1 - i)), ...back];
}

const diagonalOp = op<[x: unknown], { labels: readonly string[]; kept: readonly string[] }>("einsum", {
  shape: ([x], { labels, kept }) => kept.map((label) => x[labels.indexOf(label)] as number),
  forward: (k, y, [x], { labels, kept }) => copyStrided(k, y, x, { shape: y.shape, x: along(x.shape, labels, kept) }),
  backward: (k, [dx], dy, { attributes: { labels, kept } }) => {
    if (!dx) return;
    const layout: Layout = { shape: dy.shape, y: along(dx.shape, labels, kept) };
    accumulateStrided(k, dx, dy, layout);
  },
});

/** The strides of a walk that moves along all axes of a label at once. */
function along(shape: Shape, labels: readonly string[], kept: readonly string[]): number[] {
  const strides = stridesOf(shape);
  return kept.map((label) =>
    labels.reduce((total, each, i) => total + (each === label ? (strides[i] as number) : 0), 0),
  );
}

/** Each label once: where axes share one, their diagonal. */
function diagonal({ x, labels }: Term): Term {
  const kept = [...new Set(labels)];
  return kept.length === labels.length ? { x, labels } : { x: diagonalOp([x], { labels, kept }), labels: kept };
}

/** Summed over the labels that `needed` lacks. */
function reduced({ x, labels }: Term, needed: ReadonlySet<string>): Term {
  const axes = labels.flatMap((label, i) => (needed.has(label) ? [] : [i]));
  return axes.length === 0 ? { x, labels } : { x: sum(x, axes), labels: labels.filter((label) => needed.has(label)) };
}

/** With its axes in the order of `labels`, and of the sizes that are given for those that it has. */
function arranged(term: Term, labels: readonly string[], sizes: ReadonlyMap<string, number>): Tensor {
  const perm = labels.map((label) => term.labels.indexOf(label));
  const x = perm.every((axis, i) => axis === i) ? term.x : transpose(term.x, perm);
  return broadcastTo(
    x,
    labels.map((label) => sizes.get(label) as number),
  );
}

/** The product of two terms, summed over the labels of both that `needed` lacks. */
function contract(a: Term, b: Term, needed: ReadonlySet<string>, sizes: ReadonlyMap<string, number>): Term {
  const own = (term: Term, other: Term) => term.labels.filter((label) => !other.labels.includes(label));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const [batch, inner] = [shared.filter((l) => needed.has(l)), shared.filter((l) => !needed.has(l))];
  const [left, right] = [own(a, b), own(b, a)];
  const size = (labels: readonly string[]) => sizeOfShape(shapeOf(labels));
  const shapeOf = (labels: readonly string[]) => labels.map((label) => sizes.get(label) as number);
  const labels = [...batch, ...left, ...right];
  if (inner.length === 0 || left.length + right.length === 0) {
    const [p, q] = [
      arranged(a, [...batch, ...inner, ...left], sizes),
      arranged(b, [...batch, ...inner, ...right], sizes),
    ];
    const common = shapeOf([...batch, ...inner]);
    const product = mul(
      reshape(p, [...common, ...shapeOf(left), ...right.map(() => 1)]),
      reshape(q, [...common, ...left.map(() => 1), ...shapeOf(right)]),
    );
    return reduced({ x: product, labels: [...batch, ...inner, ...left, ...right] }, new Set(labels));
  }
  const p = reshape(arranged(a, [...batch, ...left, ...inner], sizes), [size(batch), size(left), size(inner)]);
  const q = reshape(arranged(b, [...batch, ...inner, ...right], sizes), [size(batch), size(inner), size(right)]);
  return { x: reshape(matmul(p, q), shapeOf(labels)), labels };
}

/** The size of each label; where terms have 1 and another size, that. */
function sizesOf(terms: readonly Term[], equation: string): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { x, labels } of terms) {
    labels.forEach((label, i) => {
      const [known, n] = [sizes.get(label) ?? 1, x.shape[i] as number];
      if (known !== 1 && n !== 1 && known !== n) {
        const which = /\d/.test(label) ? "an axis of the ellipsis" : `"${label}"`;
        throw new ShapeError(`einsum: tensors expected one size for ${which} of "${equation}", got ${known} and ${n}`);
      }
      sizes.set(label, known === 1 ? n : known);
    });
  }
  return sizes;
}

/**
 * Sums of products by Einstein's convention: each axis of each tensor has a letter; y has the axes behind `->`, and everything is summed over
 * the letters that are not there. A letter twice in one term is its diagonal; `...` stands for the axes that have no letter, and broadcasts.
 * Without `->` the letters that occur once remain, in alphabetical order, behind the ellipsis. From left to right, two tensors at a time, by
 * matrix products where there are any.
 *
 * @param equation such as `"bij,bjk->bik"`
 * @param tensors one for each term, of one float type
 * @throws ValueError for an equation that cannot be read, ShapeError where terms or sizes do not fit, DTypeError where dtypes differ or are no
 *   float type
 * @example
 * wg.einsum("ij,jk->ik", [[1, 2], [3, 4]], [[1, 0], [1, 1]]).toArray(); // [[3, 2], [7, 4]]
 * wg.einsum("ii", [[1, 2], [3, 4]]).item(); // 5
 */
export function einsum(equation: string, ...tensors: readonly TensorLike[]): Tensor {
  const text = typeof equation === "string" ? equation.replace(/\s/g, "") : "";
  const [left = "", right, ...more] = text.split("->");
  const inputs = left.split(",");
  if (text === "" || more.length > 0) {
    throw new ValueError(
      `einsum: equation expected terms such as "ij,jk->ik", got ${JSON.stringify(equation) ?? equation}`,
    );
  }
  if (inputs.length !== tensors.length) {
    throw new ShapeError(`einsum: tensors expected ${inputs.length} for "${text}", got ${tensors.length}`);
  }
  const terms = tensors.map((each, i): Term => {
    const x = asTensor(each, undefined, "einsum", "tensors");
    requireFloat("einsum", "tensors", x.dtype);
    const labels = labelsOf(inputs[i] as string, x.rank);
    if (labels.length === x.rank) return { x, labels };
    throw new ShapeError(`einsum: tensors expected the axes of "${inputs[i]}", got ${showShape(x.shape)}`);
  });
  const sizes = sizesOf(terms, text);
  const output = outputOf(right, terms, sizes);
  const needed = terms.map((_, i) => new Set([...output, ...terms.slice(i + 1).flatMap(({ labels }) => labels)]));
  const single = terms.map((term, i) => {
    const others = terms.flatMap(({ labels }, j) => (i === j ? [] : labels));
    return reduced(diagonal(term), new Set([...output, ...others]));
  });
  const y = single.reduce((product, term, i) => contract(product, term, needed[i] as Set<string>, sizes));
  return arranged(reduced(y, new Set(output)), output, sizes);
}

/** The labels of the result. */
function outputOf(right: string | undefined, terms: readonly Term[], sizes: ReadonlyMap<string, number>): string[] {
  const known = [...sizes.keys()];
  const open = known.filter((label) => /\d/.test(label)).sort((p, q) => Number(q) - Number(p));
  if (right === undefined) {
    const all = terms.flatMap(({ labels }) => labels);
    const once = known.filter((label) => !/\d/.test(label) && all.indexOf(label) === all.lastIndexOf(label));
    return [...open, ...once.sort()];
  }
  const output = labelsOf(right, right.replace("...", "").length + open.length);
  const wrong = output.find((label, i) => !sizes.has(label) || output.indexOf(label) !== i);
  if (wrong === undefined) return output;
  throw new ValueError(`einsum: equation expected each letter of "${right}" once, and among the terms, got "${wrong}"`);
}
