// What becomes of the threads of a page.

import * as wg from "wasmgrad";
import { allUp, train } from "./bits.js";

/** Trains on so many threads, and tells what they did of it. */
export async function trainOn(threads, options = {}) {
  const warnings = [];
  console.warn = (text) => warnings.push(text);
  await wg.init({ ...options, threads });
  const found = await train("wide", threads);
  const { why, offloaded } = wg.capabilities();
  return { ...found, why, offloaded, warnings };
}

/** Ends a thread from outside between two products, at once behind the call that ends it, and again when the browser has told of it. */
export async function killOne() {
  const workers = [];
  const warnings = [];
  console.warn = (text) => warnings.push(text);
  const Usual = globalThis.Worker;
  globalThis.Worker = class extends Usual {
    constructor(...given) {
      super(...given);
      workers.push(this);
    }
  };
  await wg.init({ numerics: "strict", threads: 3 });
  await allUp();
  const x = wg.randomNormal([300, 300]);
  const product = () => wg.matmul(x, x).toTypedArray();
  const [first, begun] = [product(), workers.length];
  workers[0].terminate();
  const same = [];
  const isSame = (values) => values.every((value, i) => value === first[i]);
  same.push(isSame(product()));
  while (warnings.length === 0) {
    same.push(isSame(product()));
    await new Promise((done) => setTimeout(done, 20));
  }
  await allUp();
  same.push(isSame(product()));
  return { begun, started: workers.length, warnings, same: same.every(Boolean), threads: wg.capabilities().threads };
}
