import { checkNumber } from "../util/check.js";
import { partSizes } from "./partition.js";
import { thousands } from "./thousands.js";

/** What `recommendSplit` suggests. */
export interface SplitAdvice {
  /** The fractions, which `split` takes as `ratios`. */
  readonly train: number;
  readonly dev: number;
  readonly test: number;
  readonly ratios: readonly [train: number, dev: number, test: number];
  /** The rows of each part. */
  readonly rows: readonly [train: number, dev: number, test: number];
  /** Why, in sentences. */
  readonly reason: string;
  /** Other ratios that suit this count, where there are some, and when to take them. */
  readonly alternative: { readonly ratios: readonly number[]; readonly reason: string } | undefined;
}

type Three = readonly [number, number, number];

/** Rows that dev and test must have before less of the data goes to them. */
const ENOUGH = 5000;
const CLASSIC: Three = [0.6, 0.2, 0.2];
const HUGE: Three = [0.995, 0.0025, 0.0025];
const UNEVEN: Three = [0.995, 0.004, 0.001];
const LADDER: readonly Three[] = [UNEVEN, HUGE, [0.98, 0.01, 0.01], [0.9, 0.05, 0.05], [0.8, 0.1, 0.1]];
/** Below this, a fifth of the rows measures little. */
const FEW = 1000;

/**
 * How to cut `count` rows into training, dev and test set. Dev and test need rows enough to measure by, and no more: 60/20/20 below 50,000
 * rows; then 80/10/10, 90/5/5 from 100,000, 98/1/1 from 500,000, 99.5/0.25/0.25 from 2,000,000 and 99.5/0.4/0.1 from 5,000,000, each as
 * soon as its smallest part has 5,000 rows. After "Setting up your machine learning application" in Andrew Ng's "Improving deep neural
 * networks", which names 60/20/20 (or 70/30 without a dev set) up to some 10,000 rows, 98/1/1 at a million and 99.5/0.25/0.25 or
 * 99.5/0.4/0.1 beyond.
 *
 * @param count rows in all, at least 4
 * @throws ValueError for fewer, or no whole number
 * @example
 * recommendSplit(1_000_000).rows; // [980000, 10000, 10000]
 * recommendSplit(10_000).ratios; // [0.6, 0.2, 0.2]
 */
export function recommendSplit(count: number): SplitAdvice {
  checkNumber("recommendSplit", "count", count, { min: 4, max: Number.MAX_SAFE_INTEGER, whole: true });
  const ratios = LADDER.find((each) => Math.min(...partSizes(count, each)) >= ENOUGH) ?? CLASSIC;
  const rows = partSizes(count, ratios) as [number, number, number];
  const [train, dev, test] = ratios;
  return {
    train,
    dev,
    test,
    ratios,
    rows,
    reason: reasonFor(ratios, count, rows),
    alternative: alternativeTo(ratios, count),
  };
}

function reasonFor(ratios: Three, count: number, [, dev, test]: Three): string {
  const measured = `An error of 10 % is measured to ±${points(test)} points by ${thousands(test)} test rows (95 of 100 times).`;
  if (ratios === CLASSIC) {
    const why = `With ${thousands(count)} rows, dev and test need a large share to measure anything: 20 % each.`;
    return count < FEW
      ? `${why} ${measured} With so few, prefer kFold, which validates on every row.`
      : `${why} ${measured}`;
  }
  const enough = `Of ${thousands(count)} rows, ${thousands(dev)} for dev and ${thousands(test)} for test are enough`;
  const why = ratios === UNEVEN ? "; dev gets more, as it compares many models and test measures one" : "";
  return `${enough}${why}: all others serve training. ${measured}`;
}

function alternativeTo(ratios: Three, count: number): SplitAdvice["alternative"] {
  if (ratios === CLASSIC) {
    return { ratios: [0.7, 0.3], reason: "Where nothing is chosen by a dev set: 70 % training, 30 % test." };
  }
  if (ratios === UNEVEN) return { ratios: HUGE, reason: "Where dev and test are to measure equally well." };
  if (ratios !== HUGE) return undefined;
  const [, dev, test] = partSizes(count, UNEVEN) as [number, number, number];
  return {
    ratios: UNEVEN,
    reason: `Where many models are compared: ${thousands(dev)} rows for dev, ${thousands(test)} for test.`,
  };
}

/** Half the 95 % interval of an error of 10 %, in percentage points: 196 · √(0.1 · 0.9 / rows). */
function points(rows: number): string {
  const half = 196 * Math.sqrt((0.1 * 0.9) / rows);
  return half.toFixed(half >= 0.1 ? 1 : 2);
}
