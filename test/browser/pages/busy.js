// Trains in the page itself until a key is pressed, and counts what else the page does.

import * as wg from "wasmgrad";

const model = wg.sequential([wg.layers.dense({ units: 64, inputShape: [32] }), wg.layers.dense({ units: 1 })]);
model.compile({ optimizer: "sgd", loss: "mse" });
globalThis.busy = { frames: 0, timers: 0, isDone: false };
addEventListener("keydown", () => {
  model.stopTraining = true;
});
const frame = () => {
  globalThis.busy.frames++;
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
setInterval(() => globalThis.busy.timers++, 10);
model.fit(wg.zeros([64, 32]), wg.zeros([64, 1]), { epochs: 1e9 }).then(() => {
  globalThis.busy.isDone = true;
});
