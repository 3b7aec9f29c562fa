import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kernels, memory } from "../../src/backend/engine.js";
import { product as multiply, scratchFor } from "../../src/ops/gemm.js";
import { matmul } from "../../src/ops/matmul.js";
import { empty, type Tensor, tensor } from "../../src/tensor/tensor.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends } from "../support/backends.js";
import { checkOp, expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

/** Σₚ a[i, p] · b[p, j] by three loops, either operand read transposed. */
function product(a: Float64Array, b: Float64Array, [m, n, k]: number[], ta = false, tb = false): Float64Array {
  const out = new Float64Array((m as number) * (n as number));
  for (let i = 0; i < (m as number); i++) {
    for (let j = 0; j < (n as number); j++) {
      let sum = 0;
      for (let p = 0; p < (k as number); p++) {
        const left = a[ta ? p * (m as number) + i : i * (k as number) + p] as number;
        sum += left * (b[tb ? j * (k as number) + p : p * (n as number) + j] as number);
      }
      out[i * (n as number) + j] = sum;
    }
  }
  return out;
}

const sizes: [m: number, n: number, k: number][] = [
  [1, 1, 1],
  [1, 1, 9],
  [1, 7, 5],
  [1, 33, 6],
  [6, 1, 5],
  [19, 1, 7],
  [2, 3, 4],
  [5, 8, 4],
  [6, 9, 5],
  [7, 10, 3],
  [4, 12, 1],
  [13, 17, 11],
  [3, 5, 0],
  [0, 5, 3],
  [3, 0, 5],
];

for (const [transposeA, transposeB] of [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const) {
  for (const size of sizes) {
    const [m, n, k] = size;
    checkOp(`matmul ${transposeA ? "Aᵀ" : "A"}·${transposeB ? "Bᵀ" : "B"} m=${m} n=${n} k=${k}`, {
      run: (a, b) => matmul(a, b, transposeA, transposeB),
      cases: [{ name: "random", inputs: [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]] }],
      tolerance: { absolute32: 1e-5 },
      expected: (a, b) => product(a, b, size, transposeA, transposeB),
    });
  }
}

checkOp("matmul of more blocks than one", {
  run: (a, b) => matmul(a, b),
  cases: [
    {
      name: "k over two blocks",
      inputs: [
        [6, 515],
        [515, 9],
      ],
      gradient: false,
    },
    {
      name: "n over two blocks",
      inputs: [
        [7, 20],
        [20, 270],
      ],
      gradient: false,
    },
    {
      name: "few rows, B not packed",
      inputs: [
        [9, 520],
        [520, 21],
      ],
      gradient: false,
    },
  ],
  tolerance: { f32: 1e-5, absolute32: 1e-3 },
});

checkOp("matmul of extremes", {
  run: (a, b) => matmul(a, b),
  cases: [
    {
      name: "NaN, infinities and their products with 0",
      inputs: [
        { values: [1, NaN, 2, Infinity, 0, -0, -Infinity, 1, 1e15, 1e-30], shape: [5, 2] },
        { values: [1, 0, -0, 2, 1, 1e-30, 3, 1e15, 1, 1, 1, Infinity, 0, 1, 1, 1, 1, 1], shape: [2, 9] },
      ],
      gradient: false,
    },
    { name: "a row", inputs: [{ values: [NaN, 1], shape: [1, 2] }, [2, 5]], gradient: false },
    { name: "a column", inputs: [{ values: [1, NaN, 1, -Infinity, 0, 0], shape: [3, 2] }, [2, 1]], gradient: false },
  ],
  expected: (a, b) => product(a, b, [a.length / 2, b.length / 2, 2]),
});

checkOp("matmul of batches", {
  run: (a, b) => matmul(a, b),
  cases: [
    {
      name: "equal",
      inputs: [
        [2, 3, 4],
        [2, 4, 5],
      ],
    },
    {
      name: "one B for all",
      inputs: [
        [2, 3, 3, 4],
        [4, 2],
      ],
    },
    {
      name: "one A for all",
      inputs: [
        [3, 4],
        [2, 4, 2],
      ],
    },
    {
      name: "both broadcast",
      inputs: [
        [2, 1, 2, 3],
        [3, 3, 2],
      ],
    },
    {
      name: "none",
      inputs: [
        [0, 2, 3],
        [3, 2],
      ],
    },
  ],
  tolerance: { absolute32: 1e-5 },
});

describe("matmul", () => {
  test("broadcasts the leading axes as single products do", async () => {
    const a = tensor(uniform(2 * 1 * 3 * 4, -1, 1, 1), [2, 1, 3, 4]);
    const b = tensor(uniform(3 * 4 * 2, -1, 1, 2), [3, 4, 2]);
    const y = matmul(a, b);
    expect(y.shape).toEqual([2, 3, 3, 2]);
    const [va, vb, vy] = [a, b, y].map((t) => Float64Array.from(t.toTypedArray())) as Float64Array[];
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 3; j++) {
        const want = product(va?.slice(i * 12) as Float64Array, vb?.slice(j * 8) as Float64Array, [3, 2, 4]);
        expectClose((vy as Float64Array).slice((i * 3 + j) * 6, (i * 3 + j + 1) * 6), want, 1e-5, 1e-6);
      }
    }
  });

  test("the transposed operand of a batch is the transposed matrix of each", () => {
    const a = tensor(uniform(24, -1, 1, 1), [2, 4, 3]);
    const b = tensor(uniform(40, -1, 1, 2), [2, 5, 4]);
    const y = matmul(a, b, true, true);
    expect(y.shape).toEqual([2, 3, 5]);
    const [va, vb] = [a, b].map((t) => Float64Array.from(t.toTypedArray())) as [Float64Array, Float64Array];
    for (let i = 0; i < 2; i++) {
      const want = product(va.slice(i * 12), vb.slice(i * 20), [3, 5, 4], true, true);
      expectClose(y.toTypedArray().slice(i * 15, (i + 1) * 15), want, 1e-5, 1e-6);
    }
  });

  test("says what does not fit", () => {
    expect(() => matmul([1, 2], [[1], [2]])).toThrow(
      "matmul: a expected at least two axes, got [2]; reshape a vector to [1, size]",
    );
    expect(() => matmul([[1, 2]], [1, 2])).toThrow(
      "matmul: b expected at least two axes, got [2]; reshape a vector to [size, 1]",
    );
    expect(() => matmul([[1, 2, 3]], [[1, 2]])).toThrow(
      "matmul: b expected 3 rows to multiply a [1, 3], got [1, 2]; change a shape or set transposeA or transposeB",
    );
    expect(() => matmul([[1, 2, 3]], [[1, 2]], true, true)).toThrow(
      "matmul: b expected 1 columns to multiply a [1, 3] transposed, got [1, 2] transposed",
    );
    expect(() => matmul(tensor(uniform(12), [3, 2, 2]), tensor(uniform(8), [2, 2, 2]))).toThrow(
      "matmul: shapes expected to broadcast",
    );
    expect(() => matmul(tensor([[1]], undefined, "int32"), tensor([[1]], undefined, "int32"))).toThrow(
      'matmul: a expected float32 or float64, got int32; convert it with cast(a, "float32")',
    );
  });
});

const forms = ["gemm_nn", "gemm_nt", "gemm_tn"] as const;

/** C after one product whose rows are done in ranges, with B packed in ranges of 16 columns or read in place. */
function byRanges(
  form: (typeof forms)[number],
  dtype: FloatDType,
  [m, n, k]: number[],
  cuts: number[],
  packed: boolean,
): Uint8Array {
  const [rows, columns, depth] = [m as number, n as number, k as number];
  const fill = (size: number, seed: number) => tensor(Float64Array.from(uniform(size, -2, 2, seed)), [size], dtype);
  const [a, b, bias] = [fill(rows * depth, 1), fill(depth * columns, 2), fill(columns, 3)] as Tensor[];
  const c = empty([rows * columns + 8], dtype);
  kernels(dtype).fill(c.at, 7, 0, c.size);
  const scratch = scratchFor(c, [form, { m: 1, n: columns, k: depth }]);
  const panels = empty([Math.ceil(columns / 16) * 16 * depth], dtype);
  kernels(dtype).fill(panels.at, 7, 0, panels.size);
  for (let j = 0; packed && j < columns; j += 16) {
    const along = form === "gemm_nt" ? 1 : 0;
    kernels(dtype).gemm_pack(panels.at, (b as Tensor).at, along, columns, depth, j, Math.min(columns, j + 16));
  }
  const edges = [0, ...cuts.filter((cut) => cut <= rows).sort((p, q) => p - q), rows];
  for (let i = 1; i < edges.length; i++) {
    const [begin, end] = [edges[i - 1] as number, edges[i] as number];
    kernels(dtype)[form](
      c.at,
      (a as Tensor).at,
      (b as Tensor).at,
      packed ? panels.at : 0,
      (bias as Tensor).at,
      rows,
      columns,
      depth,
      0,
      1,
      0,
      scratch.at,
      begin,
      end,
    );
  }
  const values = c.toTypedArray();
  for (let i = rows * columns; i < values.length; i++) expect(values[i], "past the end").toBe(7);
  return new Uint8Array(values.buffer);
}

for (const backend of backends) {
  test(`gemm: no bit depends on the ranges nor on the number of rows, on ${backend.name}`, async () => {
    await backend.use();
    fc.assert(
      fc.property(
        fc.constantFrom(...forms),
        fc.constantFrom<FloatDType>("float32", "float64"),
        fc.tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 24 })),
        fc.array(fc.integer({ min: 0, max: 24 }), { maxLength: 3 }),
        fc.boolean(),
        (form, dtype, size, cuts, pack) => {
          const packed = pack || form === "gemm_nt";
          const whole = byRanges(form, dtype, size, [], true);
          expect(byRanges(form, dtype, size, cuts, packed)).toEqual(whole);
          const [, n, k] = size;
          if (form === "gemm_tn") return;
          const row = n * (dtype === "float32" ? 4 : 8);
          expect(byRanges(form, dtype, [1, n, k], [], pack).slice(0, row)).toEqual(whole.slice(0, row));
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  test(`gemm: the three forms give the same bits, on ${backend.name}`, async () => {
    await backend.use();
    const [m, n, k] = [11, 13, 531];
    const a = uniform(m * k, -1, 1, 1);
    const b = uniform(k * n, -1, 1, 2);
    const turn = (x: Float32Array, rows: number, columns: number) =>
      Float32Array.from({ length: x.length }, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)] as number);
    const y = matmul(tensor(a, [m, k]), tensor(b, [k, n])).toTypedArray();
    expect(matmul(tensor(a, [m, k]), tensor(turn(b, k, n), [n, k]), false, true).toTypedArray()).toEqual(y);
    expect(matmul(tensor(turn(a, m, k), [k, m]), tensor(b, [k, n]), true).toTypedArray()).toEqual(y);
    expect(matmul(tensor(turn(a, m, k), [k, m]), tensor(turn(b, k, n), [n, k]), true, true).toTypedArray()).toEqual(y);
  });
}

test("gemm: in strict numerics a sum adds k in ascending order", async () => {
  await backends[0]?.use();
  const [m, n, k] = [7, 11, 1030];
  const [a, b] = [uniform(m * k, -1, 1, 1), uniform(k * n, -1, 1, 2)];
  const y = matmul(tensor(a, [m, k]), tensor(b, [k, n])).toTypedArray();
  const want = Float32Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let p = 0; p < k; p++) {
      sum = Math.fround(sum + Math.fround((a[i * k + p] as number) * (b[p * n + j] as number)));
    }
    return sum;
  });
  expect(y).toEqual(want);
});

test("gemm: accumulate adds to what C holds and leaves memory past it alone", async () => {
  await backends[0]?.use();
  for (const form of forms) {
    const [m, n, k] = [6, 9, 5];
    const a = tensor(uniform(m * k, -1, 1, 1), [m * k]);
    const b = tensor(uniform(k * n, -1, 1, 2), [k * n]);
    const c = tensor(uniform(m * n + 8, -1, 1, 3), [m * n + 8]);
    const before = Float64Array.from(c.toTypedArray());
    const scratch = scratchFor(c, [form, { m, n, k }]);
    multiply(kernels("float32"), form, { c: c.at, a: a.at, b: b.at, m, n, k }, scratch, { accumulate: true });
    const want = product(
      Float64Array.from(a.toTypedArray()),
      Float64Array.from(b.toTypedArray()),
      [m, n, k],
      form === "gemm_tn",
      form === "gemm_nt",
    ).map((v, i) => v + (before[i] as number));
    expectClose(memory().view(c.at, m * n, "float32"), want, 1e-5, 1e-6, form);
    expect(Array.from(memory().view(c.at + m * n * 4, 8, "float32"))).toEqual(Array.from(before.slice(m * n)));
  }
});
