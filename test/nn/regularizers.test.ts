import { expect, test } from "vitest";
import { regularizerFrom } from "../../src/nn/by-name.js";
import { l1, l1l2, l2 } from "../../src/nn/regularizers.js";

test("factors, names, saved and loaded", () => {
  expect(l1(0.5)).toEqual({ name: "l1", config: { l1: 0.5 }, l1: 0.5, l2: 0 });
  expect(l2(0.5)).toEqual({ name: "l2", config: { l2: 0.5 }, l1: 0, l2: 0.5 });
  expect(l1l2({ l1: 1, l2: 2 })).toEqual({ name: "l1l2", config: { l1: 1, l2: 2 }, l1: 1, l2: 2 });
  const course = { convention: "course" } as const;
  // λ / 2m is half of λ over the rows.
  expect(l2(0.7, course)).toEqual({
    name: "l2",
    config: { l2: 0.7, convention: "course", rows: "training" },
    l1: 0,
    l2: 0.35,
    rows: "training",
  });
  expect(l1(3, { ...course, rows: "batch" })).toMatchObject({ l1: 1.5, l2: 0, rows: "batch" });
  expect(l1l2({ l1: 1, l2: 2, ...course, rows: 60 })).toMatchObject({ l1: 0.5, l2: 1, rows: 60 });
  expect(l2(0.5, { convention: "plain" })).toEqual(l2(0.5));
  expect(regularizerFrom("regularizer", "l1_l2")).toEqual(l1l2());
  expect(regularizerFrom("regularizer", "L2")).toEqual(l2(0.01));
  for (const each of [
    l1(0.1),
    l2(0.2),
    l1l2({ l1: 0.3, l2: 0.4 }),
    l1(0.1, course),
    l2(0.2, { ...course, rows: 9 }),
    l1l2({ l1: 0.3, l2: 0.4, ...course, rows: "batch" }),
  ]) {
    expect(regularizerFrom("regularizer", { name: each.name, config: each.config })).toEqual(each);
  }
});

test("bad input", () => {
  expect(() => l2(-1)).toThrow("regularizers.l2: lambda expected a finite number ≥ 0, got -1");
  expect(() => l1(NaN)).toThrow("regularizers.l1: lambda expected a finite number ≥ 0, got NaN");
  expect(() => l1l2({ l2: -1 })).toThrow("regularizers.l1l2: l2 expected a finite number ≥ 0, got -1");
  expect(() => l2(-1, { convention: "course" })).toThrow(
    "regularizers.l2: lambda expected a finite number ≥ 0, got -1",
  );
  expect(() => l2(1, { convention: "curse" as "course" })).toThrow('did you mean "course"?');
  expect(() => l2(1, { convention: "course", rows: 0 })).toThrow(
    "regularizers.l2: rows expected a whole number ≥ 1, got 0",
  );
  expect(() => l1(1, { rows: 5 })).toThrow('regularizers.l1: rows expected with convention: "course" only, got 5');
  expect(() => regularizerFrom("regularizer", { l1: 0.1 } as never)).toThrow(
    "regularizer expected a name or what wg.regularizers returns, got { l1 }",
  );
  expect(() => regularizerFrom("regularizer", "l3")).toThrow(
    'regularizer: name expected one of "l1", "l1l2", "l2", got "l3"; did you mean "l1"?',
  );
});
