import { expect, test } from "vitest";
import { operationRules } from "../../src/formats/onnx/export/operation.js";
import { operations } from "../../src/nn/operations.js";
import { operatorsPage } from "../../src/tools/operators.js";
import { read } from "../support/sources.js";

test("docs/operators.md is what npm run docs makes", () => {
  expect(read("docs/operators.md")).toBe(operatorsPage());
});

test("what is written is an operation that is there", () => {
  expect(Object.keys(operationRules).filter((name) => !Object.hasOwn(operations, name))).toEqual([]);
});
