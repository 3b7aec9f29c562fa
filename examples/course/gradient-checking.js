// The error of numeric gradients against h, and a wrong backward pass that they find. node examples/course/gradient-checking.js

import * as wg from "wasmgrad";
import { gradientCheck, numericGradient } from "wasmgrad/diagnostics";
import { lineChart } from "wasmgrad/report";
import { picture } from "./picture.js";

await wg.init();
wg.setSeed(1);

console.log("1. The course's example, x³ at 1, whose slope is 3, with h = 0.01:\n");
const cube = (v) => v * v * v;
for (const method of ["central", "forward", "backward"]) {
  console.log(`${method.padEnd(9)} ${numericGradient(cube, 1, { method, h: 0.01 }).toFixed(4)}`);
}

console.log("\n2. Error of the slope of eˣ sin x at 0.5 against h:\n");
const f = (v) => Math.exp(v) * Math.sin(v);
const slope = Math.exp(0.5) * (Math.sin(0.5) + Math.cos(0.5));
const steps = Array.from({ length: 25 }, (_, i) => 10 ** (-1 - i / 2));
const errors = {};
for (const method of ["forward", "central"]) {
  errors[method] = steps.map((h) => Math.abs(numericGradient(f, 0.5, { method, h }) - slope));
}
console.log("h        forward   central");
for (let i = 0; i < steps.length; i += 2) {
  console.log(
    `${steps[i].toExponential(0)}    ${errors.forward[i].toExponential(1)}   ${errors.central[i].toExponential(1)}`,
  );
}
/** The power of h to which the error falls, between h = 0.1 and 0.001. */
const order = (method) => Math.log10(errors[method][0] / errors[method][4]) / 2;
console.log(`order of the error: forward ${order("forward").toFixed(2)}, central ${order("central").toFixed(2)}`);

console.log("\n3. A network whose own tanh has the derivative 1 − y² right:\n");
const ownTanh = (derivative) => {
  const { head, ...layer } = wg.layers.activation({ activation: "linear" });
  const apply = wg.customGrad((v) => {
    const out = wg.tanh(v);
    return { value: out, gradient: (dy) => wg.mul(dy, derivative(out)) };
  });
  return { ...layer, call: (v) => apply(v) };
};
const network = (derivative) =>
  wg
    .sequential([
      wg.layers.dense({ units: 5, inputShape: [4], name: "hidden" }),
      ownTanh(derivative),
      wg.layers.dropout({ rate: 0.2 }),
      wg.layers.dense({ units: 3, activation: "softmax", name: "output" }),
    ])
    .compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
const x = wg.randomNormal([20, 4]);
const y = Int32Array.from({ length: 20 }, (_, i) => i % 3);
const one = (like) => wg.ones(like.shape, like.dtype);
const right = await gradientCheck(
  network((out) => wg.sub(one(out), wg.square(out))),
  x,
  y,
);
console.log(right.summary);

console.log("\n4. The same with 1 − y, a slip of the pen that still trains:\n");
const slip = await gradientCheck(
  network((out) => wg.sub(one(out), out)),
  x,
  y,
);
console.log(slip.summary);

await picture(
  "gradient-checking",
  await lineChart({
    title: "Error of a numeric gradient",
    x: { title: "h", scale: "log" },
    y: { title: "error of the slope", scale: "log" },
    series: [
      { name: "forward, error ∝ h", x: steps, y: errors.forward },
      { name: "central, error ∝ h²", x: steps, y: errors.central },
    ],
  }),
);
const best = (method) => Math.min(...errors[method]).toExponential(0);
console.log(
  `\nNotice: a tenth of h leaves a tenth of the forward error and a hundredth of the central one (orders ${order("forward").toFixed(2)} and ${order("central").toFixed(2)}), ` +
    `until rounding takes over: at best ${best("forward")} and ${best("central")}. The check tells the right network (${right.difference.toExponential(0)}) from the slip (${slip.difference.toExponential(0)}), ` +
    `and marks ${slip.parameters
      .filter(({ verdict }) => verdict === "wrong")
      .map(({ name }) => name)
      .join(" and ")}.`,
);
