// How a signal grows or dies in a deep network: weights of 1.5 · I and 0.5 · I, sigmoid against relu. node examples/course/gradient-flow.js

import * as wg from "wasmgrad";
import { gradientFlow } from "wasmgrad/diagnostics";
import { figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
wg.setSeed(1);
const DEPTH = 30;
const WIDTH = 64;
const STEPS = 40;
const RATE = 0.02;
const x = wg.randomNormal([128, WIDTH]);
const y = wg.zeros([128, WIDTH]);

function deep(activation, kernelInitializer) {
  const layers = Array.from({ length: DEPTH }, (_, i) =>
    wg.layers.dense({
      units: WIDTH,
      activation: i < DEPTH - 1 ? activation : "linear",
      kernelInitializer,
      useBias: false,
      inputShape: i === 0 ? [WIDTH] : undefined,
    }),
  );
  return wg.sequential(layers, { dtype: "float64" }).compile({ optimizer: "sgd", loss: "mse" });
}
function scaledIdentity(activation, factor) {
  const model = deep(activation, "zeros");
  model.setWeights(model.variables.map(() => wg.mul(wg.eye(WIDTH, WIDTH, "float64"), wg.full([1], factor, "float64"))));
  return model;
}
const power = (value) => value.toExponential(2).padStart(9);
const layers = Array.from({ length: DEPTH }, (_, i) => i + 1);

console.log(
  `1. ${DEPTH} layers without activation: forwards each multiplies by 1.5 or 0.5, and backwards once more.\n`,
);
console.log("weights   activations: measured    closed form  gradient: measured    closed form  verdict");
const forwards = [];
const backwards = [];
for (const factor of [1.5, 0.5]) {
  const flow = await gradientFlow(scaledIdentity("linear", factor), x, y);
  const input = flow.layers[0].activations.rms / factor;
  const grown = flow.layers.map(({ activations }) => activations.rms / input);
  const back = flow.layers.map(({ gradients }) => gradients.rms / flow.layers.at(-1).gradients.rms);
  forwards.push({ name: `${factor} · I, linear`, x: layers, y: grown });
  backwards.push({ name: `${factor} · I, linear`, x: layers, y: back });
  console.log(
    `${factor} · I            ${power(grown.at(-1))}      ${power(factor ** DEPTH)}           ${power(back[0])}      ${power(factor ** (DEPTH - 1))}  ${flow.verdict}`,
  );
}

console.log(
  "\n2. The same with an activation between: a sigmoid passes at most a quarter of the gradient, a relu all or nothing.\n",
);
console.log("weights        activation  gradient at layer 1 / at the output  verdict");
const reached = {};
for (const [name, make] of [
  ["0.5 · I", (activation) => scaledIdentity(activation, 0.5)],
  ["1.5 · I", (activation) => scaledIdentity(activation, 1.5)],
  ["auto (random)", (activation) => deep(activation, "auto")],
]) {
  for (const activation of ["sigmoid", "relu"]) {
    const flow = await gradientFlow(make(activation), x, y);
    const back = flow.layers.map(({ gradients }) => gradients.rms / flow.layers.at(-1).gradients.rms);
    const grown = flow.layers.map(({ activations }) => activations.rms);
    reached[`${name} ${activation}`] = back[0];
    console.log(
      `${name.padEnd(14)} ${activation.padEnd(10)}  ${power(back[0])}                            ${flow.verdict}`,
    );
    if (name === "0.5 · I") continue;
    const style = name === "1.5 · I" ? "dashed" : "line";
    forwards.push({ name: `${name}, ${activation}`, x: layers, y: grown, style });
    backwards.push({ name: `${name}, ${activation}`, x: layers, y: back, style });
  }
}

console.log(`\n3. What gradientFlow says of the random sigmoid network:\n`);
console.log((await gradientFlow(deep("sigmoid", "auto"), x, y)).summary.split("\n").slice(-2).join("\n"));

console.log(
  `\n4. Clipping: ${STEPS} steps of SGD on a relu network whose weights are 1.15 times He's, and whose gradients explode:\n`,
);
/** The norm of the whole gradient before each step, and the loss; up to the step at which numbers end. */
async function descend(options) {
  wg.setSeed(3);
  const layers = Array.from({ length: 12 }, (_, i) =>
    wg.layers.dense({
      units: i < 11 ? WIDTH : 1,
      activation: i < 11 ? "relu" : "linear",
      kernelInitializer: wg.initializers.varianceScaling({
        scale: 2 * 1.15 ** 2,
        mode: "fanIn",
        distribution: "untruncatedNormal",
      }),
      inputShape: i === 0 ? [WIDTH] : undefined,
    }),
  );
  const model = wg.sequential(layers);
  model.compile({ optimizer: wg.optimizers.sgd({ learningRate: RATE, ...options }), loss: "mse" });
  const target = wg.sin(wg.sum(x, [1], true));
  const norms = [];
  const losses = [];
  for (let step = 0; step < STEPS; step++) {
    const { layers: each, loss } = await gradientFlow(model, x, target);
    const norm = Math.hypot(...each.map(({ weights }) => weights?.gradientNorm ?? 0));
    if (!Number.isFinite(norm)) break;
    norms.push(norm);
    losses.push(loss);
    try {
      await model.trainOnBatch(x, target);
    } catch (error) {
      if (error.name !== "NumericError") throw error;
      break;
    }
  }
  return { norms, losses };
}
const clipped = {};
console.log("clipping             steps  largest gradient norm  first loss  last loss");
for (const [name, options] of [
  ["none", {}],
  ["clipValue: 0.01", { clipValue: 0.01 }],
  ["globalClipNorm: 1", { globalClipNorm: 1 }],
]) {
  const { norms, losses } = await descend(options);
  clipped[name] = { norms, losses };
  const most = norms.reduce((a, b) => Math.max(a, b));
  console.log(
    `${name.padEnd(18)} ${String(norms.length).padStart(7)}  ${most.toExponential(1).padStart(21)}  ${losses[0].toPrecision(3).padStart(10)}  ${losses.at(-1).toPrecision(3).padStart(9)}`,
  );
}

const size = { width: 560, height: 380 };
const depth = { title: "layer", min: 1, max: DEPTH };
await picture(
  "gradient-flow",
  await figure(
    [
      await lineChart({
        title: "Forwards: activations",
        x: depth,
        y: { title: "rms of the activations", scale: "log" },
        series: forwards,
        ...size,
      }),
      await lineChart({
        title: "Backwards: gradients",
        x: depth,
        y: { title: "rms of gradient / output's", scale: "log" },
        series: backwards,
        ...size,
      }),
      ...(await Promise.all(
        [
          ["Clipping: gradients before it", "norm of the gradient", "norms"],
          ["Clipping: losses", "mean squared error", "losses"],
        ].map(([title, y, key]) =>
          lineChart({
            title,
            x: { title: "step", min: 1, max: STEPS },
            y: { title: y, scale: "log" },
            series: Object.entries(clipped).map(([name, { [key]: values }]) => ({
              name,
              x: values.map((_, i) => i + 1),
              y: values,
            })),
            ...size,
          }),
        ),
      )),
    ],
    { columns: 2, title: `A signal through ${DEPTH} layers, and steps with clipped gradients` },
  ),
);
console.log(
  `\nNotice: 1.5 and 0.5 are close to 1, but their ${DEPTH}th powers are ${(1.5 ** DEPTH).toExponential(1)} and ${(0.5 ** DEPTH).toExponential(1)}. ` +
    `With random weights the gradient at the first layer is ${reached["auto (random) relu"].toFixed(1)} times that at the output through relu, ${reached["auto (random) sigmoid"].toExponential(1)} times through sigmoid. ` +
    `SGD without clipping is gone after ${clipped.none.norms.length} steps; with the norm clipped to 1 the loss goes from ${clipped["globalClipNorm: 1"].losses[0].toFixed(0)} to ${clipped["globalClipNorm: 1"].losses.at(-1).toFixed(2)}.`,
);
