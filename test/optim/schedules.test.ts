import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { scheduleFrom } from "../../src/optim/saved-schedule.js";
import type { Schedule } from "../../src/optim/schedule.js";
import {
  constant,
  cosine,
  cosineRestarts,
  cyclical,
  exponentialDecay,
  inverseSqrtDecay,
  inverseTimeDecay,
  manual,
  oneCycle,
  piecewiseConstant,
  polynomialDecay,
  sequence,
  warmup,
} from "../../src/optim/schedules.js";

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
  [
    "0.95 to the power of the epoch",
    exponentialDecay(2, { rate: 0.95, stepsPerEpoch: 10 }),
    [
      [0, 2],
      [9, 2],
      [10, 1.9],
      [19, 1.9],
      [20, 1.805],
    ],
  ],
  [
    "staircase over epochs",
    exponentialDecay(8, { steps: 2, rate: 0.5, staircase: true, stepsPerEpoch: 5 }),
    [
      [0, 8],
      [9, 8],
      [10, 4],
      [19, 4],
      [20, 2],
    ],
  ],
  [
    "inverse time decay by epoch",
    inverseTimeDecay(0.2, { decay: 1, stepsPerEpoch: 3 }),
    [
      [0, 0.2],
      [2, 0.2],
      [3, 0.1],
      [6, 0.2 / 3],
      [9, 0.05],
    ],
  ],
  [
    "inverse time decay by step",
    inverseTimeDecay(1, { decay: 0.25 }),
    [
      [0, 1],
      [1, 0.8],
      [4, 0.5],
      [12, 0.25],
    ],
  ],
  [
    "k / √step",
    inverseSqrtDecay(3),
    [
      [0, 3],
      [3, 1.5],
      [8, 1],
      [99, 0.3],
    ],
  ],
  [
    "k / √epoch",
    inverseSqrtDecay(3, { stepsPerEpoch: 4 }),
    [
      [0, 3],
      [3, 3],
      [12, 1.5],
      [15, 1.5],
      [32, 1],
    ],
  ],
  [
    "a straight line",
    polynomialDecay(1, { steps: 10, final: 0.2 }),
    [
      [0, 1],
      [5, 0.6],
      [10, 0.2],
      [50, 0.2],
    ],
  ],
  [
    "polynomial decay",
    polynomialDecay(2, { steps: 4, power: 0.5 }),
    [
      [0, 2],
      [3, 1],
      [4, 0],
      [5, 0],
    ],
  ],
  [
    "a cubic",
    polynomialDecay(8, { steps: 4, power: 3 }),
    [
      [0, 8],
      [2, 1],
      [3, 0.125],
      [4, 0],
    ],
  ],
  [
    "cosine with restarts",
    cosineRestarts(1, { steps: 4, mMul: 0.5 }),
    [
      [0, 1],
      [2, 0.5],
      [4, 0.5],
      [8, 0.25],
      [12, 0.25],
      [20, 0.125],
      [28, 0.125],
    ],
  ],
  [
    "cosine with restarts of one length",
    cosineRestarts(1, { steps: 6, tMul: 1, final: 0.5 }),
    [
      [0, 1],
      [2, 0.875],
      [3, 0.75],
      [4, 0.625],
      [6, 1],
      [63, 0.75],
    ],
  ],
  [
    "one cycle",
    oneCycle(5, { steps: 11, pctStart: 5 / 11, divFactor: 5, finalDivFactor: 10 }),
    [
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 5 - 4.9 * 0.25],
      [7, 2.55],
      [10, 0.1],
      [20, 0.1],
    ],
  ],
  [
    "one cycle without a rise",
    oneCycle(2, { steps: 3, pctStart: 0, divFactor: 1, finalDivFactor: 2 }),
    [
      [0, 2],
      [1, 1.5],
      [2, 1],
      [3, 1],
    ],
  ],
  [
    "triangles",
    cyclical(1, { max: 5, steps: 4 }),
    [
      [0, 1],
      [1, 2],
      [4, 5],
      [7, 2],
      [8, 1],
      [12, 5],
      [16, 1],
    ],
  ],
  [
    "triangles half as high each time",
    cyclical(1, { max: 5, steps: 4, mode: "triangular2" }),
    [
      [4, 5],
      [8, 1],
      [12, 3],
      [14, 2],
      [16, 1],
      [20, 2],
    ],
  ],
  [
    "warm-up to a rate",
    warmup(0.8, { steps: 4 }),
    [
      [0, 0.2],
      [1, 0.4],
      [3, 0.8],
      [4, 0.8],
      [99, 0.8],
    ],
  ],
  [
    "warm-up to a schedule",
    warmup(polynomialDecay(1, { steps: 10 }), { steps: 2, from: 0.5 }),
    [
      [0, 0.75],
      [1, 1],
      [2, 1],
      [7, 0.5],
      [12, 0],
    ],
  ],
  [
    "a sequence",
    sequence(
      [0.5, warmup(cyclical(1, { max: 2, steps: 2 }), { steps: 2 }), exponentialDecay(4, { steps: 1, rate: 0.5 })],
      [3, 9],
    ),
    [
      [0, 0.5],
      [2, 0.5],
      [3, 0.5],
      [4, 1],
      [5, 1],
      [7, 2],
      [8, 1.5],
      [9, 4],
      [10, 2],
      [12, 0.5],
    ],
  ],
  [
    "a sequence of one",
    sequence([inverseSqrtDecay(1)], []),
    [
      [0, 1],
      [3, 0.5],
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

describe("manual", () => {
  test("the rate that was set last, in a warm-up and a sequence too; saved as it is", () => {
    const rate = manual(0.5);
    const joined = sequence([0.1, warmup(rate, { steps: 2 })], [3]);
    expect([rate(0), rate(99), joined(3), joined(5)]).toEqual([0.5, 0.5, 0.25, 0.5]);
    rate.set(0.125);
    expect([rate(0), rate(99), joined(5)]).toEqual([0.125, 0.125, 0.125]);
    expect(JSON.parse(JSON.stringify([rate.config, joined.config]))).toEqual([
      { rate: 0.125 },
      {
        schedules: [
          { name: "constant", config: { rate: 0.1 } },
          { name: "warmup", config: { schedule: { name: "manual", config: { rate: 0.125 } }, steps: 2, from: 0 } },
        ],
        boundaries: [3],
      },
    ]);
    expect(scheduleFrom("manual", { rate: 0.25 })(7)).toBe(0.25);
    expect(() => rate.set(-1)).toThrow("schedules.manual.set: rate expected a finite number ≥ 0, got -1");
    expect(() => rate.set("1" as never)).toThrow("rate expected a finite number");
    expect(rate(0)).toBe(0.125);
  });

  test("set while training runs: the next step goes by it, and a resumed run too", async () => {
    // ½ (w − 8)² from w = 0: a step of rate r makes the distance 8 − w smaller by the factor 1 − r.
    const layer = wg.layers.dense({ units: 1, useBias: false, kernelInitializer: "zeros", inputShape: [1] });
    const model = wg.sequential([layer], { dtype: "float64" });
    const rate = manual(0.5);
    model.compile({ optimizer: wg.optimizers.sgd({ learningRate: rate }), loss: "halfSquaredError" });
    const turn: wg.Callback = {
      onBatchEnd(_batch, _logs, { model: { position } }) {
        if (position.step === 2) rate.set(0.25);
      },
    };
    await model.fit([[1]], [[8]], { epochs: 3, callbacks: [turn] });
    expect(model.getWeights()[0]?.item()).toBe(8 - 8 * 0.5 * 0.5 * 0.75);
    const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
    await save(model, join(folder, "model.safetensors"));
    const loaded = await load(join(folder, "model.safetensors"));
    rmSync(folder, { recursive: true });
    await loaded.fit([[1]], [[8]], { epochs: 4, resume: true });
    expect(loaded.getWeights()[0]?.item()).toBe(8 - 8 * 0.5 * 0.5 * 0.75 * 0.75);
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
  expect(() => exponentialDecay(1, { rate: 0.5 })).toThrow("for a fall each epoch give stepsPerEpoch");
  expect(() => exponentialDecay(1, { rate: 0.5, stepsPerEpoch: 0 })).toThrow(
    "stepsPerEpoch expected a whole number ≥ 1",
  );
  expect(() => inverseTimeDecay(1, { decay: -1 })).toThrow(
    "schedules.inverseTimeDecay: decay expected a finite number ≥ 0, got -1",
  );
  expect(() => inverseTimeDecay(1, { decay: 1, stepsPerEpoch: 1.5 })).toThrow(
    "stepsPerEpoch expected a whole number ≥ 1",
  );
  expect(() => inverseSqrtDecay(-1)).toThrow(
    "schedules.inverseSqrtDecay: initial expected a finite number ≥ 0, got -1",
  );
  expect(() => polynomialDecay(1, { steps: 5, power: 0 })).toThrow("power expected a finite number > 0, got 0");
  expect(() => cosineRestarts(1, { steps: 5, tMul: 0.5 })).toThrow("tMul expected a finite number ≥ 1, got 0.5");
  expect(() => oneCycle(1, { steps: 1 })).toThrow("schedules.oneCycle: steps expected a whole number ≥ 2, got 1");
  expect(() => oneCycle(1, { steps: 10, pctStart: 1 })).toThrow("pctStart expected a finite number ≥ 0 and < 1, got 1");
  expect(() => cyclical(1, { max: 0.5, steps: 5 })).toThrow(
    "schedules.cyclical: max expected a finite number ≥ 1, got 0.5",
  );
  expect(() => cyclical(1, { max: 2, steps: 5, mode: "triangulr" as never })).toThrow('did you mean "triangular"?');
  expect(() => warmup(1, { steps: 0 })).toThrow("schedules.warmup: steps expected a whole number ≥ 1, got 0");
  expect(() => warmup((() => 1) as never, { steps: 1 })).toThrow("a plain function cannot be saved");
  expect(() => warmup("fast" as never, { steps: 1 })).toThrow(
    'schedules.warmup: schedule expected a number or a schedule such as schedules.cosine(…), got "fast"',
  );
  expect(() => sequence([], [])).toThrow("schedules.sequence: schedules expected an array of at least one, got []");
  expect(() => sequence([1, 2], [])).toThrow("boundaries expected 1 steps, one fewer than schedules, got []");
  expect(() => sequence([1, 2, 3], [4, 4])).toThrow("boundaries[1] expected a whole number > 4, got 4");
  expect(() => sequence([1, {} as never], [4])).toThrow("schedules[1] expected a number or a schedule");
  expect(() => scheduleFrom("cosin", {})).toThrow('did you mean "cosine"?');
});
