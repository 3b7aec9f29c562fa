import { expect, test } from "vitest";
import { einsum } from "../../src/ops/einsum.js";
import { tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp } from "../support/check-op.js";

// Values are held against NumPy in onnx.test.ts; gradients, threads and errors here.

for (const [equation, ...inputs] of [
  ["bij,bjk->bik", [2, 3, 4], [2, 4, 5]],
  ["bij,bjk,ki->b", [2, 3, 4], [2, 4, 5], [5, 3]],
  ["ii->i", [4, 4]],
  ["iij->j", [3, 3, 4]],
  ["ij->", [3, 4]],
  ["i,j->ij", [3], [4]],
  ["i,i", [5], [5]],
  ["bi,bi->b", [3, 4], [3, 4]],
  ["bqhd,bkhd->bhqk", [2, 3, 2, 4], [2, 5, 2, 4]],
  ["...ij,...jk->...ik", [2, 1, 3, 4], [5, 4, 2]],
  ["ij,jk->ik", [3, 1], [4, 2]],
  ["ij,jk->ik", [0, 4], [4, 2]],
] as [string, ...number[][]][]) {
  checkOp(`einsum ${equation}`, {
    run: (...x) => einsum(equation, ...x),
    cases: [{ name: JSON.stringify(inputs), inputs }],
  });
}

test.each(backends)("einsum of scalars and of nothing on $name", async ({ use }) => {
  await use();
  expect(einsum(",->", 3, 4).item()).toBe(12);
  expect(einsum(" i , -> i ", [1, 2], 4).toArray()).toEqual([4, 8]);
  expect(einsum("ij,jk->ik", tensor([], [2, 0]), tensor([], [0, 3])).toArray()).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
});

test.each([
  ["ij,jk->ik", [[[1]]], 'einsum: tensors expected 2 for "ij,jk->ik", got 1'],
  ["ij->ik", [[[1]]], 'einsum: equation expected each letter of "ik" once, and among the terms, got "k"'],
  ["ij->ii", [[[1]]], 'einsum: equation expected each letter of "ii" once'],
  ["ij", [[1]], 'einsum: tensors expected the axes of "ij", got [1]'],
  [
    "i,i",
    [
      [1, 2],
      [1, 2, 3],
    ],
    'einsum: tensors expected one size for "i" of "i,i", got 2 and 3',
  ],
  ["...i...", [[1]], 'einsum: equation expected letters and at most one "..." in each term'],
  ["i->j->k", [[1]], "einsum: equation expected terms such as"],
] as [string, number[][], string][])("einsum %s", (equation, tensors, message) => {
  expect(() => einsum(equation, ...tensors)).toThrow(message);
});
