// What is left of a signal after 50 layers, for each initializer, with relu and tanh. node examples/course/initialization.js

import * as wg from "wasmgrad";
import { gradientFlow } from "wasmgrad/diagnostics";
import { figure, lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
wg.setSeed(1);
const DEPTH = 50;
const WIDTH = 128;
const x = wg.randomNormal([128, WIDTH]);
const y = wg.zeros([128, WIDTH]);

const { orthogonal, randomNormal } = wg.initializers;
const initializersFor = (activation) => ({
  "normal, 0.05": randomNormal({ stdDev: 0.05 }),
  "normal, 0.2": randomNormal({ stdDev: 0.2 }),
  "He √(2/n_in)": "heNormal",
  "Xavier √(1/n_in)": "xavierNormal",
  "LeCun, uniform": "lecunUniform",
  "Glorot √(2/(n_in+n_out))": "glorotNormal",
  ...(activation === "relu"
    ? { "orthogonal, gain √2": orthogonal({ gain: Math.SQRT2 }) }
    : { "orthogonal, gain 1": orthogonal() }),
  auto: "auto",
});

async function deviations(activation, kernelInitializer) {
  const layers = Array.from({ length: DEPTH }, (_, i) =>
    wg.layers.dense({ units: WIDTH, activation, kernelInitializer, inputShape: i === 0 ? [WIDTH] : undefined }),
  );
  const model = wg.sequential(layers).compile({ optimizer: "sgd", loss: "mse" });
  const flow = await gradientFlow(model, x, y);
  return flow.layers.map(({ activations }) => activations.deviation);
}

console.log(
  `Deviation of the activations after 1, 10 and ${DEPTH} layers of ${WIDTH} units; the input's is 1. With as many inputs as outputs Glorot's rule is Xavier's.\n`,
);
console.log("activation  initializer               after 1   after 10  after 50");
const panels = [];
const left = {};
const axis = Array.from({ length: DEPTH }, (_, i) => i + 1);
for (const activation of ["relu", "tanh"]) {
  const series = [];
  for (const [name, initializer] of Object.entries(initializersFor(activation))) {
    const found = await deviations(activation, initializer);
    left[`${activation} ${name}`] = found.at(-1);
    const cells = [found[0], found[9], found[DEPTH - 1]].map((each) => each.toExponential(1).padEnd(9));
    console.log(`${activation.padEnd(11)} ${name.padEnd(25)} ${cells.join(" ").trimEnd()}`);
    series.push({ name, x: axis, y: found, style: name === "auto" ? "dashed" : "line" });
  }
  panels.push(
    await lineChart({
      title: activation,
      x: { title: "layer", min: 1, max: DEPTH },
      y: { title: "deviation of the activations", scale: "log" },
      series,
      width: 560,
      height: 420,
    }),
  );
}
await picture("initialization", await figure(panels, { columns: 2, title: `Activations through ${DEPTH} layers` }));
const of = (name) => left[name].toExponential(1);
console.log(
  `\nNotice: after ${DEPTH} relu layers He's weights leave a deviation of ${of("relu He √(2/n_in)")} and Xavier's ${of("relu Xavier √(1/n_in)")}, as relu halves the ` +
    `variance in each. With tanh Xavier's keep ${of("tanh Xavier √(1/n_in)")}. A fixed 0.05 leaves ${of("relu normal, 0.05")}, a fixed 0.2 ends at ${of("relu normal, 0.2")}: "auto" takes the one that fits.`,
);
