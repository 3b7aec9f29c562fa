// Saddles and plateaus: what kind of point is it, and which optimizer leaves it first? node examples/course/saddle-points.js

import * as wg from "wasmgrad";
import { drawnDigits } from "wasmgrad/data";
import { criticalPoint } from "wasmgrad/diagnostics";
import { figure, heatmap, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();

/** x³ − 3xy²: three ways down for two legs and a tail. */
function monkey(p) {
  const [x, y] = [wg.slice(p, [0], [1]), wg.slice(p, [1], [1])];
  return wg.sum(wg.sub(wg.mul(x, wg.square(x)), wg.mul(3, wg.mul(x, wg.square(y)))));
}
console.log("1. The monkey saddle x³ − 3xy²\n");
console.log((await criticalPoint(monkey, [[0, 0]])).summary);

console.log("\n2. From (0.4, 0.02), uphill of the saddle: steps until the value is below −0.5, at a rate of 0.02\n");
const optimizers = {
  SGD: () => wg.optimizers.sgd({ learningRate: 0.02 }),
  momentum: () => wg.optimizers.sgd({ learningRate: 0.02, momentum: 0.9 }),
  RMSProp: () => wg.optimizers.rmsprop({ learningRate: 0.02 }),
  Adam: () => wg.optimizers.adam({ learningRate: 0.02 }),
};
const MOST = 400;
const ways = [];
for (const [name, make] of Object.entries(optimizers)) {
  // A model whose only weights are the point, and whose loss is the function of it.
  const model = wg.sequential([wg.layers.dense({ units: 2, inputShape: [1], useBias: false })], { dtype: "float64" });
  model.compile({ optimizer: make(), loss: (_, point) => wg.reshape(monkey(wg.reshape(point, [2])), [1]) });
  model.setWeights([[[0.4, 0.02]]]);
  const [x, y, values] = [[0.4], [0.02], []];
  for (let step = 0; step < MOST && !(values.at(-1) < -0.5); step++) {
    values.push((await model.trainOnBatch([[1]], [[0, 0]])).loss);
    const [a, b] = model.getWeights()[0].toTypedArray();
    x.push(a);
    y.push(b);
  }
  ways.push({ name, x, y, values });
  console.log(
    `${name.padEnd(9)} ${values.at(-1) < -0.5 ? `${String(values.length - 1).padStart(3)} steps` : `not in ${MOST} steps`}`,
  );
}

console.log(
  "\n3. A network of tanh units with weights near 0: a saddle as flat as a plateau. Steps until half of the loss is gone\n",
);
const digits = drawnDigits({ count: 512, seed: 1, flatten: true, oneHot: true });
function net(make) {
  wg.setSeed(1);
  const small = wg.initializers.randomNormal({ stdDev: 1e-3 });
  const model = wg.sequential([
    wg.layers.dense({ units: 16, activation: "tanh", inputShape: [784], kernelInitializer: small }),
    wg.layers.dense({ units: 16, activation: "tanh", kernelInitializer: small }),
    wg.layers.dense({ units: 10, activation: "softmax", kernelInitializer: small }),
  ]);
  return model.compile({ optimizer: make(), loss: "categoricalCrossentropy" });
}
const before = await criticalPoint(net(optimizers.SGD), digits, {
  gradientTolerance: 0.1,
  iterations: 12,
  maxRows: 256,
});
console.log(`at the start: ${before.kind}\n${before.summary}\n`);
const curves = [];
let last;
for (const [name, make] of Object.entries(optimizers)) {
  const model = net(make);
  const { loss } = (await model.fit(digits, { epochs: 200, batchSize: 512, shuffle: false })).history;
  const left = loss.findIndex((v) => v < loss[0] / 2);
  curves.push({ name, x: loss.map((_, i) => i), y: loss, left });
  console.log(
    `${name.padEnd(9)} ${left < 0 ? "not in 200 steps" : `${String(left).padStart(3)} steps`}  loss ${loss.at(-1).toFixed(4)}`,
  );
  if (name === "Adam") last = model;
}
const after = await criticalPoint(last, digits, { gradientTolerance: 0.05, iterations: 50, maxRows: 256 });
console.log(`\nwhere Adam ended: ${after.kind}\n${after.summary}\n`);

const axis = Array.from({ length: 41 }, (_, i) => i / 20 - 1);
const inside = ({ name, x, y }) => {
  const end = x.findIndex((v, i) => Math.abs(v) > 1 || Math.abs(y[i]) > 1);
  return end < 0 ? { name, x, y } : { name, x: x.slice(0, end), y: y.slice(0, end) };
};
await picture(
  "saddle-points",
  await figure([
    await heatmap({
      title: "Four ways off the monkey saddle",
      x: { title: "x", values: axis },
      y: { title: "y", values: axis },
      z: axis.map((y) => axis.map((x) => x ** 3 - 3 * x * y * y)),
      value: { title: "x³ − 3xy²" },
      contours: 12,
      paths: ways.map(inside),
      width: 600,
      height: 440,
    }),
    await lineChart({
      title: "A network leaves its plateau",
      x: { title: "step" },
      y: { title: "training loss", min: 0 },
      // SGD and momentum lie on one line: they have not left.
      series: curves.map(({ name, x, y }) => ({ name, x, y, style: name === "momentum" ? "dashed" : "line" })),
      width: 560,
      height: 440,
    }),
  ]),
);
const first = (list, steps) => [...list].sort((a, b) => steps(a) - steps(b))[0];
const ofSaddle = first(ways, ({ values }) => (values.at(-1) < -0.5 ? values.length : Number.POSITIVE_INFINITY));
const ofPlateau = first(curves, ({ left }) => (left < 0 ? Number.POSITIVE_INFINITY : left));
const stuck = curves.filter(({ left }) => left < 0).map(({ name }) => name);
console.log(
  `Notice: ${ofSaddle.name} leaves the monkey saddle first, and ${ofPlateau.name === ofSaddle.name ? "it also leaves" : `${ofPlateau.name} leaves`} the network's plateau first, after ${ofPlateau.left} steps` +
    `${stuck.length ? `; ${stuck.join(" and ")} stayed on it for all 200` : ""}. Where gradients are small, dividing by their size is what gets away.`,
);
