// Splitting data: how large the parts are, rare classes, and rows that belong together. node examples/course/split.js

import * as wg from "wasmgrad";
import { Dataset, kFold, recommendSplit, split } from "wasmgrad/data";
import { barChart, figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
const percent = (share) => `${+(share * 100).toFixed(2)} %`;
async function rowsOf(dataset) {
  const rows = [];
  for await (const { x, y } of dataset) rows.push({ x: x.toArray(), y: y.item() });
  return rows;
}

console.log("1. How much for dev and test? The more rows there are, the smaller the share that they need.\n");
for (const count of [300, 10_000, 200_000, 1_000_000, 100_000_000]) {
  const { ratios, reason } = recommendSplit(count);
  console.log(`${String(count).padStart(9)} rows  ${ratios.map(percent).join(" / ")}\n           ${reason}`);
}

console.log("\n2. Rare classes. 1,000 rows, 40 of them fraud, cut into 60/20/20:\n");
const frauds = Int32Array.from({ length: 1000 }, (_, i) => (i < 40 ? 1 : 0));
const payments = Dataset.fromArrays(new Float32Array(1000), frauds);
const shares = [];
for (const stratify of [false, true]) {
  const counts = [];
  const parts = split(payments, [0.6, 0.2, 0.2], { seed: 5, stratify });
  for (const part of parts) counts.push((await rowsOf(part)).filter(({ y }) => y).length);
  shares.push({ name: stratify ? "stratified" : "by chance", values: counts.map((n, i) => (100 * n) / parts[i].size) });
  console.log(`stratify: ${String(stratify).padEnd(5)}  frauds in train, dev, test: ${counts.join(", ")}`);
}

console.log("\n3. Rows that belong together. 60 patients, 10 scans each; sick or healthy was decided by a coin:\n");
const [patients, scans] = [60, 10];
const owner = Array.from({ length: patients * scans }, (_, i) => Math.floor(i / scans));
const faces = wg.randomNormal([patients, 8], 0, 1, "float32", 1).toArray();
const noise = wg.randomNormal([patients * scans, 8], 0, 0.2, "float32", 2).toArray();
const coins = wg.randomUniform([patients], 0, 1, "float32", 3).toArray();
const x = owner.map((p, i) => faces[p].map((v, j) => v + noise[i][j]));
const y = Int32Array.from(owner, (p) => (coins[p] < 0.5 ? 0 : 1));

/** The share of test rows whose nearest training row has the same label. */
const nearest = (train, test) => {
  const distance = (a, b) => a.reduce((sum, v, j) => sum + (v - b[j]) ** 2, 0);
  const hits = test.filter((row) => {
    const all = train.map((other) => distance(row.x, other.x));
    return train[all.indexOf(Math.min(...all))].y === row.y;
  });
  return hits.length / test.length;
};
const measured = [];
const ways = { "rows at random    ": {}, "patients as groups": { groups: owner } };
for (const [title, options] of Object.entries(ways)) {
  const [train, test] = split(Dataset.fromArrays(x, y), [0.7, 0.3], { seed: 1, ...options });
  const folds = kFold(Dataset.fromArrays(x, y), 5, { seed: 1, ...options });
  let mean = 0;
  for (const fold of folds) mean += nearest(await rowsOf(fold.train), await rowsOf(fold.validation)) / folds.length;
  const accuracy = nearest(await rowsOf(train), await rowsOf(test));
  measured.push(100 * mean);
  console.log(`${title}  test accuracy ${percent(accuracy)}, 5 folds ${percent(mean)}`);
}
const counts = Array.from({ length: 601 }, (_, i) => Math.round(10 ** (2 + i / 100)));
const held = (part) => counts.map((count) => 100 * recommendSplit(count)[part]);
const tested = counts.map((count) => recommendSplit(count).rows[2]);
const size = { width: 520, height: 380 };
const panels = [
  await lineChart({
    ...size,
    title: "Recommended shares of dev and test",
    x: { title: "rows of data (log scale)", scale: "log" },
    y: { title: "share of the rows (%, log scale)", scale: "log" },
    series: [
      { name: "dev", x: counts, y: held("dev"), style: "step" },
      { name: "test", x: counts, y: held("test"), style: "dashed" },
    ],
  }),
  await lineChart({
    ...size,
    title: "What that test set measures an error of 10 % to",
    x: { title: "rows of data (log scale)", scale: "log" },
    y: { title: "± percentage points (95 of 100 times, log scale)", scale: "log" },
    series: [{ name: "margin", x: counts, y: tested.map((rows) => 196 * Math.sqrt((0.1 * 0.9) / rows)) }],
  }),
  await barChart({
    ...size,
    title: "Frauds in each part: 4 % of all rows are frauds",
    categories: ["train", "dev", "test"],
    y: { title: "frauds among the part's rows (%)", min: 0, max: 6 },
    series: shares,
  }),
  await barChart({
    ...size,
    title: "A label that cannot be learnt, 5 folds",
    categories: ["rows at random", "patients as groups", "guessing"],
    y: { title: "mean accuracy (%)" },
    series: [{ name: "accuracy", values: [...measured, 50] }],
  }),
];
await picture("split", await figure(panels, { columns: 2 }));
const [byChance, stratified] = shares.map(({ values }) => values.map((share) => `${+share.toFixed(1)} %`));
console.log(
  `\nNotice: by chance frauds are ${byChance.join(", ")} of train, dev and test; stratified ${stratified.join(", ")}. A coin cannot be learnt: ` +
    `cut by patients the accuracy is ${measured[1].toFixed(0)} %; cut by rows it is ${measured[0].toFixed(0)} %, as every patient is on both sides.`,
);
