import { expect, test } from "vitest";
import { tamed } from "../../../src/search/samplers/bayesian.js";
import { scores } from "../../../src/search/samplers/scores.js";
import type { FrozenTrial, TrialState } from "../../../src/search/trial.js";
import { expectClose } from "../../support/check-op.js";

const trial = (number: number, state: TrialState, value?: number): FrozenTrial => ({
  number,
  state,
  params: {},
  intermediate: state === "pruned" && value !== undefined ? [{ step: 1, value }] : [],
  attributes: {},
  ...(state === "complete" && value !== undefined ? { values: [value] } : {}),
});

const trials = [
  trial(0, "complete", 4),
  trial(1, "failed"),
  trial(2, "complete", 1),
  trial(3, "pruned", 0),
  trial(4, "complete", 2),
  trial(5, "pruned", 3),
  trial(6, "running"),
  trial(7, "complete", Number.POSITIVE_INFINITY),
  trial(8, "complete", Number.NaN),
  trial(9, "pruned"),
  trial(10, "complete", Number.NEGATIVE_INFINITY),
];

test("a failed trial counts as the worst, a pruned one as no better than the median, ∞ as the worst finite one", () => {
  const of = (direction: "minimize" | "maximize") =>
    scores({ trials, directions: [direction] }).map(({ trial, score }) => [trial.number, score]);
  expect(of("minimize")).toEqual([
    [0, 4],
    [1, 4],
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 3],
    [7, 4],
    [9, 4],
    [10, 1],
  ]);
  expect(of("maximize")).toEqual([
    [0, -4],
    [1, -1],
    [2, -1],
    [3, -1],
    [4, -2],
    [5, -2],
    [7, -4],
    [9, -1],
    [10, -1],
  ]);
  expect(scores({ trials: [trial(0, "failed"), trial(1, "complete", Number.NaN)], directions: ["minimize"] })).toEqual(
    [],
  );
});

test("scores above the median come closer, in their order; the others stay", () => {
  expectClose(tamed([3, 0, 2, 1]), [2 + 2 * Math.log(1.5), 0, 2, 1], 1e-14, 0);
  expect(tamed([5, 5, 5])).toEqual([5, 5, 5]);
  expect(tamed([1])).toEqual([1]);
});
