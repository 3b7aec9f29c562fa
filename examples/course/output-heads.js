// The three output heads and their gradient y − d, stable at ±1000; smoothing, class weights, focal and Huber loss. node examples/course/output-heads.js

import * as wg from "wasmgrad";
import { figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
wg.setSeed(1);
const { losses } = wg;
const show = (values, digits = 4) =>
  Array.from(values, (v) => v.toFixed(digits).replace("-0.0000", " 0.0000").padStart(9)).join(" ");
const gradientOf = (loss, z) => wg.grad(loss)(wg.tensor(z)).toTypedArray();

console.log("1. Three heads, one gradient: y − d\n");
const z = [[2, -1, 0.5]];
const d = [[1, 0, 0]];
const heads = [
  ["identity + ½ squared error", (x) => x, losses.halfSquaredError(), 1],
  ["sigmoid + binary crossentropy", wg.sigmoid, losses.binaryCrossentropy({ fromLogits: true }), 3],
  ["softmax + crossentropy", (x) => wg.softmax(x), losses.categoricalCrossentropy({ fromLogits: true }), 1],
];
for (const [name, activation, loss, outputs] of heads) {
  const y = activation(wg.tensor(z)).toTypedArray();
  // The binary loss is a mean over its outputs; times their number, each has its own y − d.
  const gradient = gradientOf((x) => wg.mul(wg.sum(loss.perSample(wg.tensor(d), x)), outputs), z);
  console.log(name);
  console.log(
    `  y         ${show(y)}\n  y − d     ${show(y.map((v, i) => v - d[0][i]))}\n  gradient  ${show(gradient)}`,
  );
}

console.log("\n2. Logits of ±1000, label: the second class\n");
const far = [[1000, -1000]];
const powers = far[0].map(Math.exp);
const naive = -Math.log(powers[1] / (powers[0] + powers[1]));
const ours = wg.softmaxCrossEntropy(far, [[0, 1]]);
console.log(`  e^z / Σ e^z, then −ln:  ${naive}   (e^1000 = ${powers[0]})`);
console.log(
  `  from the logits:        ${ours.loss.toArray()[0]}   gradient ${show(
    gradientOf((x) => wg.sum(wg.softmaxCrossEntropy(x, [[0, 1]]).loss), far),
    0,
  )}`,
);

console.log("\n3. Label smoothing: the loss of an answer that is ever surer, and right\n");
const sure = [1, 3, 5, 10, 20];
for (const labelSmoothing of [0, 0.1]) {
  const of = losses.categoricalCrossentropy({ fromLogits: true, labelSmoothing });
  const values = sure.map((logit) => of.perSample([[1, 0, 0]], [[logit, 0, 0]]).toArray()[0]);
  console.log(`  α = ${String(labelSmoothing).padEnd(4)} logit ${sure.join(", ")}:  ${show(values, 3)}`);
}

console.log("\n4. Class weights for a rare class: 1 row in 20 is positive\n");
const count = 4000;
const noise = wg.randomNormal([count, 2], 0, 1, "float32", 5).toTypedArray();
const labels = Float32Array.from({ length: count }, (_, i) => (i % 20 === 0 ? 1 : 0));
const rows = { data: noise.map((v, i) => v + 1.5 * labels[Math.floor(i / 2)]), shape: [count, 2] };
const weights = [1, 2, 5, 10, 19];
const recalls = [];
const precisions = [];
for (const weight of weights) {
  wg.setSeed(2);
  const model = wg.sequential([wg.layers.dense({ units: 1, activation: "sigmoid", inputShape: [2] })]);
  model.compile({
    optimizer: wg.optimizers.adam({ learningRate: 0.03 }),
    loss: "binaryCrossentropy",
    metrics: ["precision", "recall"],
  });
  await model.fit(rows, labels, { epochs: 15, batchSize: 64, classWeight: { 0: 1, 1: weight } });
  const { precision, recall } = await model.evaluate(rows, labels);
  recalls.push(recall);
  precisions.push(precision);
  console.log(
    `  weight ${String(weight).padStart(2)}:  recall ${recall.toFixed(3)}   precision ${precision.toFixed(3)}`,
  );
}

console.log("\n5. Focal loss (γ = 2) against cross-entropy, by the probability p given to the right answer\n");
const p = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
const column = p.map((v) => [v]);
const yes = p.map(() => [1]);
const entropy = losses.binaryCrossentropy(yes, column).toTypedArray();
const focals = [0.5, 2, 5].map((gamma) => losses.binaryFocalCrossentropy(yes, column, { gamma }).toTypedArray());
for (const at of [0.1, 0.5, 0.9, 0.99]) {
  const i = Math.round(at * 100) - 1;
  console.log(
    `  p = ${String(at).padEnd(4)}  cross-entropy ${entropy[i].toFixed(5)}   focal ${focals[1][i].toFixed(7)}   ${(entropy[i] / focals[1][i]).toFixed(1)} times less`,
  );
}

const errors = Array.from({ length: 161 }, (_, i) => (i - 80) / 20);
const zeros = errors.map(() => [0]);
const ofErrors = (loss, options) =>
  loss(
    zeros,
    errors.map((e) => [e]),
    options,
  ).toTypedArray();
const logits = Array.from({ length: 101 }, (_, i) => i / 10);
const size = { width: 560, height: 380 };
const at = (weight) => weights.indexOf(weight);
await picture(
  "output-heads",
  await figure(
    [
      await lineChart({
        title: "Cross-entropy and focal loss",
        x: { title: "probability of the right answer", min: 0, max: 1 },
        y: { title: "loss (nats)", min: 0 },
        series: [
          { name: "cross-entropy", x: p, y: entropy },
          ...[0.5, 2, 5].map((gamma, i) => ({ name: `focal, γ = ${gamma}`, x: p, y: focals[i] })),
        ],
        ...size,
      }),
      await lineChart({
        title: "Label smoothing",
        x: { title: "logit of the right answer (the others are 0)" },
        y: { title: "loss (nats)", min: 0 },
        series: [0, 0.1].map((labelSmoothing) => ({
          name: `α = ${labelSmoothing}`,
          x: logits,
          y: losses
            .categoricalCrossentropy({ fromLogits: true, labelSmoothing })
            .perSample(
              logits.map(() => [1, 0, 0]),
              logits.map((logit) => [logit, 0, 0]),
            )
            .toTypedArray(),
        })),
        ...size,
      }),
      await lineChart({
        title: "Losses for a number",
        x: { title: "error y − d" },
        y: { title: "loss", min: 0, max: 8 },
        series: [
          { name: "½ squared", x: errors, y: ofErrors(losses.halfSquaredError) },
          { name: "Huber, δ = 1", x: errors, y: ofErrors(losses.huber) },
          { name: "log-cosh", x: errors, y: ofErrors(losses.logCosh) },
          { name: "absolute", x: errors, y: ofErrors(losses.meanAbsoluteError), style: "dashed" },
        ],
        ...size,
      }),
      await lineChart({
        title: "A rare class given more weight",
        x: { title: "weight of the rare class", scale: "log" },
        y: { title: "share of rows", min: 0, max: 1 },
        series: [
          { name: "recall", x: weights, y: recalls },
          { name: "precision", x: weights, y: precisions },
        ],
        ...size,
      }),
    ],
    { columns: 2, title: "Output heads" },
  ),
);
console.log(
  `\nNotice: each head hands back y − d, from logits of any size. A weight of ${weights.at(-1)} lifts the recall of the rare class from ${recalls[at(1)].toFixed(2)} to ${recalls.at(-1).toFixed(2)} and costs precision (${precisions[at(1)].toFixed(2)} to ${precisions.at(-1).toFixed(2)}); focal loss all but forgets the rows that are right already.`,
);
