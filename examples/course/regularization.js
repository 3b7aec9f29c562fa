// L2 and L1 in logistic regression: too little, right and too much of it, what becomes of the weights, and why it is called weight decay. node examples/course/regularization.js

import * as wg from "wasmgrad";
import { figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
wg.setSeed(3);
const percent = (share) => `${(100 * share).toFixed(1)} %`.padStart(6);

// Two measurements of a microchip; it passes where they lie within an oval, but for noise.
function chips(count, seed) {
  const points = wg.randomUniform([count, 2], -1, 1.2, "float32", seed).toArray();
  const luck = wg.randomUniform([count], 0, 1, "float32", seed + 1).toArray();
  const passes = points.map(([u, v], i) => {
    const inside = 0.7 - (u - 0.15) ** 2 - (v - 0.2) ** 2 + 0.5 * (u - 0.15) * (v - 0.2);
    return luck[i] < 1 / (1 + Math.exp(-8 * inside)) ? 1 : 0;
  });
  return { points, x: points.map(polynomial), y: passes };
}

/** u, v, u², uv, v², … up to the sixth power: 27 features, enough to fit noise with. */
const powers = [];
for (let degree = 1; degree <= 6; degree++) for (let j = 0; j <= degree; j++) powers.push([degree - j, j]);
const polynomial = ([u, v]) => powers.map(([a, b]) => u ** a * v ** b);

const m = 118;
const train = chips(m, 50);
const dev = chips(2000, 20);

function classifier(kernelRegularizer, weights) {
  const model = wg.sequential([wg.layers.dense({ units: 1, activation: "sigmoid", inputShape: [powers.length] })]);
  const learningRate = wg.schedules.cosine(0.3, { steps: STEPS, final: 1e-4 });
  const optimizer = wg.optimizers.adam({ learningRate });
  model.compile({ optimizer, loss: "binaryCrossentropy", metrics: ["accuracy"], kernelRegularizer });
  if (weights) model.setWeights(weights);
  return model;
}
const STEPS = 4000;
const course = { convention: "course" };
const errorOn = async (model, { x, y }) => 1 - (await model.evaluate(x, y)).accuracy;

/** Trains from the largest λ to the smallest, each from where the last one ended. */
async function pathOf(regularizerOf, lambdas) {
  const found = [];
  let weights;
  for (const lambda of [...lambdas].reverse()) {
    const model = classifier(regularizerOf(lambda), weights);
    await model.fit(train.x, train.y, { epochs: STEPS, batchSize: m, shuffle: false });
    weights = model.getWeights();
    const kernel = [...weights[0].toTypedArray()];
    found.unshift({ lambda, model, kernel, train: await errorOn(model, train), dev: await errorOn(model, dev) });
  }
  return found;
}

const lambdas = Array.from({ length: 11 }, (_, i) => 10 ** (-2.5 + i / 2));
const l2 = await pathOf((lambda) => wg.regularizers.l2(lambda, course), lambdas);
const l1 = await pathOf((lambda) => wg.regularizers.l1(lambda, course), lambdas);

console.log(`1. λ/2m · ‖w‖², ${m} chips to train on, 2,000 as dev set, ${powers.length} weights:\n`);
const [none] = await pathOf(() => undefined, [0]);
const norm = (kernel) => Math.sqrt(kernel.reduce((sum, w) => sum + w * w, 0));
const row = ({ lambda, kernel, train, dev }) =>
  console.log(
    `λ = ${String(+lambda.toPrecision(2)).padStart(6)}   train error ${percent(train)}   dev error ${percent(dev)}   ‖w‖ ${norm(kernel).toFixed(2).padStart(6)}`,
  );
[none, ...l2].forEach(row);
const best = l2.reduce((a, b) => (b.dev < a.dev ? b : a));
const most = l2[9];

console.log("\n2. L1 puts weights to 0, L2 only near it. Weights of size below 0.001 at each λ:\n");
const zeros = ({ kernel }) => kernel.filter((w) => Math.abs(w) < 1e-3).length;
for (const i of [0, 2, 4, 6, 7, 8, 9]) {
  console.log(
    `λ = ${String(+lambdas[i].toPrecision(2)).padStart(6)}   L1 ${String(zeros(l1[i])).padStart(2)} of ${powers.length}, dev error ${percent(l1[i].dev)}   L2 ${String(zeros(l2[i])).padStart(2)} of ${powers.length}`,
  );
}

console.log("\n3. A step of SGD with L2 is weight decay: w ← (1 − ηλ/m) · w − η · ∇. One step by λ, one by hand:\n");
const [eta, lambda] = [0.5, 10];
async function stepped(kernelRegularizer) {
  const model = wg.sequential([wg.layers.dense({ units: 1, activation: "sigmoid", inputShape: [powers.length] })]);
  const optimizer = wg.optimizers.sgd({ learningRate: eta });
  model.compile({ optimizer, loss: "binaryCrossentropy", kernelRegularizer }).setWeights(best.model.getWeights());
  await model.fit(train.x, train.y, { batchSize: m });
  return [...model.getWeights()[0].toTypedArray()];
}
const decayed = await stepped(wg.regularizers.l2(lambda, course));
const plain = await stepped(undefined);
const byHand = best.kernel.map((w, i) => (1 - (eta * lambda) / m) * w - (w - plain[i]));
for (let i = 0; i < 3; i++) {
  const name = nameOf(i).padEnd(3);
  console.log(
    `${name} before ${best.kernel[i].toFixed(6)}   after ${decayed[i].toFixed(6)}   by hand ${byHand[i].toFixed(6)}`,
  );
}
const apart = Math.max(...decayed.map((w, i) => Math.abs(w - byHand[i])));
console.log(`furthest apart of all ${powers.length}: ${apart.toExponential(1)}, the rounding of float32`);

console.log(
  "\n4. With Adam it is not: Adam divides the penalty's gradient by its own size. A weight of 1 without data:\n",
);
async function shrunk(optimizer, kernelRegularizer) {
  const model = wg.sequential([wg.layers.dense({ units: 1, useBias: false, inputShape: [1] })]);
  model.compile({ optimizer, loss: "mse", kernelRegularizer }).setWeights([[[1]]]);
  const sizes = [];
  for (let step = 0; step < 3; step++) {
    await model.trainOnBatch([[0]], [0]);
    sizes.push(model.getWeights()[0].item().toFixed(4));
  }
  return sizes.join(", ");
}
const adam = () => wg.optimizers.adam({ learningRate: 0.1 });
console.log(`Adam with L2 of 0.05   ${await shrunk(adam(), wg.regularizers.l2(0.05))}`);
console.log(
  `Adam with L2 of 0.5    ${await shrunk(adam(), wg.regularizers.l2(0.5))}, for all that λ is ten times larger`,
);
console.log(
  `AdamW, decay 0.1       ${await shrunk(wg.optimizers.adamw({ learningRate: 0.1, weightDecay: 0.1 }))}, 1 − 0.1 · 0.1 each time`,
);

function nameOf(i) {
  const power = (letter, n) => (n === 0 ? "" : n === 1 ? letter : `${letter}${"⁰¹²³⁴⁵⁶"[n]}`);
  return power("u", powers[i][0]) + power("v", powers[i][1]);
}

/** Where the model's probability is a half: short lines with gaps between them. */
function boundary(model) {
  const n = 90;
  const at = (i) => -1.05 + (2.3 * i) / n;
  const grid = [];
  for (let j = 0; j <= n; j++) for (let i = 0; i <= n; i++) grid.push(polynomial([at(i), at(j)]));
  const p = model.predict(grid).toTypedArray();
  const z = (i, j) => p[j * (n + 1) + i] - 0.5;
  const [x, y] = [[], []];
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) {
      const corners = [
        [i, j],
        [i + 1, j],
        [i + 1, j + 1],
        [i, j + 1],
      ];
      const crossings = corners.flatMap(([a, b], k) => {
        const [c, d] = corners[(k + 1) % 4];
        const [from, to] = [z(a, b), z(c, d)];
        if (from < 0 === to < 0) return [];
        const t = from / (from - to);
        return [[at(a) + t * (at(c) - at(a)), at(b) + t * (at(d) - at(b))]];
      });
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        x.push(crossings[k][0], crossings[k + 1][0], Number.NaN);
        y.push(crossings[k][1], crossings[k + 1][1], Number.NaN);
      }
    }
  }
  return { x, y };
}
const side = { width: 520, height: 420 };
const sideBySide = (result, title) => {
  const group = (name, passed) => {
    const own = train.points.filter((_, i) => train.y[i] === passed);
    return { name, x: own.map(([u]) => u), y: own.map(([, v]) => v), style: "points" };
  };
  return lineChart({
    title,
    x: { title: "first measurement u", min: -1.05, max: 1.25 },
    y: { title: "second measurement v", min: -1.05, max: 1.25 },
    series: [group("passed", 1), group("failed", 0), { name: "decision boundary", ...boundary(result.model) }],
    ...side,
  });
};
const lambdaAxis = { title: "λ", scale: "log" };
const shown = [0, 1, 2, 4, 3, 9, 20];
const paths = (results, title) =>
  lineChart({
    title,
    x: lambdaAxis,
    y: { title: "weight", min: -15, max: 5 },
    series: shown.map((i) => ({ name: nameOf(i), x: lambdas, y: results.map(({ kernel }) => kernel[i]) })),
    ...side,
  });
const errors = lineChart({
  title: "Error against λ (L2)",
  x: lambdaAxis,
  y: { title: "error (%)", min: 0 },
  series: [
    { name: "train", x: lambdas, y: l2.map(({ train }) => 100 * train) },
    { name: "dev", x: lambdas, y: l2.map(({ dev }) => 100 * dev) },
  ],
  marks: [{ x: best.lambda, text: "least dev error" }],
  ...side,
});
const panels = await Promise.all([
  sideBySide(none, "λ = 0: high variance"),
  sideBySide(best, `λ = ${+best.lambda.toPrecision(2)}: right`),
  sideBySide(most, `λ = ${+most.lambda.toPrecision(2)}: high bias`),
  errors,
  paths(l2, "Weights against λ, L2"),
  paths(l1, "Weights against λ, L1"),
]);
await picture("regularization", await figure(panels, { columns: 2, title: "Regularized logistic regression" }));

console.log(
  `\nNotice: without a penalty ${percent(none.train).trim()} of the chips that were trained on are misjudged, but ${percent(none.dev).trim()} of new ones; λ = ${+best.lambda.toPrecision(2)} makes that ${percent(best.dev).trim()}, and λ = ${most.lambda} ${percent(most.dev).trim()}, too stiff even for the old ones (${percent(most.train).trim()}). L1 keeps few weights, L2 keeps all of them small.`,
);
