import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memory } from "../../src/backend/engine.js";
import { Dataset } from "../../src/data/index.js";
import { setSeed } from "../../src/tensor/random.js";
import { tensor } from "../../src/tensor/tensor.js";
import { rowsOf, xs } from "../support/rows.js";

const count = (n: number) => Dataset.fromArrays(Int32Array.from({ length: n }, (_, i) => i));
const stream = (n: number) =>
  Dataset.fromGenerator(function* () {
    for (let i = 0; i < n; i++) yield { x: Int32Array.of(i), y: i };
  }).map(({ x }) => ({ x: x.item() }));

describe("fromArrays", () => {
  test("takes nested arrays, typed arrays, { data, shape } and tensors alike", async () => {
    const want = [
      { x: [1, 2], y: 0 },
      { x: [3, 4], y: 1 },
    ];
    for (const x of [
      [
        [1, 2],
        [3, 4],
      ],
      { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] },
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ]) {
      expect(await rowsOf(Dataset.fromArrays(x, Int32Array.of(0, 1)))).toEqual(want);
    }
  });

  test("takes several inputs by name and by position", async () => {
    const dataset = Dataset.fromArrays({ a: [1, 2], b: [[3], [4]] }, [Float32Array.of(5, 6), Int32Array.of(7, 8)]);
    expect(await rowsOf(dataset)).toEqual([
      { x: { a: 1, b: [3] }, y: [5, 7] },
      { x: { a: 2, b: [4] }, y: [6, 8] },
    ]);
    for await (const { x, y } of dataset.batch(2)) {
      expect(x.b.shape).toEqual([2, 1]);
      expect(y[1].dtype).toBe("int32");
    }
  });

  test("keeps dtypes, and none for y where there is none", async () => {
    for await (const { x, y } of Dataset.fromArrays([[true], [false]])) {
      expect(x.dtype).toBe("bool");
      expect(y).toBeUndefined();
    }
    expect(await xs(Dataset.fromArrays({ data: Uint8Array.of(0, 255), shape: [2], scale: 1 / 255 }))).toEqual([0, 1]);
  });

  test("every byte times 1/255 is the float32 nearest to the quotient", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const dataset = Dataset.fromArrays({ data: bytes, shape: [1, 256], scale: 1 / 255 });
    expect((await xs(dataset))[0]).toEqual(Array.from(bytes, (v) => Math.fround(v / 255)));
  });

  test.each<[string, () => unknown, string]>([
    [
      "lengths that differ",
      () => Dataset.fromArrays([1, 2, 3], [1, 2]),
      "Dataset.fromArrays: y expected 3 rows as x has, got 2; give one for each row",
    ],
    [
      "no rows",
      () => Dataset.fromArrays([]),
      "Dataset.fromArrays: x expected at least one row, got shape [0]; check how it was loaded",
    ],
    [
      "a scalar",
      () => Dataset.fromArrays(3),
      "Dataset.fromArrays: x expected rows along its first axis, got a single number; put it into an array",
    ],
    [
      "ragged rows",
      () => Dataset.fromArrays([[1, 2], [3]]),
      "Dataset.fromArrays: x expected every row shaped like the first, [2], got an array of 1 where an array of 2 belongs in row 1; pad or drop ragged rows",
    ],
    [
      "rows of two depths",
      () => Dataset.fromArrays([1, [2]]),
      "Dataset.fromArrays: x expected every row shaped like the first, [], got an array of 1 where a number belongs in row 1; pad or drop ragged rows",
    ],
    [
      "no number",
      () => Dataset.fromArrays([[1], ["2" as unknown as number]]),
      'Dataset.fromArrays: x expected numbers, got "2" in row 1; convert it first',
    ],
    [
      "a shape that does not fit",
      () => Dataset.fromArrays([1], { a: { data: new Float32Array(3), shape: [2] } }),
      "Dataset.fromArrays: y.a.shape expected 3 elements as data has, got [2] of 2",
    ],
    [
      "nested data beside a shape",
      () => Dataset.fromArrays({ data: [1] as never, shape: [1] }),
      "Dataset.fromArrays: x.data expected a Float32Array, Float64Array, Int32Array or Uint8Array, got [1]; nested arrays go in as they are, without a shape",
    ],
    [
      "a scale beside floats",
      () => Dataset.fromArrays({ data: Float32Array.of(1) as never, shape: [1], scale: 2 }),
      "Dataset.fromArrays: x.data expected a Uint8Array beside scale, got Float32Array(1); leave scale out",
    ],
    [
      "something else",
      () => Dataset.fromArrays("abc" as never),
      'Dataset.fromArrays: x expected a tensor, a typed array, { data, shape }, nested arrays of numbers, or an array or record of those, got "abc"',
    ],
  ])("rejects %s", (_, run, text) => {
    expect(run).toThrow(text);
  });
});

describe("fromGenerator", () => {
  test("takes generators, async generators and functions that return something iterable; each pass starts anew", async () => {
    const rows = [
      { x: [1], y: 2 },
      { x: [3], y: 4 },
    ];
    const made = [
      Dataset.fromGenerator(() => rows),
      Dataset.fromGenerator(async () => rows),
      Dataset.fromGenerator(function* () {
        yield* rows;
      }),
      Dataset.fromGenerator(async function* () {
        yield* rows;
      }),
    ];
    for (const dataset of made) {
      expect(dataset.size).toBeUndefined();
      expect(await rowsOf(dataset)).toEqual(rows);
      expect(await rowsOf(dataset)).toEqual(rows);
    }
  });

  test("copies what is yielded, so one array may be filled again and again", async () => {
    const dataset = Dataset.fromGenerator(function* () {
      const x = new Float32Array(2);
      for (let i = 0; i < 3; i++) yield { x: x.fill(i) };
    });
    const [batch] = (await xs(dataset.shuffle({ seed: 1 }).batch(3))) as [number[][]];
    expect(batch.flat().sort()).toEqual([0, 0, 1, 1, 2, 2]);
    expect((await xs(dataset.cache())).flat()).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test("ends the generator when the reader stops early", async () => {
    let ended = 0;
    const dataset = Dataset.fromGenerator(function* () {
      try {
        for (;;) yield { x: 1 };
      } finally {
        ended++;
      }
    });
    await xs(dataset.batch(2).prefetch(2).take(3));
    await xs(
      dataset.map(({ x }) => ({ x })),
      2,
    );
    expect(ended).toBe(2);
  });

  test.each<[string, () => Dataset, string]>([
    [
      "a number",
      () => Dataset.fromGenerator(() => [{ x: 1 }, 5 as never]),
      "Dataset.fromGenerator: row 1 expected { x } or { x, y }, got 5; name the two parts",
    ],
    [
      "another key",
      () => Dataset.fromGenerator(() => [{ x: 1, label: 2 } as never]),
      'Dataset.fromGenerator: row 0 expected { x } or { x, y }, got an entry "label" as well; several inputs go into x as a record',
    ],
    [
      "ragged rows",
      () => Dataset.fromGenerator(() => [{ x: [1, 2] }, { x: [3] }]).batch(2),
      "Dataset.batch: x of row 1 expected float32 [2] as the first row, got float32 [1]; pad, crop or drop such rows with map or filter",
    ],
    [
      "ragged rows into a cache",
      () => Dataset.fromGenerator(() => [{ x: [1, 2] }, { x: [3] }]).cache(),
      "Dataset.cache: x of row 1 expected",
    ],
    [
      "rows with and without y",
      () =>
        Dataset.fromGenerator(() => [
          { x: 1, y: 1 },
          { x: 1, y: undefined as never },
        ]).batch(2),
      "Dataset.batch: row 1 expected x: one array, y: one array as the first row, got x: one array, y: none",
    ],
    [
      "text in x",
      () => Dataset.fromGenerator(() => [{ x: [1, "a" as never] }]),
      'Dataset.fromGenerator: x of row 0 expected numbers, got "a"',
    ],
    [
      "nothing iterable",
      () => Dataset.fromGenerator(() => 5 as never),
      "Dataset.fromGenerator: fn expected to return something iterable, got 5; write it as function* () { yield { x, y }; }",
    ],
  ])("rejects %s", async (_, make, text) => {
    await expect(xs(make())).rejects.toThrow(text);
  });

  test("rejects a generator in place of its function", () => {
    const generator = (function* () {
      yield { x: 1 };
    })();
    expect(() => Dataset.fromGenerator(generator as never)).toThrow(
      "Dataset.fromGenerator: fn expected a function that starts a generator, got object; a dataset is read more than once, so pass () => …",
    );
  });
});

describe.each([
  ["in memory", count],
  ["from a generator", stream],
] as const)("rows %s", (_, make) => {
  test("batch keeps or drops the last part", async () => {
    expect(await xs(make(5).batch(2))).toEqual([[0, 1], [2, 3], [4]]);
    expect(await xs(make(5).batch(2, { dropRemainder: true }))).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(await xs(make(4).batch(2, { dropRemainder: true }))).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(await xs(make(2).batch(10))).toEqual([[0, 1]]);
  });

  test("map, filter", async () => {
    const dataset = make(6).map(({ x }) => ({ x: [x.item(), x.item() ** 2] }));
    expect(await xs(dataset.filter(({ x }) => (x.toTypedArray()[1] as number) % 2 === 0))).toEqual([
      [0, 0],
      [2, 4],
      [4, 16],
    ]);
  });

  test("take, skip, concat, repeat", async () => {
    expect(await xs(make(5).take(2))).toEqual([0, 1]);
    expect(await xs(make(5).take(9))).toEqual([0, 1, 2, 3, 4]);
    expect(await xs(make(5).take(0))).toEqual([]);
    expect(await xs(make(5).skip(3))).toEqual([3, 4]);
    expect(await xs(make(5).skip(9))).toEqual([]);
    expect(await xs(make(3).concat(make(2)))).toEqual([0, 1, 2, 0, 1]);
    expect(await xs(make(2).repeat(3))).toEqual([0, 1, 0, 1, 0, 1]);
    expect(await xs(make(2).repeat(0))).toEqual([]);
    expect(await xs(make(2).repeat().skip(1).take(4))).toEqual([1, 0, 1, 0]);
    expect(await xs(make(3).repeat(2).batch(4))).toEqual([
      [0, 1, 2, 0],
      [1, 2],
    ]);
    expect(await xs(make(3).batch(2).repeat(2))).toEqual([[0, 1], [2], [0, 1], [2]]);
    expect(await xs(make(5).batch(2).skip(1))).toEqual([[2, 3], [4]]);
    expect(await xs(make(5).batch(2).take(2))).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(await xs(make(3).batch(2).concat(make(1).batch(2)))).toEqual([[0, 1], [2], [0]]);
    expect(await xs(make(3).prefetch(2))).toEqual([0, 1, 2]);
  });

  test("shuffle permutes, anew each epoch, the same for the same seed", async () => {
    const dataset = make(50).shuffle({ seed: 3 });
    const [first, second] = [await xs(dataset), await xs(dataset)];
    expect(first).not.toEqual(second);
    for (const each of [first, second]) {
      expect([...each].sort((a, b) => (a as number) - (b as number))).toEqual(Array.from({ length: 50 }, (_, i) => i));
    }
    const again = make(50).shuffle({ seed: 3 });
    expect([await xs(again), await xs(again)]).toEqual([first, second]);
    expect(await xs(make(50).shuffle({ seed: 4 }))).not.toEqual(first);
    expect(await xs(make(50).shuffle({ seed: 3 }).shuffle({ seed: 3 }))).not.toEqual(first);
  });

  test("repetitions of a shuffle differ", async () => {
    const all = await xs(make(20).shuffle().repeat(2));
    expect(all.slice(0, 20)).not.toEqual(all.slice(20));
  });

  test("shuffled batches keep their rows", async () => {
    const batches = await xs(make(20).batch(2).shuffle({ seed: 1 }));
    expect(batches.map((batch) => (batch as number[])[0])).not.toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    for (const batch of batches as [number, number][]) expect(batch[1]).toBe(batch[0] + 1);
  });

  test("setSeed chooses the order where no seed is given", async () => {
    setSeed(11);
    const first = await xs(make(30).shuffle());
    setSeed(12);
    expect(await xs(make(30).shuffle())).not.toEqual(first);
    setSeed(11);
    expect(await xs(make(30).shuffle())).toEqual(first);
    setSeed(0);
  });

  test("batches() gives the epoch and the place that it is asked for", async () => {
    const dataset = make(10).shuffle({ seed: 5 });
    const read = async (epoch: number, skip = 0) => {
      const out: number[][] = [];
      for await (const { x } of await dataset.batches({ batchSize: 3, epoch, skip }))
        out.push(Array.from(x[0]?.data ?? []));
      return out;
    };
    const [zero, one] = [await read(0), await read(1)];
    expect(zero.flat()).toEqual(await xs(dataset));
    expect(one.flat()).toEqual(await xs(dataset));
    expect(zero).not.toEqual(one);
    expect(await read(1, 2)).toEqual(one.slice(2));
    expect(await read(1, 9)).toEqual([]);
  });

  test("stays as it is when something is made of it", async () => {
    const dataset = make(3);
    dataset.shuffle().batch(2);
    expect(await xs(dataset)).toEqual([0, 1, 2]);
  });

  test.each<[string, (d: Dataset) => unknown, string]>([
    ["a batch of 0", (d) => d.batch(0), "Dataset.batch: size expected a whole number ≥ 1, got 0"],
    ["half a row", (d) => d.batch(1.5), "Dataset.batch: size expected a whole number ≥ 1, got 1.5"],
    [
      "batches of batches",
      (d) => d.batch(2).batch(2),
      "Dataset.batch: dataset expected rows, got batches of 2; call batch once",
    ],
    [
      "a misspelt option",
      (d) => d.batch(2, { dropReminder: true } as never),
      'Dataset.batch: unknown option "dropReminder"; did you mean "dropRemainder"?',
    ],
    ["a negative seed", (d) => d.shuffle({ seed: -1 }), "Dataset.shuffle: seed expected a whole number ≥ 0"],
    [
      "an empty buffer",
      (d) => d.shuffle({ bufferSize: 0 }),
      "Dataset.shuffle: bufferSize expected a whole number ≥ 1, got 0",
    ],
    ["a negative take", (d) => d.take(-1), "Dataset.take: count expected a whole number ≥ 0, got -1"],
    ["half a skip", (d) => d.skip(0.5), "Dataset.skip: count expected a whole number ≥ 0, got 0.5"],
    ["no prefetch", (d) => d.prefetch(0), "Dataset.prefetch: count expected a whole number ≥ 1, got 0"],
    ["a negative repeat", (d) => d.repeat(-1), "Dataset.repeat: count expected a whole number ≥ 0, got -1"],
    ["no function", (d) => d.map(5 as never), "Dataset.map: fn expected a function of { x, y }, got 5"],
    [
      "an array to concat",
      (d) => d.concat([1] as never),
      "Dataset.concat: other expected a Dataset, got [1]; wrap it by Dataset.fromArrays",
    ],
    [
      "batches and rows",
      (d) => d.batch(2).concat(d),
      "Dataset.concat: other expected rows with rows or batches with batches; call batch after concat",
    ],
  ])("rejects %s", (_, run, text) => {
    expect(() => run(make(3))).toThrow(text);
  });

  test.each<[string, (d: Dataset) => Dataset, string]>([
    [
      "a map that returns a tensor",
      (d) => d.map(({ x }) => x as never),
      "Dataset.map: row 0 expected { x } or { x, y }, got Tensor; name the two parts",
    ],
    [
      "an async map",
      (d) => d.map((async ({ x }: { x: never }) => ({ x })) as never),
      "Dataset.map: fn expected to return { x, y } at once, got a promise; await inside fromGenerator instead",
    ],
    [
      "a filter that returns a number",
      (d) => d.filter((() => 1) as never),
      "Dataset.filter: keep expected to return true or false, got 1; use .item()",
    ],
    [
      "batches whose parts differ in rows",
      (d) =>
        d
          .batch(2)
          .map(({ x }) => ({ x: x as never, y: [1] }))
          .prefetch(1)
          .map((row) => row as never),
      "Dataset: y of a batch expected 2 rows as x has, got shape [1]",
    ],
    [
      "an endless repetition of nothing",
      (d) => d.filter(() => false).repeat(),
      "Dataset.repeat: dataset expected at least one row to repeat without end, got none",
    ],
  ])("rejects %s while iterating", async (_, make_, text) => {
    await expect(xs(make_(make(3)))).rejects.toThrow(text);
  });
});

describe("sizes", () => {
  test("are known as far as they can be", async () => {
    const d = count(10);
    expect([d.size, d.take(3).size, d.skip(3).size, d.repeat(2).size, d.repeat().size]).toEqual([
      10,
      3,
      7,
      20,
      Infinity,
    ]);
    expect([d.concat(d).size, d.map((r) => r).size, d.filter(() => true).size, d.shuffle().size]).toEqual([
      20,
      10,
      undefined,
      10,
    ]);
    expect([d.batch(3).size, d.batch(3, { dropRemainder: true }).size]).toEqual([10, 9]);
    expect([d.batched, d.batch(3).batched]).toEqual([false, 3]);
    const cached = d.filter(({ x }) => x.item() > 3).cache();
    expect(cached.size).toBeUndefined();
    await xs(cached);
    expect([cached.size, cached.take(2).size]).toEqual([6, 2]);
  });

  test("give the steps of a pass", async () => {
    const steps = async (d: Dataset, options = {}) => (await d.batches(options)).steps;
    const d = count(10);
    expect(await steps(d, { batchSize: 3 })).toBe(4);
    expect(await steps(d, { batchSize: 3, dropRemainder: true })).toBe(3);
    expect(await steps(d, { batchSize: 3, skip: 3 })).toBe(1);
    expect(await steps(d)).toBe(1);
    expect(await steps(d.batch(4))).toBe(3);
    expect(await steps(d.batch(4).map((r) => r))).toBe(3);
    expect(
      await steps(
        d.map((r) => r),
        { batchSize: 4 },
      ),
    ).toBe(3);
    expect(
      await steps(
        d.filter(() => true),
        { batchSize: 4 },
      ),
    ).toBeUndefined();
    expect(await steps(d.filter(() => true).cache(), { batchSize: 4 })).toBe(3);
    expect(await steps(d.repeat(), { batchSize: 4 })).toBe(Infinity);
    await expect(d.batch(4).batches({ batchSize: 5 })).rejects.toThrow(
      "Dataset.batches: batchSize expected none, as the dataset is batched by 4, got 5; drop one of the two",
    );
  });
});

describe("batches", () => {
  test("of rows in memory need no waiting and use two sets of arrays in turn", async () => {
    const { sync } = await count(10).batches({ batchSize: 2 });
    const arrays = new Set<unknown>();
    let previous: readonly number[] = [];
    let kept: ArrayLike<number> = [];
    for (const { x, y, size } of sync ?? []) {
      expect([size, y]).toEqual([2, []]);
      expect(Array.from(kept)).toEqual(previous); // the batch before is whole still
      kept = x[0]?.data ?? [];
      previous = Array.from(kept);
      arrays.add(x[0]?.data.buffer);
    }
    expect(arrays.size).toBe(2);
    expect((await stream(3).batches()).sync).toBeUndefined();
  });

  test("shuffle where asked, unless the dataset does", async () => {
    const read = async (d: Dataset, shuffle: boolean, seed = 1) => {
      const [batch] = [...((await d.batches({ batchSize: 20, shuffle, seed })).sync ?? [])];
      return Array.from(batch?.x[0]?.data ?? []);
    };
    const d = count(20);
    expect(await read(d, false)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(await read(d, true)).not.toEqual(await read(d, false));
    expect(await read(d, true)).toEqual(await read(d.shuffle(), false));
    expect(await read(d.shuffle(), true)).toEqual(await read(d.shuffle(), false));
    expect(await read(d, true, 2)).not.toEqual(await read(d, true, 1));
    expect(await read(d.shuffle({ seed: 1 }), true, 2)).toEqual(await read(d, true, 1));
  });
});

describe("cache", () => {
  test("reads once, and what follows is as in memory", async () => {
    let reads = 0;
    const dataset = Dataset.fromGenerator(function* () {
      reads++;
      for (let i = 0; i < 100; i++) yield { x: Int32Array.of(i), y: i };
    }).cache();
    const [shuffled, joined] = [dataset.shuffle({ seed: 2 }), dataset.concat(dataset)];
    const first = await xs(shuffled);
    await xs(shuffled);
    expect((await xs(joined)).length).toBe(200);
    expect(reads).toBe(1);
    expect(dataset.batch(7).size).toBe(100);
    const memory = Dataset.fromArrays({ data: Int32Array.from({ length: 100 }, (_, i) => i), shape: [100, 1] });
    expect(await xs(memory.shuffle({ seed: 2 }))).toEqual(first);
  });

  test("keeps batches, holds nothing after a failure, and may be empty", async () => {
    let calls = 0;
    const mapped = count(4)
      .batch(2)
      .map(({ x }) => {
        calls++;
        if (calls === 1) throw new Error("once");
        return { x };
      });
    const dataset = mapped.cache();
    await expect(xs(dataset)).rejects.toThrow("once");
    expect(await xs(dataset)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(await xs(dataset)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(calls).toBe(3);
    const none = Dataset.fromGenerator(() => []).cache();
    expect(await xs(none.batch(3))).toEqual([]);
    expect(await xs(none.concat(count(2) as never))).toEqual([0, 1]);
  });
});

test("prefetch asks ahead and reports an error when its turn comes", async () => {
  let asked = 0;
  const dataset = Dataset.fromGenerator(async function* () {
    for (;;) {
      if (asked === 5) throw new Error("broken");
      yield { x: asked++ };
    }
  }).prefetch(3);
  const seen: number[] = [];
  await expect(
    (async () => {
      for await (const { x } of dataset) {
        seen.push(x.item());
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (seen.length === 1) expect(asked).toBe(4);
      }
    })(),
  ).rejects.toThrow("broken");
  expect(seen).toEqual([0, 1, 2, 3, 4]);
});

test("concat wants rows of one form", async () => {
  expect(() => count(2).concat(Dataset.fromArrays([1, 2]) as never)).toThrow(
    "Dataset.concat: x expected rows of int32 [], got float32 []; bring both into one form with map",
  );
  expect(() => count(2).concat(Dataset.fromArrays(Int32Array.of(1), [2]) as never)).toThrow(
    "Dataset.concat: other expected x: one array, y: none, got x: one array, y: one array; bring both into one form with map",
  );
});

test("map leaves no tensors behind", async () => {
  const data = { data: new Float32Array(500 * 1000), shape: [500, 1000] };
  const dataset = Dataset.fromArrays(data).map(({ x }) => ({ x: tensor(x) }));
  const before = memory().stats().live;
  for await (const batch of await dataset.batches({ batchSize: 100 })) expect(batch.size).toBe(100);
  expect(memory().stats().live).toBe(before);
});

test("any chain of steps gives the rows of its plain-array twin", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("take" as const), n: fc.nat(12) }),
    fc.record({ kind: fc.constant("skip" as const), n: fc.nat(5) }),
    fc.record({ kind: fc.constant("repeat" as const), n: fc.nat(3) }),
    fc.record({ kind: fc.constant("double" as const), n: fc.constant(0) }),
    fc.record({ kind: fc.constant("cache" as const), n: fc.constant(0) }),
    fc.record({ kind: fc.constant("odd" as const), n: fc.constant(0) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      fc.array(step, { maxLength: 5 }),
      fc.integer({ min: 1, max: 5 }),
      async (n, memory, steps, size) => {
        let dataset: Dataset = memory ? count(n) : stream(n);
        let rows = Array.from({ length: n }, (_, i) => i);
        for (const { kind, n: k } of steps) {
          if (kind === "take") [dataset, rows] = [dataset.take(k), rows.slice(0, k)];
          if (kind === "skip") [dataset, rows] = [dataset.skip(k), rows.slice(k)];
          if (kind === "repeat") [dataset, rows] = [dataset.repeat(k), Array.from({ length: k }, () => rows).flat()];
          if (kind === "double") [dataset, rows] = [dataset.concat(dataset), [...rows, ...rows]];
          if (kind === "cache") dataset = dataset.cache();
          if (kind === "odd") {
            dataset = dataset.filter(({ x }) => (x as never as { item(): number }).item() % 2 === 1);
            rows = rows.filter((v) => v % 2 === 1);
          }
        }
        const batches: number[][] = [];
        for (let i = 0; i < rows.length; i += size) batches.push(rows.slice(i, i + size));
        expect(await xs(dataset.batch(size))).toEqual(batches);
        expect(dataset.size ?? rows.length).toBe(rows.length);
      },
    ),
    { numRuns: 60, seed: 1 },
  );
});
