// Trains a network on MNIST (or Fashion-MNIST), tests it and saves it. `npm start` runs it; `npm start -- --help` lists the options.

import { parseArgs } from "node:util";
import * as wg from "wasmgrad";
import { drawnDigits, fashionMnist, mnist } from "wasmgrad/data";
import { save } from "wasmgrad/formats";
import * as cnn from "./models/cnn.js";
import * as mlp from "./models/mlp.js";

const models = { mlp, cnn };
const loaders = { mnist, "fashion-mnist": fashionMnist };

const help = () => `Usage: npm start -- [options]

  --model NAME       mlp (default), fully connected, or cnn, convolutional
  --dataset NAME     mnist (default) or fashion-mnist
  --data DIR         folder with the four .gz files; else $WASMGRAD_DATA, ../shared/data and the cache are tried, then a download
  --images N         train on the first N images only (default: all)
  --epochs N         how often the network sees each of them
  --batch-size N     images in a step
  --learning-rate N  the highest of its schedule
  --seed N           default 0; the same seed gives the same weights, bit for bit
  --threads N        threads that kernels may use (default: every core)
  --backend NAME     wasm (default) or js, the plain JavaScript kernels
  --save FILE        default mnist.safetensors, mnist-cnn.safetensors, fashion-mnist.safetensors, …

Where they are not given, by model and dataset:
${standing().join("\n")}`;

/** A line for each model and dataset. */
function standing() {
  return Object.entries(models).flatMap(([model, { defaults }]) =>
    Object.entries(defaults).map(
      ([dataset, { epochs, batchSize, learningRate }]) =>
        `  ${`${model}, ${dataset}`.padEnd(18)} ${epochs} epochs, batch size ${batchSize}, learning rate ${learningRate}`,
    ),
  );
}

/** The command line, checked. */
function options() {
  const string = { type: "string" };
  const { values } = parseArgs({
    options: {
      model: { ...string, default: "mlp" },
      dataset: { ...string, default: "mnist" },
      data: string,
      images: string,
      epochs: string,
      "batch-size": string,
      "learning-rate": string,
      seed: { ...string, default: "0" },
      threads: string,
      backend: { ...string, default: "auto" },
      save: string,
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(help());
    process.exit(0);
  }
  const whole = (name, least) => {
    const value = values[name];
    if (value === undefined) return undefined;
    if (/^\d+$/.test(value) && Number(value) >= least) return Number(value);
    throw new Error(`--${name} expected a whole number ≥ ${least}, got "${value}"`);
  };
  const positive = (name) => {
    const value = values[name];
    if (value === undefined) return undefined;
    if (Number(value) > 0 && Number.isFinite(Number(value))) return Number(value);
    throw new Error(`--${name} expected a number > 0, got "${value}"`);
  };
  const oneOf = (name, known) => {
    if (Object.hasOwn(known, values[name])) return values[name];
    throw new Error(`--${name} expected ${Object.keys(known).join(" or ")}, got "${values[name]}"`);
  };
  const [name, dataset] = [oneOf("model", models), oneOf("dataset", loaders)];
  const standard = models[name].defaults[dataset];
  return {
    name,
    dataset,
    data: values.data,
    count: whole("images", 1),
    epochs: whole("epochs", 1) ?? standard.epochs,
    batchSize: whole("batch-size", 1) ?? standard.batchSize,
    learningRate: positive("learning-rate") ?? standard.learningRate,
    seed: whole("seed", 0),
    threads: whole("threads", 1),
    backend: values.backend,
    file: values.save ?? `${dataset}${name === "mlp" ? "" : `-${name}`}.safetensors`,
  };
}

/** Real images where they can be had; else digits drawn by this program, with a line that says so. */
async function images({ dataset, data, flatten }) {
  const onProgress = ({ file, bytes, total }) => {
    if (process.stdout.isTTY) {
      process.stdout.write(`\rdownloading ${file}: ${megabytes(bytes)}${total ? ` of ${megabytes(total)}` : ""}   `);
      if (bytes === total) process.stdout.write("\n");
    } else if (bytes === total) console.log(`downloaded ${file}, ${megabytes(bytes)}`);
  };
  try {
    return await loaders[dataset]({ dir: data, flatten, oneHot: true, onProgress });
  } catch (error) {
    if (data !== undefined || dataset !== "mnist" || error.name !== "PlatformError") throw error;
    console.log("No MNIST here and no network: training on digits that this program draws itself.");
    console.log("For the real ones, put the four .gz files of MNIST into a folder and pass --data FOLDER.\n");
    const draw = (count, seed) => drawnDigits({ count, seed, flatten, oneHot: true });
    const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
    return { train: draw(20000, 1), test: draw(4000, 2), classes, source: "drawn by this program" };
  }
}

/** Accuracy of each class, and the pairs most often taken for each other. */
async function report(model, test, classes) {
  const matrix = Array.from(classes, () => new Array(classes.length).fill(0));
  for await (const { x, y } of test.batch(500)) {
    const [truth, guess] = [wg.argMax(y, -1).toArray(), wg.argMax(model.predict(x), -1).toArray()];
    for (const [i, t] of truth.entries()) matrix[t][guess[i]]++;
  }
  const width = Math.max(...classes.map((name) => name.length));
  console.log("\naccuracy by class");
  matrix.forEach((row, t) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    const share = total ? row[t] / total : 0;
    console.log(`  ${classes[t].padEnd(width)}  ${share.toFixed(4)}  ${"█".repeat(Math.round(share * 40))}`);
  });
  const pairs = matrix
    .flatMap((row, t) => row.map((count, g) => ({ t, g, count })))
    .filter(({ t, g, count }) => t !== g && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, 5);
  console.log("\nmost confused");
  for (const { t, g, count } of pairs) console.log(`  ${classes[t]} taken for ${classes[g]}: ${count} times`);
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

async function main() {
  const { name, dataset, data, count, epochs, batchSize, learningRate, seed, threads, backend, file } = options();
  const { flatten, network, schedule, varied } = models[name];
  await wg.init({ backend, ...(threads ? { threads } : {}) });
  wg.setSeed(seed);

  const { train: all, test, classes, source } = await images({ dataset, data, flatten });
  const train = count ? all.take(count) : all;
  console.log(`${dataset}: ${train.size} training and ${test.size} test images (${source})`);
  const { numerics, backend: runs } = wg.capabilities();
  console.log(`kernels: ${runs === "wasm" ? `WebAssembly SIMD, ${numerics}` : "plain JavaScript"}\n`);

  const model = network(classes.length, dataset);
  model.summary();
  const steps = epochs * Math.ceil(train.size / batchSize);
  model.compile({
    optimizer: wg.optimizers.adam({ learningRate: schedule(learningRate, steps) }),
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
  console.log();
  const callbacks = [wg.callbacks.progressBar()];
  const { seconds } = await model.fit(varied(train, dataset), { epochs, batchSize, callbacks });
  console.log(`\ntrained in ${seconds.toFixed(1)} s`);

  const { accuracy } = await model.evaluate(test);
  await report(model, test, classes);
  await save(model, file);
  console.log(`\nsaved ${file}: const model = await load("${file}")`);
  console.log(`test accuracy: ${accuracy.toFixed(4)}`);
}

main().catch((error) => {
  const hint = error.code?.startsWith("ERR_PARSE_ARGS") ? "; npm start -- --help lists the options" : "";
  console.error(`${error.message}${hint}`);
  process.exitCode = 1;
});
