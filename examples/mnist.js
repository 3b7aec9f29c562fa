// Trains a network on MNIST (or Fashion-MNIST), tests it and saves it. `npm start` runs it; `npm start -- --help` lists the options.

import { parseArgs } from "node:util";
import * as wg from "wasmgrad";
import { drawnDigits, fashionMnist, mnist } from "wasmgrad/data";
import { save } from "wasmgrad/formats";

const help = `Usage: npm start -- [options]

  --dataset NAME     mnist (default) or fashion-mnist
  --data DIR         folder with the four .gz files; else $WASMGRAD_DATA, ../shared/data and the cache are tried, then a download
  --epochs N         default 10
  --batch-size N     default 128
  --seed N           default 0; the same seed gives the same weights, bit for bit
  --threads N        threads that kernels may use (default: every core)
  --backend NAME     wasm (default) or js, the plain JavaScript kernels
  --save FILE        default NAME.safetensors`;

const loaders = { mnist, "fashion-mnist": fashionMnist };

/** The command line, checked. */
function options() {
  const string = { type: "string" };
  const { values } = parseArgs({
    options: {
      dataset: { ...string, default: "mnist" },
      data: string,
      epochs: { ...string, default: "10" },
      "batch-size": { ...string, default: "128" },
      seed: { ...string, default: "0" },
      threads: string,
      backend: { ...string, default: "auto" },
      save: string,
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const whole = (name, least) => {
    const value = values[name];
    if (value === undefined) return undefined;
    if (/^\d+$/.test(value) && Number(value) >= least) return Number(value);
    throw new Error(`--${name} expected a whole number ≥ ${least}, got "${value}"`);
  };
  if (!(values.dataset in loaders)) {
    throw new Error(`--dataset expected ${Object.keys(loaders).join(" or ")}, got "${values.dataset}"`);
  }
  return {
    ...values,
    epochs: whole("epochs", 1),
    batchSize: whole("batch-size", 1),
    seed: whole("seed", 0),
    threads: whole("threads", 1),
    file: values.save ?? `${values.dataset}.safetensors`,
  };
}

/** Real images where they can be had; else digits drawn by this program, with a line that says so. */
async function images({ dataset, data }) {
  const onProgress = ({ file, bytes, total }) => {
    if (process.stdout.isTTY) {
      process.stdout.write(`\rdownloading ${file}: ${megabytes(bytes)}${total ? ` of ${megabytes(total)}` : ""}   `);
      if (bytes === total) process.stdout.write("\n");
    } else if (bytes === total) console.log(`downloaded ${file}, ${megabytes(bytes)}`);
  };
  try {
    return await loaders[dataset]({ dir: data, flatten: true, oneHot: true, onProgress });
  } catch (error) {
    if (data !== undefined || dataset !== "mnist" || error.name !== "PlatformError") throw error;
    console.log("No MNIST here and no network: training on digits that this program draws itself.");
    console.log("For the real ones, put the four .gz files of MNIST into a folder and pass --data FOLDER.\n");
    const draw = (count, seed) => drawnDigits({ count, seed, flatten: true, oneHot: true });
    const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
    return { train: draw(20000, 1), test: draw(4000, 2), classes, source: "drawn by this program" };
  }
}

function network(classes) {
  const hidden = (units, rate, inputShape) => [
    wg.layers.dense({ units, kernelInitializer: "heNormal", useBias: false, inputShape }),
    wg.layers.batchNormalization(),
    wg.layers.activation({ activation: "relu" }),
    wg.layers.dropout({ rate }),
  ];
  return wg.sequential([
    ...hidden(256, 0.2, [784]),
    ...hidden(128, 0.2),
    wg.layers.dense({ units: classes, activation: "softmax" }),
  ]);
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
  const { epochs, batchSize, seed, threads, backend, file, ...where } = options();
  await wg.init({ backend, ...(threads ? { threads } : {}) });
  wg.setSeed(seed);

  const { train, test, classes, source } = await images(where);
  console.log(`${where.dataset}: ${train.size} training and ${test.size} test images (${source})`);
  const { numerics, backend: runs } = wg.capabilities();
  console.log(`kernels: ${runs === "wasm" ? `WebAssembly SIMD, ${numerics}` : "plain JavaScript"}\n`);

  const model = network(classes.length);
  model.summary();
  model.compile({
    optimizer: wg.optimizers.adam({
      learningRate: wg.schedules.cosine(2e-3, { steps: epochs * Math.ceil(train.size / batchSize) }),
    }),
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
  console.log();
  const { seconds } = await model.fit(train, { epochs, batchSize, callbacks: [wg.callbacks.progressBar()] });
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
