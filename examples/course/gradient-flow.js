// How a signal grows or dies in a deep network: weights of 1.5 · I and 0.5 · I, sigmoid against relu. node examples/course/gradient-flow.js

import * as wg from "wasmgrad";
import { gradientFlow } from "wasmgrad/diagnostics";
import { figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
wg.setSeed(1);
const DEPTH = 30;
const WIDTH = 64;
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
      }),
      await lineChart({
        title: "Backwards: gradients",
        x: depth,
        y: { title: "rms of the gradient / that at the output", scale: "log" },
        series: backwards,
      }),
    ],
    { columns: 2, title: `A signal through ${DEPTH} layers` },
  ),
);
console.log(
  `\nNotice: 1.5 and 0.5 are close to 1, but their ${DEPTH}th powers are ${(1.5 ** DEPTH).toExponential(1)} and ${(0.5 ** DEPTH).toExponential(1)}. ` +
    `With random weights the gradient at the first layer is ${reached["auto (random) relu"].toFixed(1)} times that at the output through relu, ${reached["auto (random) sigmoid"].toExponential(1)} times through sigmoid.`,
);
