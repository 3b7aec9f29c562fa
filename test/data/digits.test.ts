import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { HostBatch } from "../../src/data/index.js";
import { drawnDigits } from "../../src/data/index.js";

async function whole(options: Parameters<typeof drawnDigits>[0]): Promise<HostBatch> {
  const digits = drawnDigits(options);
  const { sync } = await digits.batches({ batchSize: digits.size ?? 0 });
  return [...(sync ?? [])][0] as HostBatch;
}

const pixels = (batch: HostBatch) => batch.x[0]?.data as Float32Array;

test("digits are drawn in MNIST's form, every class about as often", async () => {
  const batch = await whole({ count: 2000 });
  expect(batch.x[0]?.shape).toEqual([2000, 28, 28, 1]);
  const counts = new Array<number>(10).fill(0);
  for (const label of batch.y[0]?.data ?? []) counts[label] = (counts[label] as number) + 1;
  expect(Math.min(...counts)).toBeGreaterThan(150);
  expect(Math.max(...counts)).toBeLessThan(250);
  const x = pixels(batch);
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
  expect(mean).toBeGreaterThan(0.08); // MNIST: 0.131
  expect(mean).toBeLessThan(0.16);
  for (let i = 0; i < x.length; i += 784) {
    let border = 0;
    for (let j = 0; j < 28; j++) border += (x[i + j] as number) + (x[i + 756 + j] as number);
    expect(border).toBeLessThan(3); // they keep clear of the edge
  }
});

test("the same seed draws the same digits, whatever the count; another seed draws others", async () => {
  const [few, many, other] = [
    await whole({ count: 20, seed: 5 }),
    await whole({ count: 50, seed: 5 }),
    await whole({ count: 20, seed: 6 }),
  ];
  expect(Array.from(pixels(many).subarray(0, 20 * 784))).toEqual(Array.from(pixels(few)));
  expect(Array.from(pixels(other))).not.toEqual(Array.from(pixels(few)));
  const bytes = Uint8Array.from(pixels(few), (v) => Math.round(v * 255));
  expect(createHash("sha256").update(bytes).digest("hex").slice(0, 16)).toMatchInlineSnapshot(`"89ea949011dc9a06"`);
});

test("they can be learnt: the nearest of 4,000 drawn digits names 95 % of fresh ones", async () => {
  const [known, fresh] = [
    await whole({ count: 4000, seed: 1, flatten: true }),
    await whole({ count: 200, seed: 2, flatten: true }),
  ];
  const [a, b] = [pixels(known), pixels(fresh)];
  let right = 0;
  for (let i = 0; i < 200; i++) {
    let best = Infinity;
    let named = -1;
    for (let k = 0; k < 4000; k++) {
      let distance = 0;
      for (let j = 0; j < 784 && distance < best; j++)
        distance += ((a[k * 784 + j] as number) - (b[i * 784 + j] as number)) ** 2;
      if (distance < best) [best, named] = [distance, known.y[0]?.data[k] as number];
    }
    if (named === fresh.y[0]?.data[i]) right++;
  }
  expect(right / 200).toBeGreaterThan(0.95);
});

test("options", async () => {
  for await (const { x, y } of drawnDigits({ count: 1, flatten: true, oneHot: true })) {
    expect([x.shape, y.shape, y.dtype]).toEqual([[784], [10], "float32"]);
  }
  expect(() => drawnDigits({ count: 0 })).toThrow("drawnDigits: count expected a whole number ≥ 1, got 0");
  expect(() => drawnDigits({ seed: -1 })).toThrow("drawnDigits: seed expected a whole number ≥ 0");
  expect(() => drawnDigits({ size: 3 } as never)).toThrow(
    'drawnDigits: unknown option "size"; it takes count, seed, flatten, oneHot',
  );
});
