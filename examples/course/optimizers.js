// Fourteen optimizers on two loss surfaces and on a small network; clipping where gradients explode. node examples/course/optimizers.js

import * as wg from "wasmgrad";
import { figure, heatmap, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
const { adadelta, adagrad, adam, adamax, adamw, lbfgs, lion, nadam, radam, rmsprop, sgd } = wg.optimizers;

/** Each with the learning rate that is tried; the defaults for all else. */
const optimizers = {
  SGD: (learningRate) => sgd({ learningRate }),
  momentum: (learningRate) => sgd({ learningRate, momentum: 0.9 }),
  Nesterov: (learningRate) => sgd({ learningRate, momentum: 0.9, nesterov: true }),
  Adagrad: (learningRate) => adagrad({ learningRate }),
  Adadelta: (learningRate) => adadelta({ learningRate, epsilon: 1e-3 }),
  RMSProp: (learningRate) => rmsprop({ learningRate }),
  "RMSProp, centred": (learningRate) => rmsprop({ learningRate, centered: true }),
  Adam: (learningRate) => adam({ learningRate }),
  AMSGrad: (learningRate) => adam({ learningRate, amsgrad: true }),
  AdamW: (learningRate) => adamw({ learningRate, weightDecay: 1e-3 }),
  Adamax: (learningRate) => adamax({ learningRate }),
  Nadam: (learningRate) => nadam({ learningRate }),
  RAdam: (learningRate) => radam({ learningRate }),
  Lion: (learningRate) => lion({ learningRate }),
  "L-BFGS": () => lbfgs({ maxIter: 1, lineSearch: "strongWolfe" }),
};
const rates = Array.from({ length: 13 }, (_, i) => +(10 ** (-i / 4)).toPrecision(1));

/** Loss surfaces over two weights, for tensors or numbers alike. */
const surfaces = {
  "long bowl": {
    of: (a, b) => wg.add(wg.mul(0.5, wg.square(a)), wg.mul(20, wg.square(b))),
    number: (a, b) => 0.5 * a * a + 20 * b * b,
    start: [-4, 1],
    level: 0.01,
    x: [-5, 2],
    y: [-1.5, 1.5],
  },
  "Rosenbrock's valley": {
    of: (a, b) => wg.add(wg.square(wg.sub(1, a)), wg.mul(20, wg.square(wg.sub(b, wg.square(a))))),
    number: (a, b) => (1 - a) ** 2 + 20 * (b - a * a) ** 2,
    start: [-1.5, 1],
    level: 0.01,
    x: [-2, 2],
    y: [-1, 3],
  },
};

/** A model whose output is its two weights, so that its loss is the surface; its way, and the step from which the loss stays below the level. */
async function descend({ of, number, start, level }, optimizer, most = 400) {
  const model = wg.sequential([wg.layers.dense({ units: 2, useBias: false, inputShape: [1] })], { dtype: "float64" });
  const part = (w, i) => wg.slice(w, [0, i], [1, 1]);
  model.compile({ optimizer, loss: (_, w) => wg.reshape(of(part(w, 0), part(w, 1)), [1]) });
  model.setWeights([[start]]);
  const [x, y] = [[start[0]], [start[1]]];
  let last = 0;
  for (let step = 1; step <= most; step++) {
    await model.trainOnBatch([[1]], [[0, 0]]);
    const [a, b] = model.variables[0].toTypedArray();
    x.push(a);
    y.push(b);
    if (!(number(a, b) <= level)) last = step;
    if (Math.abs(a) + Math.abs(b) > 50) return { steps: Number.POSITIVE_INFINITY, x, y };
  }
  return { steps: last < most ? last + 1 : Number.POSITIVE_INFINITY, x, y };
}

console.log(
  "1. Steps until the loss stays below 0.01 (within 400), each optimizer at the best of thirteen rates from 1 to 0.001:\n",
);
console.log(
  `${"".padEnd(18)}${Object.keys(surfaces)
    .map((name) => name.padStart(22))
    .join("  rate")}  rate`,
);
const best = {};
for (const [name, make] of Object.entries(optimizers)) {
  const cells = [];
  for (const [title, surface] of Object.entries(surfaces)) {
    let found;
    for (const rate of name === "L-BFGS" ? [1] : rates) {
      const tried = { rate, ...(await descend(surface, make(rate))) };
      if (!found || tried.steps < found.steps) found = tried;
    }
    best[title] = { ...best[title], [name]: found };
    cells.push(
      `${(found.steps === Infinity ? "over 400" : String(found.steps)).padStart(22)}${String(found.rate).padStart(6)}`,
    );
  }
  console.log(`${name.padEnd(18)}${cells.join("")}`);
}

console.log("\n2. A network of 2-16-1 units on 200 points of two half-moons, all rows in each step:\n");
wg.setSeed(7);
const angle = wg.randomUniform([200], 0, Math.PI, "float32", 1).toTypedArray();
const noise = wg.randomNormal([400], 0, 0.15, "float32", 2).toTypedArray();
const x = { data: new Float32Array(400), shape: [200, 2] };
const y = { data: new Float32Array(200), shape: [200, 1] };
for (let i = 0; i < 200; i++) {
  const side = i % 2;
  x.data[2 * i] = (side ? 1 - Math.cos(angle[i]) : Math.cos(angle[i])) + noise[2 * i];
  x.data[2 * i + 1] = (side ? 0.5 - Math.sin(angle[i]) : Math.sin(angle[i])) + noise[2 * i + 1];
  y.data[i] = side;
}
const curves = [];
for (const [name, rate] of Object.entries({
  SGD: 0.5,
  momentum: 0.1,
  RMSProp: 0.01,
  Adam: 0.03,
  Nadam: 0.03,
  "L-BFGS": 1,
})) {
  wg.setSeed(7);
  const model = wg.sequential([
    wg.layers.dense({ units: 16, activation: "tanh", inputShape: [2] }),
    wg.layers.dense({ units: 1, activation: "sigmoid" }),
  ]);
  model.compile({ optimizer: optimizers[name](rate), loss: "binaryCrossentropy" });
  const { history } = await model.fit(x, y, { epochs: 150, batchSize: 200, shuffle: false });
  const below = history.loss.findIndex((loss) => loss < 0.1);
  curves.push({ name, x: history.loss.map((_, i) => i), y: history.loss, below: below < 0 ? undefined : below });
  console.log(
    `${name.padEnd(9)} rate ${String(rate).padEnd(5)} loss after 150 steps ${history.loss[149].toFixed(5)}, below 0.1 ${below < 0 ? "never" : `after ${below} steps`}`,
  );
}

const far = { ...surfaces["Rosenbrock's valley"], start: [-3, -3] };
const slope = wg.grad((w) => wg.reshape(far.of(wg.slice(w, [0], [1]), wg.slice(w, [1], [1])), []))(
  wg.tensor(far.start),
);
const length = Math.round(wg.norm(slope).item());
console.log(
  `\n3. From (−3, −3) in Rosenbrock's valley, where the gradient has the norm ${length}, SGD at the rate 0.01:\n`,
);
const clipping = {};
for (const [name, options] of [
  ["as it is", {}],
  ["clipValue: 1", { clipValue: 1 }],
  ["globalClipNorm: 1", { globalClipNorm: 1 }],
]) {
  const { steps, x, y } = await descend(far, sgd({ learningRate: 0.01, ...options }), 3000);
  clipping[name] = steps;
  const end = `(${x.at(-1).toPrecision(3)}, ${y.at(-1).toPrecision(3)})`;
  console.log(
    `${name.padEnd(18)} ${steps < Infinity ? `at the level after ${steps} steps` : `gone to ${end} after ${x.length - 1} steps`}`,
  );
}

const grid = ([from, to], n) => Array.from({ length: n }, (_, i) => from + ((to - from) * i) / (n - 1));
const maps = [];
for (const [title, surface] of Object.entries(surfaces)) {
  const [columns, rows] = [grid(surface.x, 141), grid(surface.y, 91)];
  maps.push(
    await heatmap({
      title: `${title[0].toUpperCase()}${title.slice(1)}: ways to a loss below 0.01`,
      x: { title: "weight w₁", values: columns },
      y: { title: "weight w₂", values: rows },
      z: rows.map((b) => columns.map((a) => Math.max(1e-3, surface.number(a, b)))),
      value: { title: "loss", scale: "log" },
      contours: 9,
      paths: ["momentum", "Adam", "L-BFGS"].map((name) => {
        const { x, y, steps } = best[title][name];
        return { name: `${name} (${steps === Infinity ? "over 400" : steps} steps)`, x, y };
      }),
      height: 480,
    }),
  );
}
const network = await lineChart({
  title: "Loss of the network on the half-moons",
  x: { title: "step (all 200 rows)" },
  y: { title: "binary cross-entropy (cut at 0.001)", scale: "log" },
  series: curves.map(({ name, x, y }) => ({ name, x, y: y.map((loss) => Math.max(loss, 1e-3)) })),
});
const table = Object.entries(best["Rosenbrock's valley"]);
await picture("optimizers", await figure([...maps, network], { columns: 1 }));

const [slow, quick] = ["SGD", "momentum"].map((name) => best["long bowl"][name].steps);
const [first] = table.sort(([, a], [, b]) => a.steps - b.steps);
console.log(
  `\nNotice: along the long bowl momentum needs ${quick} steps where plain SGD needs ${slow}, because its velocity adds up along the floor and cancels ` +
    `across it; in the curved valley ${first[0]} is first with ${first[1].steps} steps. Clipped to a norm of 1, the run that exploded arrives after ${clipping["globalClipNorm: 1"]} steps.`,
);
