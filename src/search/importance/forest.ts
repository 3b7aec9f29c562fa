import { Draws } from "../draws.js";

/** What a column of a table holds: places in [0, 1], or the numbers 0 … count − 1 of categories, which have no order. */
export interface Column {
  readonly values: Float64Array;
  /** Of a column of categories. */
  readonly count?: number;
}

/** The part of a column that a leaf reaches over. */
export interface Side {
  readonly from: number;
  readonly to: number;
  /** The categories, of a column that has them. */
  readonly members?: readonly number[];
  /** Its share of the column. */
  readonly width: number;
}

/** A box of the space in which a tree says the same everywhere. */
export interface Leaf {
  readonly sides: readonly Side[];
  readonly value: number;
}

/** Trees that are deeper than this tell nothing more, and a chain of outliers would make them as deep as there are rows. */
const DEPTH = 64;

/**
 * A random forest of regression trees (Breiman, 2001), each on a bootstrap sample of the rows, grown until a leaf's rows have one value. Every
 * column is tried at every split, in random order, so that none is preferred where several split as well. Each tree is its leaves.
 */
export function forest(columns: readonly Column[], y: Float64Array, trees: number, seed: number): Leaf[][] {
  const orders = columns.map(({ values }) =>
    Int32Array.from(y.keys()).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b),
  );
  const sides = columns.map(({ count }): Side => {
    const all = { from: 0, to: 1, width: 1 };
    return count === undefined ? all : { ...all, members: Array.from({ length: count }, (_, i) => i) };
  });
  return Array.from({ length: trees }, (_, tree) => {
    const draws = new Draws(seed, tree, "search importance");
    const weights = new Float64Array(y.length);
    for (let i = 0; i < y.length; i++) (weights[draws.below(y.length)] as number)++;
    const drawn = orders.map((order) => order.filter((row) => weights[row] !== 0));
    const leaves: Leaf[] = [];
    grow({ columns, y, weights, draws, leaves, isLeft: new Uint8Array(y.length) }, drawn, sides, 0);
    return leaves;
  });
}

interface Tree {
  readonly columns: readonly Column[];
  readonly y: Float64Array;
  /** How often the bootstrap has drawn each row. */
  readonly weights: Float64Array;
  readonly draws: Draws;
  readonly leaves: Leaf[];
  readonly isLeft: Uint8Array;
}

/** The best cut of a column: below a place, or a set of categories. */
interface Cut {
  readonly score: number;
  readonly column: number;
  readonly at?: number;
  readonly left?: readonly number[];
}

/** @param orders the node's rows in the order of each column */
function grow(tree: Tree, orders: readonly Int32Array[], sides: readonly Side[], depth: number): void {
  const rows = orders[0] as Int32Array;
  let [weight, sum] = [0, 0];
  let isPure = true;
  for (const row of rows) {
    weight += tree.weights[row] as number;
    sum += (tree.weights[row] as number) * (tree.y[row] as number);
    isPure &&= tree.y[row] === tree.y[rows[0] as number];
  }
  const cut = isPure || depth === DEPTH ? undefined : bestCut(tree, orders, weight, sum);
  if (!cut) {
    tree.leaves.push({ sides, value: isPure ? (tree.y[rows[0] as number] as number) : sum / weight });
    return;
  }
  const { values } = tree.columns[cut.column] as Column;
  const side = sides[cut.column] as Side;
  for (const row of rows) {
    const value = values[row] as number;
    tree.isLeft[row] = Number(cut.left ? cut.left.includes(value) : value <= (cut.at as number));
  }
  const parts = orders.map((order) => parted(order, tree.isLeft));
  halves(tree, cut, side, parts[0] as [Int32Array, Int32Array]).forEach((half, i) => {
    grow(
      tree,
      parts.map((pair) => pair[i] as Int32Array),
      sides.map((each, j) => (j === cut.column ? half : each)),
      depth + 1,
    );
  });
}

/** Rows on the left and on the right, in their order. */
function parted(order: Int32Array, isLeft: Uint8Array): [Int32Array, Int32Array] {
  let count = 0;
  for (const row of order) count += isLeft[row] as number;
  const [left, right] = [new Int32Array(count), new Int32Array(order.length - count)];
  let i = 0;
  let j = 0;
  for (const row of order) {
    if (isLeft[row]) left[i++] = row;
    else right[j++] = row;
  }
  return [left, right];
}

/** The two parts into which a cut divides a leaf's side. Categories that no row has go where most rows go. */
function halves(tree: Tree, { column, at, left }: Cut, side: Side, rows: [Int32Array, Int32Array]): [Side, Side] {
  if (!left) {
    const place = at as number;
    return [
      { ...side, to: place, width: place - side.from },
      { ...side, from: place, width: side.to - place },
    ];
  }
  const { values, count } = tree.columns[column] as Required<Column>;
  const weightOf = (part: Int32Array) => part.reduce((sum, row) => sum + (tree.weights[row] as number), 0);
  const right = new Set(Array.from(rows[1], (row) => values[row] as number));
  const isMoreLeft = weightOf(rows[0]) >= weightOf(rows[1]);
  const members = side.members as readonly number[];
  const isLeft = (member: number) => left.includes(member) || (isMoreLeft && !right.has(member));
  const half = (list: readonly number[]): Side => ({ ...side, members: list, width: list.length / count });
  return [half(members.filter(isLeft)), half(members.filter((member) => !isLeft(member)))];
}

/** The cut after which the rows of each part differ least from their mean, in squares; undefined where no column differs. */
function bestCut(tree: Tree, orders: readonly Int32Array[], weight: number, sum: number): Cut | undefined {
  let best: Cut | undefined;
  for (const column of tree.draws.order(orders.length)) {
    const order = orders[column] as Int32Array;
    const { count } = tree.columns[column] as Column;
    const cut = (count === undefined ? placeCut : categoryCut)(tree, column, order, weight, sum);
    if (cut && !(best && cut.score <= best.score)) best = cut;
  }
  return best;
}

/** Σ (y − mean)² of both parts is a constant less this. */
function scoreOf(weight: number, sum: number, total: number, all: number): number {
  return (sum * sum) / weight + ((all - sum) * (all - sum)) / (total - weight);
}

function placeCut({ columns, y, weights }: Tree, column: number, order: Int32Array, total: number, all: number) {
  const { values } = columns[column] as Column;
  let best: Cut | undefined;
  let [weight, sum] = [0, 0];
  for (let i = 0; i + 1 < order.length; i++) {
    const row = order[i] as number;
    weight += weights[row] as number;
    sum += (weights[row] as number) * (y[row] as number);
    const [value, next] = [values[row] as number, values[order[i + 1] as number] as number];
    const at = value + (next - value) / 2;
    // Neighbours among the numbers have none between them.
    if (!(value < at && at < next)) continue;
    const score = scoreOf(weight, sum, total, all);
    if (!(best && score <= best.score)) best = { score, column, at };
  }
  return best;
}

/** Of all ways to part categories the best one is found among those that part them by their means (Fisher, 1958). */
function categoryCut({ columns, y, weights }: Tree, column: number, order: Int32Array, total: number, all: number) {
  const { values, count } = columns[column] as Required<Column>;
  const [weightOf, sumOf] = [new Float64Array(count), new Float64Array(count)];
  for (const row of order) {
    const category = values[row] as number;
    (weightOf[category] as number) += weights[row] as number;
    (sumOf[category] as number) += (weights[row] as number) * (y[row] as number);
  }
  const mean = (category: number) => (sumOf[category] as number) / (weightOf[category] as number);
  const seen = [...weightOf.keys()].filter((category) => weightOf[category]).sort((a, b) => mean(a) - mean(b));
  let best: Cut | undefined;
  let [weight, sum] = [0, 0];
  for (let i = 0; i + 1 < seen.length; i++) {
    weight += weightOf[seen[i] as number] as number;
    sum += sumOf[seen[i] as number] as number;
    const score = scoreOf(weight, sum, total, all);
    if (!(best && score <= best.score)) best = { score, column, left: seen.slice(0, i + 1) };
  }
  return best;
}
