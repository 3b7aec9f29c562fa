import { Words } from "../../data/words.js";
import { sequential } from "../../model/constructors.js";
import { auc } from "../../nn/auc.js";
import { dense } from "../../nn/layers/dense.js";
import { l2 } from "../../nn/regularizers.js";
import { adam } from "../../optim/adam.js";
import { permutation, stream, withSeed } from "../../tensor/random.js";
import type { FeatureTable } from "./features.js";
import { normalTail } from "./special.js";

/** How well a network tells rows of the two sets apart. */
export interface DomainClassifier {
  /** The chance that it finds a dev row more dev-like than a training row: 0.5 is guessing, 1 is never wrong. The mean over the folds. */
  readonly auc: number;
  /**
   * Of `auc` where the sets are alike: √(v (1/k + 1/(k − 1))) with v = (m + n + 1) / 12mn, a fold's variance (Mann and Whitney, 1947); the
   * second term is for the rows that the k folds' networks share (Nadeau and Bengio, 2003).
   */
  readonly standardError: number;
  /** The chance of such an area or a larger one where the sets are alike. */
  readonly pValue: number;
  readonly folds: number;
}

const FOLDS = 5;
const STEPS = 300;
const BATCH = 64;
/** Categories beyond the most frequent ones share no column. */
const MOST_CATEGORIES = 16;

/** A network of 16 hidden units, trained to name the set of a row on all folds but the one that it is judged by. */
export async function domainClassifier(
  train: FeatureTable,
  dev: FeatureTable,
  categorical: readonly boolean[],
  { most, seed }: { most: number; seed: number },
): Promise<DomainClassifier | undefined> {
  const counts = [train, dev].map(({ rows }) => Math.min(rows, most)) as [number, number];
  const folds = Math.min(FOLDS, ...counts);
  if (folds < 2) return undefined;
  const sets = [train, dev].map(({ rows }, i) =>
    permutation(rows, stream("domainClassifier", seed), i).subarray(0, counts[i]),
  );
  const { values, width } = encode([train, dev], sets as [Uint32Array, Uint32Array], categorical);
  const members = [0, 1].map((set) => Array.from({ length: counts[set] as number }, (_, i) => i + set * counts[0]));
  const labelOf = (row: number) => (row < counts[0] ? 0 : 1);
  const rowsOf = (picked: readonly number[]) => {
    const data = new Float32Array(picked.length * width);
    picked.forEach((row, i) => {
      data.set(values.subarray(row * width, (row + 1) * width), i * width);
    });
    return { data, shape: [picked.length, width] };
  };
  let sum = 0;
  let variance = 0;
  for (let fold = 0; fold < folds; fold++) {
    const [held, kept] = [true, false].map((inside) =>
      members.map((rows) => rows.filter((_, i) => (i % folds === fold) === inside)),
    ) as [number[][], number[][]];
    const model = withSeed(seed + fold, () =>
      sequential([
        dense({ units: 16, activation: "relu", inputShape: [width] }),
        dense({ units: 1, activation: "sigmoid" }),
      ]).compile({ optimizer: adam({ learningRate: 0.01 }), loss: "binaryCrossentropy", kernelRegularizer: l2(1e-3) }),
    );
    const words = new Words(stream("domainClassifier/batches", seed), fold);
    for (let step = 0; step < STEPS; step++) {
      // Half of each batch from each set, so that the smaller one counts as much.
      const batch = Array.from({ length: BATCH }, (_, i) => {
        const rows = kept[i % 2] as number[];
        return rows[words.below(rows.length)] as number;
      });
      await model.trainOnBatch(rowsOf(batch), { data: Float32Array.from(batch, labelOf), shape: [BATCH, 1] });
    }
    const judged = held.flat();
    const area = auc();
    const scores = model.predict(rowsOf(judged));
    area.update(
      { data: Int32Array.from(judged, labelOf), shape: [judged.length, 1] },
      { data: scores.toTypedArray(), shape: scores.shape },
    );
    sum += area.result();
    const [m, n] = held.map((rows) => rows.length) as [number, number];
    variance += (m + n + 1) / (12 * m * n);
  }
  const standardError = Math.sqrt((variance / folds) * (1 / folds + 1 / (folds - 1)));
  const mean = sum / folds;
  return { auc: mean, standardError, pValue: normalTail((mean - 0.5) / standardError), folds };
}

/** Numbers standardized over both sets, missing ones 0 with a column that says so; one column for each frequent category. */
function encode(
  tables: readonly [FeatureTable, FeatureTable],
  sets: readonly [Uint32Array, Uint32Array],
  categorical: readonly boolean[],
): { values: Float32Array; width: number } {
  const rows = sets[0].length + sets[1].length;
  const columns: Float32Array[] = [];
  categorical.forEach((isCategory, j) => {
    const both = new Float64Array(rows);
    let at = 0;
    tables.forEach((table, i) => {
      for (const row of sets[i] as Uint32Array) both[at++] = table.columns[j]?.[row] as number;
    });
    const missing = both.some(Number.isNaN);
    if (missing) columns.push(Float32Array.from(both, (v) => Number(Number.isNaN(v))));
    if (isCategory) columns.push(...oneHotColumns(both));
    else columns.push(standardizedColumn(both));
  });
  const width = columns.length;
  const values = new Float32Array(rows * width);
  columns.forEach((column, j) => {
    column.forEach((value, i) => {
      values[i * width + j] = value;
    });
  });
  return { values, width };
}

function oneHotColumns(values: Float64Array): Float32Array[] {
  const counts = new Map<number, number>();
  for (const v of values) if (!Number.isNaN(v)) counts.set(v, (counts.get(v) ?? 0) + 1);
  const frequent = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MOST_CATEGORIES);
  return frequent.map(([category]) => Float32Array.from(values, (v) => Number(v === category)));
}

/** Beyond ten deviations all values are alike to the network, which an outlier would otherwise throw. */
const LARGEST = 10;

function standardizedColumn(values: Float64Array): Float32Array {
  const known = values.filter(Number.isFinite);
  const mean = known.reduce((sum, v) => sum + v, 0) / (known.length || 1);
  const deviation = Math.sqrt(known.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (known.length || 1));
  return Float32Array.from(values, (v) =>
    Number.isNaN(v) || deviation === 0 ? 0 : Math.max(-LARGEST, Math.min(LARGEST, (v - mean) / deviation)),
  );
}
