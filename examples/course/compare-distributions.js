// Do training and dev rows come from one source? What gives them away? node examples/course/compare-distributions.js

import * as wg from "wasmgrad";
import { drawnDigits } from "wasmgrad/data";
import { compareDistributions } from "wasmgrad/diagnostics";
import { barChart, figure, histogram } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();

console.log("1. A table: flats for sale, the dev rows a year later.\n");
const rows = 1500;
const normal = (mean, deviation, seed) => [...wg.randomNormal([rows], mean, deviation, "float64", seed).toTypedArray()];
const uniform = (seed) => [...wg.randomUniform([rows], 0, 1, "float64", seed).toTypedArray()];
/** Prices move by `rise`, a share of `holes` has no year, and of ten flats `central` are in the first of three districts. */
const flats = (seed, rise, holes, central) => ({
  area: normal(80, 20, seed),
  price: normal(300 + rise, 60, seed + 1),
  year: normal(1980, 15, seed + 2).map((year, i) => (uniform(seed + 3)[i] < holes ? Number.NaN : year)),
  district: Int32Array.from(uniform(seed + 4), (u) => (u < central ? 0 : u < (1 + central) / 2 ? 1 : 2)),
});
const train = flats(10, 0, 0.02, 0.4);
const dev = flats(20, 45, 0.12, 0.4);
const table = await compareDistributions(train, dev, { seed: 1 });
console.log(table.summary);

console.log("\n2. The same table against rows of its own source.\n");
const alike = await compareDistributions(train, flats(30, 0, 0.02, 0.4), { seed: 1 });
console.log(alike.summary);

console.log("\n3. Images: digits from a scanner, and from a phone whose pictures are brighter and paler.\n");
const scanned = drawnDigits({ count: 600, seed: 1 });
const photographed = drawnDigits({ count: 600, seed: 2 }).map(({ x, y }) => ({ x: wg.add(wg.mul(x, 0.6), 0.25), y }));
const images = await compareDistributions(scanned, photographed, { classifierRows: 300, seed: 1 });
console.log(images.summary);

const worst = table.features[0];
const inOrder = [...table.features].sort((a, b) => a.index - b.index);
const size = { width: 520, height: 380 };
await picture(
  "compare-distributions",
  await figure([
    await histogram({
      ...size,
      title: `The feature that gives it away: ${worst.name}`,
      x: { title: `${worst.name} in thousands of dollars` },
      series: [
        { name: "training", values: train[worst.name] },
        { name: "dev", values: dev[worst.name] },
      ],
      bins: 30,
    }),
    await barChart({
      ...size,
      title: "Shift (from 0.1) or large shift (from 0.25)?",
      categories: inOrder.map(({ name }) => name),
      y: { title: "population-stability index" },
      series: [
        { name: "dev, a year later", values: inOrder.map(({ psi }) => psi) },
        {
          name: "dev, same source",
          values: inOrder.map(({ name }) => alike.features.find((each) => each.name === name).psi),
        },
      ],
    }),
  ]),
);
const drifting = table.features.filter(({ differs }) => differs).map(({ name }) => name);
console.log(
  `Notice: ${drifting.join(" and ")} give the later rows away, and a network tells the sets apart with an AUC of ${table.classifier.auc.toFixed(3)}; ` +
    `rows of the same source leave it near 0.5 (${alike.classifier.auc.toFixed(3)}), and photographs, each paler than every scan, take it to ${images.classifier.auc.toFixed(3)}.`,
);
