import { describe, expect, test } from "vitest";
import { scheduleFrom } from "../../src/optim/saved-schedule.js";
import { constant, cosine, exponentialDecay, piecewiseConstant, type Schedule } from "../../src/optim/schedules.js";

/** Expected rates worked out by hand. */
const cases: [name: string, schedule: Schedule, rates: [step: number, rate: number][]][] = [
  [
    "constant",
    constant(0.1),
    [
      [0, 0.1],
      [1e9, 0.1],
    ],
  ],
  [
    "cosine",
    cosine(1, { steps: 60 }),
    [
      [0, 1],
      [20, 0.75],
      [30, 0.5],
      [40, 0.25],
      [60, 0],
      [100, 0],
    ],
  ],
  [
    "cosine to a floor",
    cosine(1, { steps: 4, final: 0.2 }),
    [
      [0, 1],
      [2, 0.6],
      [4, 0.2],
      [5, 0.2],
    ],
  ],
  [
    "cosine after a warm-up",
    cosine(1, { steps: 14, warmup: 4 }),
    [
      [0, 0.25],
      [1, 0.5],
      [3, 1],
      [4, 1],
      [9, 0.5],
      [14, 0],
    ],
  ],
  [
    "exponential decay",
    exponentialDecay(8, { steps: 10, rate: 0.25 }),
    [
      [0, 8],
      [5, 4],
      [10, 2],
      [15, 1],
      [20, 0.5],
    ],
  ],
  [
    "staircase",
    exponentialDecay(8, { steps: 10, rate: 0.5, staircase: true }),
    [
      [0, 8],
      [9, 8],
      [10, 4],
      [19, 4],
      [20, 2],
    ],
  ],
  [
    "piecewise constant",
    piecewiseConstant([2, 5], [1, 0.5, 0.1]),
    [
      [0, 1],
      [2, 1],
      [3, 0.5],
      [5, 0.5],
      [6, 0.1],
      [99, 0.1],
    ],
  ],
  ["piecewise constant of one piece", piecewiseConstant([], [0.3]), [[0, 0.3]]],
];

describe.each(cases)("%s", (_, schedule, rates) => {
  test("rates", () => {
    for (const [step, rate] of rates) expect(schedule(step)).toBeCloseTo(rate, 14);
  });

  test("saved and loaded", () => {
    const saved = JSON.parse(JSON.stringify({ name: schedule.name, config: schedule.config }));
    const loaded = scheduleFrom(saved.name, saved.config);
    for (let step = 0; step < 100; step++) expect(loaded(step)).toBe(schedule(step));
    expect(loaded.config).toEqual(schedule.config);
  });
});

test("bad input", () => {
  expect(() => constant(-1)).toThrow("schedules.constant: rate expected a finite number ≥ 0, got -1");
  expect(() => cosine(1, { steps: 0 })).toThrow("schedules.cosine: steps expected a whole number ≥ 1, got 0");
  expect(() => cosine(1, undefined as never)).toThrow("schedules.cosine: steps expected a whole number ≥ 1");
  expect(() => cosine(1, { steps: 5, warmup: 5 })).toThrow("warmup expected a whole number ≥ 0 and < 5, got 5");
  expect(() => cosine(1, { stepz: 5 } as never)).toThrow('unknown option "stepz"; did you mean "steps"?');
  expect(() => exponentialDecay(1, { steps: 5, rate: 0 })).toThrow("rate expected a finite number > 0, got 0");
  expect(() => exponentialDecay(1, { steps: 5, rate: 1, staircase: 1 as never })).toThrow(
    "staircase expected true or false",
  );
  expect(() => piecewiseConstant([5, 5], [1, 2, 3])).toThrow("boundaries[1] expected a whole number > 5, got 5");
  expect(() => piecewiseConstant([5], [1])).toThrow("values expected 2 rates, one more than boundaries, got [1]");
  expect(() => piecewiseConstant([5], [1, NaN])).toThrow("values[1] expected a finite number ≥ 0, got NaN");
  expect(() => scheduleFrom("cosin", {})).toThrow('did you mean "cosine"?');
});
