// Normalizing inputs: the loss surface and gradient descent's way over it, before and after. node examples/course/normalization.js

import * as wg from "wasmgrad";
import { standardize } from "wasmgrad/data";
import { figure, heatmap } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
const ROWS = 200;
const random = wg.randomNormal([3, ROWS], 0, 1, "float32", 4).toArray();
const rooms = random[0].map((r) => 4 + 1.5 * r);
const age = random[1].map((r) => 40 + 9 * r);
const price = rooms.map((n, i) => 40 * (n - 4) - 12 * (age[i] - 40) + 30 * random[2][i]);

const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
const centred = (values) => values.map((v) => v - mean(values));
// Features and targets without their means need no bias, so that the surface is over two weights.
const raw = centred(rooms).map((v, i) => [v, centred(age)[i]]);
const y = centred(price);
const scaler = standardize(raw);
const { data } = scaler.transform(raw);
const normal = raw.map((_, i) => [data[2 * i], data[2 * i + 1]]);

/** L(w) = 1/m Σ (x·w − y)² is a bowl: its minimum, the eigenvalues of its second derivative 2/m XᵀX, and L itself. */
function bowl(x) {
  const moment = (i, j) => (2 / ROWS) * x.reduce((sum, row) => sum + row[i] * row[j], 0);
  const [a, b, d] = [moment(0, 0), moment(0, 1), moment(1, 1)];
  const slope = [0, 1].map((j) => (2 / ROWS) * x.reduce((sum, row, i) => sum + row[j] * y[i], 0));
  const det = a * d - b * b;
  const best = [(d * slope[0] - b * slope[1]) / det, (a * slope[1] - b * slope[0]) / det];
  const root = Math.sqrt(((a - d) / 2) ** 2 + b * b);
  const excess = (w) => {
    const [u, v] = [w[0] - best[0], w[1] - best[1]];
    return (a * u * u + 2 * b * u * v + d * v * v) / 2;
  };
  return { x, best, low: (a + d) / 2 - root, high: (a + d) / 2 + root, excess };
}

/** Gradient descent on all rows by the library, from weights 0: the weights of each step. */
async function descend({ x, excess }, learningRate, until, most) {
  const model = wg.sequential([
    wg.layers.dense({ units: 1, useBias: false, kernelInitializer: "zeros", inputShape: [2] }),
  ]);
  model.compile({ optimizer: wg.optimizers.sgd({ learningRate }), loss: "meanSquaredError" });
  const targets = y.map((v) => [v]);
  const way = [[0, 0]];
  while (way.length <= most && excess(way.at(-1)) > until) {
    await model.trainOnBatch(x, targets);
    way.push(model.getWeights()[0].toArray().flat());
  }
  return way;
}

const LESS = 1000;
const panels = [];
const steps = [];
for (const [title, x, units] of [
  ["Before: rooms and age (years) as they are", raw, ["per room", "per year"]],
  ["After: each feature divided by its deviation", normal, ["per σ of rooms", "per σ of age"]],
]) {
  const surface = bowl(x);
  const { best, low, high, excess } = surface;
  const kappa = high / low;
  const rate = 2 / (high + low);
  const start = excess([0, 0]);
  const way = await descend(surface, rate, start / LESS, 5000);
  const tooFast = await descend(surface, (1.02 * 2) / high, 0, 200);
  const shrink = (kappa - 1) / (kappa + 1);
  // (κ − 1)/(κ + 1) bounds the distance to the minimum, whose square the loss is.
  const bound = Math.ceil(Math.log(LESS * kappa) / (-2 * Math.log(shrink)));
  steps.push(way.length - 1);
  console.log(title);
  console.log(
    `  curvature         least ${low.toPrecision(3)}, greatest ${high.toPrecision(3)}: condition number ${kappa.toPrecision(3)}`,
  );
  console.log(
    `  greatest rate     ${(2 / high).toPrecision(3)} (2 / greatest curvature); 2 % above it the loss grows ${(excess(tooFast.at(-1)) / start).toExponential(0)}-fold in 200 steps`,
  );
  console.log(`  best rate         ${rate.toPrecision(3)}; the distance shrinks by ${shrink.toFixed(3)} a step`);
  console.log(
    `  steps             ${way.length - 1} until the loss above its minimum is 1/${LESS}; at most ${bound} by that formula\n`,
  );

  // The same reach both ways, so that the shape of the bowl shows.
  const reach = 1.4 * Math.max(...best.map(Math.abs));
  const axis = (j) => Array.from({ length: 121 }, (_, i) => best[j] + (i / 60 - 1) * reach);
  const [across, up] = [axis(0), axis(1)];
  panels.push(
    await heatmap({
      title,
      x: { title: `price ${units[0]} (thousand dollars)`, values: across },
      y: { title: `price ${units[1]} (thousand dollars)`, values: up },
      z: up.map((v) => across.map((u) => Math.sqrt(excess([u, v])))),
      value: { title: "√(loss − least loss) (thousand dollars)" },
      contours: 8,
      paths: [{ name: `gradient descent, ${way.length - 1} steps`, x: way.map(([u]) => u), y: way.map(([, v]) => v) }],
      width: 540,
      height: 500,
    }),
  );
}
await picture(
  "normalization",
  await figure(panels, { title: "The loss of a linear model of house prices over its two weights" }),
);
console.log(
  `Notice: the valley is narrow because age varies ${(scaler.std[1] / scaler.std[0]).toFixed(1)} times as much as rooms; its steep sides limit the rate, and its floor is walked in ${steps[0]} steps. ` +
    `Once each feature is divided by its deviation the bowl is round, and ${steps[1]} steps do.`,
);
