import { expect, test } from "vitest";
import { operationRules } from "../../src/formats/onnx/export/operation.js";
import { operations } from "../../src/nn/operations/index.js";
import { hasGradient } from "../../src/tools/gradients.js";
import { operatorsPage } from "../../src/tools/operators.js";
import { read } from "../support/sources.js";

test("docs/operators.md is what npm run docs makes", () => {
  expect(read("docs/operators.md")).toBe(operatorsPage());
});

test("a gradient is found where there is one", () => {
  const of = (...names: string[]) => names.map(hasGradient);
  expect(of("relu", "softmax", "gather", "where", "lstm", "topk")).toEqual([true, true, true, true, true, true]);
  expect(of("floor", "sign", "argMax", "equal", "logicalNot", "isNaN")).toEqual([
    false,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test("what is written is an operation that is there", () => {
  expect(Object.keys(operationRules).filter((name) => !Object.hasOwn(operations, name))).toEqual([]);
});
