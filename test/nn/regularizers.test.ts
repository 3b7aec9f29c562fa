import { expect, test } from "vitest";
import { regularizerFrom } from "../../src/nn/by-name.js";
import { l1, l1l2, l2 } from "../../src/nn/regularizers.js";

test("factors, names, saved and loaded", () => {
  expect(l1(0.5)).toEqual({ name: "l1", config: { l1: 0.5 }, l1: 0.5, l2: 0 });
  expect(l2(0.5)).toEqual({ name: "l2", config: { l2: 0.5 }, l1: 0, l2: 0.5 });
  expect(l1l2({ l1: 1, l2: 2 })).toEqual({ name: "l1l2", config: { l1: 1, l2: 2 }, l1: 1, l2: 2 });
  expect(regularizerFrom("regularizer", "l1_l2")).toEqual(l1l2());
  expect(regularizerFrom("regularizer", "L2")).toEqual(l2(0.01));
  for (const each of [l1(0.1), l2(0.2), l1l2({ l1: 0.3, l2: 0.4 })]) {
    expect(regularizerFrom("regularizer", { name: each.name, config: each.config })).toEqual(each);
  }
});

test("bad input", () => {
  expect(() => l2(-1)).toThrow("regularizers.l2: lambda expected a finite number ≥ 0, got -1");
  expect(() => l1(NaN)).toThrow("regularizers.l1: lambda expected a finite number ≥ 0, got NaN");
  expect(() => l1l2({ l2: -1 })).toThrow("regularizers.l1l2: l2 expected a finite number ≥ 0, got -1");
  expect(() => regularizerFrom("regularizer", "l3")).toThrow(
    'regularizer: name expected one of "l1", "l1l2", "l2", got "l3"; did you mean "l1"?',
  );
});
