// Recurrent layers on one thread: the kernels of one step, WASM against the pure-JS reference, then whole sequences forward and back, beside the
// matrix products alone that they cannot do without.

import b from "benny";
import type { Kernels } from "#kernels/kernels";
import { init, kernels } from "../../src/backend/engine.js";
import * as wg from "../../src/index.js";
import { Tape, taping } from "../../src/tensor/tape.js";
import { interleave, percent, printTable } from "../support.js";

await init({ backend: "js", threads: 1 });
const js = kernels("float32");
await init({ backend: "wasm", threads: 1 });
const wasm = kernels("float32");

const noise = (shape: readonly number[], seed: number): wg.Tensor => {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: size }, (_, i) => ((i * 7919 + seed * 104729) % 2003) / 4006 - 0.25);
  return wg.tensor(values, shape);
};

const TANH = [5, 0] as const;
const SIGMOID = [6, 0] as const;

/** The kernels of one step. */
function steps(batch: number, units: number): { name: string; run: (k: Kernels) => void }[] {
  const values = (width: number, seed: number) => noise([batch, width * units], seed).at;
  const [h, c, dh, dc, dy] = [1, 2, 3, 4, 5].map((seed) => values(1, seed)) as [number, number, number, number, number];
  const [x, r, dz, dr, gates] = [values(4, 6), values(4, 7), values(4, 8), values(4, 9), values(5, 10)];
  const [before, cell] = [values(1, 11), values(1, 12)];
  const gated = [...TANH, ...SIGMOID, 0, batch] as const;
  const what = (name: string) => `${name} ${batch} × ${units}`;
  return [
    { name: what("lstm"), run: (k) => k.lstm_forward(h, c, gates, x, r, before, cell, 0, 0, units, ...gated) },
    {
      name: what("lstm, backward"),
      run: (k) => k.lstm_backward(dz, 0, dh, dc, dy, gates, c, cell, 0, 0, units, ...gated),
    },
    { name: what("gru"), run: (k) => k.gru_forward(h, gates, x, r, before, 0, units, ...gated) },
    { name: what("gru, backward"), run: (k) => k.gru_backward(dz, dr, dh, dy, gates, r, before, 0, units, ...gated) },
    { name: what("simple rnn"), run: (k) => k.simple_rnn_forward(h, x, r, before, 0, units, ...TANH, 0, batch) },
    {
      name: what("simple rnn, backward"),
      run: (k) => k.simple_rnn_backward(dz, dh, dy, h, 0, units, ...TANH, 0, batch),
    },
  ];
}

const works = [...steps(64, 128), ...steps(1, 256), ...steps(32, 33)];
const [first] = works as [(typeof works)[0]];
await b.suite(
  first.name,
  b.add("wasm", () => first.run(wasm)),
  b.add("js", () => first.run(js)),
  b.cycle(),
  b.complete(),
);
printTable(
  ["one call, f32", "time", "of js"],
  works.map(({ name, run }) => {
    const cases = [
      { name: "wasm", run: () => run(wasm), calls: 20 },
      { name: "js", run: () => run(js) },
    ];
    const [fast, slow] = interleave(cases, 15) as [number, number];
    return [name, `${(fast * 1e6).toFixed(1)} µs`, `${(slow / fast).toFixed(0)} ×`];
  }),
);

const gates = { simpleRnn: 1, lstm: 4, gru: 3 } as const;
const operations = { simpleRnn: wg.simpleRnn, lstm: wg.lstm, gru: wg.gru };

/** A whole sequence, forward and back, and the six products in it by themselves. */
function sequence(
  kind: keyof typeof gates,
  [batch, count, features, units]: readonly [number, number, number, number],
) {
  const width = gates[kind] * units;
  const [x, kernel, recurrentKernel] = [
    noise([batch, count, features], 1),
    noise([features, width], 2),
    noise([units, width], 3),
  ];
  const inputs = [x, kernel, recurrentKernel];
  const whole = () => {
    const tape = new Tape();
    for (const each of inputs) tape.watch(each);
    const y = taping(tape, () => operations[kind](x, kernel, recurrentKernel, null).sequence);
    tape.backward(y, new Map(inputs.map((each) => [each, wg.zerosLike(each)])), y);
  };
  const [rows, state, z] = [noise([batch * count, features], 4), noise([batch, units], 5), noise([batch, width], 6)];
  const [states, dz] = [noise([batch * count, units], 7), noise([batch * count, width], 8)];
  const products = () => {
    wg.matmul(rows, kernel);
    for (let t = 0; t < count; t++) wg.matmul(state, recurrentKernel);
    for (let t = 0; t < count; t++) wg.matmul(z, recurrentKernel, false, true);
    wg.matmul(states, dz, true);
    wg.matmul(rows, dz, true);
    wg.matmul(dz, kernel, false, true);
  };
  const cases = [
    { name: "whole", run: () => wg.scope(whole) },
    { name: "products", run: () => wg.scope(products) },
  ];
  const [all, alone] = interleave(cases, 9) as [number, number];
  const flops = 6 * batch * count * width * (features + units);
  const sizes = `${kind} ${batch} × ${count} × ${features} → ${units}`;
  return [sizes, `${(all * 1e3).toFixed(2)} ms`, `${(flops / all / 1e9).toFixed(1)} GFLOP/s`, percent(alone / all)];
}

const sizes = [
  [64, 50, 64, 128],
  [32, 28, 28, 128],
  [1, 100, 32, 64],
] as const;
printTable(
  ["forward and back, f32", "time", "rate", "the products' share"],
  sizes.flatMap((each) => (Object.keys(gates) as (keyof typeof gates)[]).map((kind) => sequence(kind, each))),
);
