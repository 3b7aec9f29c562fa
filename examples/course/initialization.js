// What is left of a signal after 50 layers, for each initializer, with relu and tanh. node examples/course/initialization.js

import * as wg from "wasmgrad";
import { gradientFlow } from "wasmgrad/diagnostics";
import { figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
wg.setSeed(1);
const DEPTH = 50;
// Two widths in turn: with as many outputs as inputs Glorot's rule would be Xavier's.
const widths = Array.from({ length: DEPTH }, (_, i) => (i % 2 === 0 ? 192 : 96));
const x = wg.randomNormal([128, 96]);
const y = wg.zeros([128, widths.at(-1)]);

const { randomNormal } = wg.initializers;
const initializers = {
  "normal, 0.05": randomNormal({ stdDev: 0.05 }),
  "normal, 0.2": randomNormal({ stdDev: 0.2 }),
  "He √(2/n_in)": "heNormal",
  "Xavier √(1/n_in)": "xavierNormal",
  "LeCun, uniform": "lecunUniform",
  "Glorot √(2/(n_in+n_out))": "glorotNormal",
  orthogonal: "orthogonal",
  auto: "auto",
};

async function deviations(activation, kernelInitializer) {
  const layers = widths.map((units, i) =>
    wg.layers.dense({ units, activation, kernelInitializer, inputShape: i === 0 ? [96] : undefined }),
  );
  const model = wg.sequential(layers).compile({ optimizer: "sgd", loss: "mse" });
  const flow = await gradientFlow(model, x, y);
  return flow.layers.map(({ activations }) => activations.deviation);
}

console.log(`Deviation of the activations after 1, 10 and ${DEPTH} layers; the input's is 1.\n`);
console.log("activation  initializer               after 1   after 10  after 50");
const panels = [];
const left = {};
const axis = Array.from({ length: DEPTH }, (_, i) => i + 1);
for (const activation of ["relu", "tanh"]) {
  const series = [];
  for (const [name, initializer] of Object.entries(initializers)) {
    const found = await deviations(activation, initializer);
    left[`${activation} ${name}`] = found.at(-1);
    const cells = [found[0], found[9], found[DEPTH - 1]].map((each) => each.toExponential(1).padEnd(9));
    console.log(`${activation.padEnd(11)} ${name.padEnd(25)} ${cells.join(" ")}`);
    series.push({ name, x: axis, y: found, style: name === "auto" ? "dashed" : "line" });
  }
  panels.push(
    await lineChart({
      title: activation,
      x: { title: "layer", min: 1, max: DEPTH },
      y: { title: "deviation of the activations", scale: "log" },
      series,
    }),
  );
}
await picture("initialization", await figure(panels, { columns: 2, title: `Activations through ${DEPTH} layers` }));
const of = (name) => left[name].toExponential(1);
console.log(
  `\nNotice: after ${DEPTH} relu layers He's weights leave a deviation of ${of("relu He √(2/n_in)")} and Xavier's ${of("relu Xavier √(1/n_in)")}, as relu halves the ` +
    `variance in each; with tanh Xavier's keep ${of("tanh Xavier √(1/n_in)")}. A fixed 0.05 leaves ${of("relu normal, 0.05")}, a fixed 0.2 ends at ${of("relu normal, 0.2")}: "auto" takes the one that fits.`,
);
