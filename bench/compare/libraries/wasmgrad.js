import * as wg from "../../../dist/node/index.js";
import { Cannot } from "../harness/cannot.js";
import { ownVersion } from "../harness/packages.js";

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

export async function open({ threads }) {
  await wg.init({ threads });
  const { numerics, threads: running, notes } = await startedWith(threads);
  if (running < threads) throw new Cannot(`${running} of ${threads} threads: ${notes[notes.length - 1]}`);
  return { version: `${ownVersion()}, ${numerics}`, train, predict, matmul };
}

/** Threads start in the background: waits for them, where there are to be some. */
async function startedWith(threads) {
  const end = performance.now() + 3000;
  while (wg.capabilities().threads < threads && performance.now() < end) await pause(20);
  return wg.capabilities();
}

/** Keras writes `maxPooling2D`, TensorFlow.js `maxPooling2d`. */
const layerNamed = (type) => Object.entries(wg.layers).find(([name]) => name.toLowerCase() === type.toLowerCase())?.[1];

function build({ layers, inputShape, weights }) {
  const model = wg.sequential(
    layers.map(({ type, ...options }, i) => {
      const layer = layerNamed(type);
      if (!layer) throw new Cannot(`this version has no layers.${type}`);
      const padding = type === "conv2d" ? { padding: "same" } : {};
      return layer({ ...options, ...padding, ...(i === 0 ? { inputShape } : {}) });
    }),
  );
  let next = 0;
  model.setWeights(
    model.variables.map((variable) => {
      if (!variable.trainable) return variable;
      const { data, shape } = weights[next++];
      return wg.tensor(data, shape);
    }),
  );
  return model;
}

function train(workload) {
  const { batch, inputShape, outputShape, loss, optimizer } = workload;
  const model = build(workload);
  const { name, ...options } = optimizer;
  model.compile({ optimizer: wg.optimizers[name](options), loss });
  const x = { data: workload.x, shape: [batch, ...inputShape] };
  const y = { data: workload.y, shape: [batch, ...outputShape] };
  return {
    model,
    step: async () => (await model.trainOnBatch(x, y)).loss,
    result: () => model.variables.filter(({ trainable }) => trainable).map((each) => each.toTypedArray()),
  };
}

function predict(workload) {
  const model = build(workload);
  const x = { data: workload.x, shape: [workload.batch, ...workload.inputShape] };
  const step = () => model.predict(x).toTypedArray();
  return { step, result: step };
}

function matmul({ n, a, b }) {
  const [left, right] = [wg.tensor(a, [n, n]), wg.tensor(b, [n, n])];
  return {
    step: () => wg.scope(() => void wg.matmul(left, right)),
    result: () => wg.matmul(left, right).toTypedArray(),
  };
}
