// Augmented images a second, from bytes through `dataset.batches()` to float32 batches, on one thread: by processor time and by the clock.

import { augment, drawnDigits } from "../src/data/index.js";
import { init } from "../src/index.js";
import { printTable } from "./support.js";

await init({ threads: 1 });

const COUNT = 10_000;
const ROUNDS = 7;
const plain = drawnDigits({ count: COUNT });
const cases = {
  "no augmentation": plain,
  "flip + crop + rotate": augment(plain, { flip: "horizontal", crop: { padding: 2 }, rotate: 15 }),
  "flip + crop + rotate, reflect": augment(plain, {
    flip: "horizontal",
    crop: { padding: 2 },
    rotate: 15,
    fillMode: "reflect",
  }),
  "every one but elastic": augment(plain, {
    flip: "horizontal",
    crop: { padding: 2 },
    rotate: 15,
    zoom: 0.1,
    shear: 10,
    shift: 0.1,
    brightness: 0.2,
    contrast: 0.2,
    cutout: 8,
  }),
  elastic: augment(plain, { elastic: { alpha: 34, sigma: 4 } }),
};

const rows: string[][] = [];
for (const [name, dataset] of Object.entries(cases)) {
  const [processor, clock]: [number[], number[]] = [[], []];
  for (let round = -2; round < ROUNDS; round++) {
    const [cpu, start] = [process.cpuUsage(), performance.now()];
    const { sync = [] } = await dataset.batches({ batchSize: 128, shuffle: true, epoch: round + 2 });
    for (const _ of sync);
    const { user, system } = process.cpuUsage(cpu);
    if (round < 0) continue;
    processor.push((user + system) / 1e6);
    clock.push((performance.now() - start) / 1e3);
  }
  const median = (seconds: number[]) => seconds.sort((p, q) => p - q)[seconds.length >> 1] as number;
  const rate = (seconds: number) => Math.round(COUNT / seconds).toLocaleString("en");
  rows.push([name, rate(median(processor)), rate(median(clock)), rate(Math.min(...clock))]);
}
printTable(["28 × 28 images a second, batches of 128", "processor", "clock", "best"], rows);
