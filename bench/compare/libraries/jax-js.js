import { defaultDevice, init, jit, lax, nn, numpy as np, random, tree, valueAndGrad } from "@jax-js/jax";
import { channelsFirst } from "../harness/layout.js";
import { versionOf } from "../harness/packages.js";

/** jax-js on WebAssembly. A whole step, from the forward pass to the update, is one `jit`; every array handed on is used up. */
export async function open() {
  await init("wasm");
  defaultDevice("wasm");
  return { version: versionOf("@jax-js/jax"), train, predict, matmul };
}

const array = (data, shape) => np.array(data).reshape(shape);
const arrayOf = ({ data, shape }) => array(data, shape);

/** The network as a function of its weights and rows; a last softmax is left to the caller. */
function network({ layers }) {
  return (weights, x, key) => {
    let used = 0;
    let at = x;
    layers.forEach(({ type, activation, useBias = true, poolSize, epsilon, rate }, i) => {
      if (type === "dense") {
        at = np.matmul(at, weights[used++]);
        if (useBias) at = at.add(weights[used++]);
      } else if (type === "conv2d") {
        at = lax.convGeneralDilated(at, weights[used++], [1, 1], "SAME");
        if (useBias) at = at.add(perChannel(weights[used++], at));
      } else if (type === "batchNormalization") at = normalize(at, weights[used++], weights[used++], epsilon);
      else if (type === "maxPooling2d") at = pool(at, poolSize);
      else if (type === "flatten") at = at.reshape([at.shape[0], -1]);
      else if (type === "dropout") {
        const kept = random.bernoulli(random.split(key.ref, layers.length).slice(i), 1 - rate, at.shape);
        at = at.mul(kept.astype(np.float32)).mul(1 / (1 - rate));
      }
      if (activation === "relu") at = nn.relu(at);
      if (activation === "sigmoid") at = nn.sigmoid(at);
    });
    key?.dispose();
    return at;
  };
}

function pool(x, n) {
  const [batch, channels, height, width] = x.shape;
  return np.max(x.reshape([batch, channels, height / n, n, width / n, n]), [3, 5]);
}

const perChannel = (vector, image) => (image.shape.length === 4 ? vector.reshape([1, -1, 1, 1]) : vector);

function normalize(x, gamma, beta, epsilon) {
  const axes = x.shape.length === 4 ? [0, 2, 3] : [0];
  const centred = x.ref.sub(np.mean(x.ref, axes, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), axes, { keepdims: true });
  const factor = perChannel(gamma, x).mul(np.reciprocal(np.sqrt(variance.add(epsilon))));
  const shift = perChannel(beta, x);
  x.dispose();
  return centred.mul(factor).add(shift);
}

const losses = {
  categoricalCrossentropy: (output, y) => nn.logSoftmax(output).mul(y).sum(),
  meanSquaredError: (output, y) => np.square(output.sub(y)).mean(),
  halfSquaredError: (output, y) => np.square(output.sub(y)).sum(),
};

function train(workload) {
  const { batch, inputShape, outputShape, layers, loss, optimizer, weights, x, y, back } = channelsFirst(workload);
  const forward = network({ layers });
  const factor = { categoricalCrossentropy: -1 / batch, meanSquaredError: 1, halfSquaredError: 0.5 / batch }[loss];
  const cost = (params, rows, targets, key) => losses[loss](forward(params, rows, key), targets).mul(factor);
  const isRandom = layers.some(({ type }) => type === "dropout");
  const [rows, targets] = [array(x, [batch, ...inputShape]), array(y, [batch, ...outputShape])];
  const update = optimizer.name === "adam" ? adam(optimizer) : descent(optimizer);
  const jitted = jit((params, slots, inputs, labels, rates, key) => {
    const [value, gradients] = valueAndGrad(cost)(tree.ref(params), inputs, labels, ...(isRandom ? [key] : []));
    return [value, ...update.apply(params, gradients, slots, rates)];
  });
  let params = weights.map(arrayOf);
  let slots = update.slots(weights);
  let count = 0;
  return {
    async step() {
      const rates = np.array(Float32Array.from(update.rates(++count)));
      const inputs = [params, slots, rows.ref, targets.ref, rates];
      const [value, nextParams, nextSlots] = jitted(...inputs, ...(isRandom ? [random.key(count)] : []));
      [params, slots] = [nextParams, nextSlots];
      for (const each of params) await each.blockUntilReady();
      return value.dataSync()[0];
    },
    result: () => back(params.map((each) => each.ref.dataSync())),
  };
}

/** Adam on lists of arrays; the two rates that change with the step come as numbers in an array. */
function adam({ learningRate, beta1, beta2, epsilon }) {
  return {
    slots: (weights) => [0, 1].map(() => weights.map(({ shape }) => np.zeros(shape))),
    rates: (step) => [learningRate / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step)],
    apply(params, gradients, [means, squares], rates) {
      const rate = rates.ref.slice(0);
      const root = rates.slice(1);
      const m = means.map((mean, i) => mean.mul(beta1).add(gradients[i].ref.mul(1 - beta1)));
      const v = squares.map((square, i) => square.mul(beta2).add(np.square(gradients[i]).mul(1 - beta2)));
      const next = params.map((w, i) => {
        const step = m[i].ref.mul(rate.ref).div(np.sqrt(v[i].ref).mul(root.ref).add(epsilon));
        return w.sub(step);
      });
      rate.dispose();
      root.dispose();
      return [next, [m, v]];
    },
  };
}

function descent({ learningRate }) {
  return {
    slots: () => [],
    rates: () => [learningRate],
    apply(params, gradients, slots, rates) {
      const rate = rates.slice(0);
      const next = params.map((w, i) => w.sub(gradients[i].mul(rate.ref)));
      rate.dispose();
      return [next, slots];
    },
  };
}

function predict(workload) {
  const { batch, inputShape, layers, weights, x } = channelsFirst(workload);
  const forward = network({ layers });
  const jitted = jit((params, rows) => nn.softmax(forward(params, rows)));
  const params = weights.map(arrayOf);
  const step = () => jitted(tree.ref(params), array(x, [batch, ...inputShape])).dataSync();
  return { step, result: step };
}

function matmul({ n, a, b }) {
  const [left, right] = [array(a, [n, n]), array(b, [n, n])];
  const product = () => np.matmul(left.ref, right.ref);
  return {
    async step() {
      const out = product();
      await out.blockUntilReady();
      out.dispose();
    },
    result: () => product().dataSync(),
  };
}
