import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type CriticalPoint, criticalPoint } from "../../src/diagnostics/index.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";

const torch = JSON.parse(readFileSync(new URL("../fixtures/curvature.json", import.meta.url), "utf8"));

/** A function of two coordinates. */
const of2 = (f: (x: wg.Tensor, y: wg.Tensor) => wg.Tensor) => (p: wg.Tensor) =>
  wg.sum(f(wg.slice(p, [0], [1]), wg.slice(p, [1], [1])));
const power = (x: wg.Tensor, n: number): wg.Tensor => (n === 1 ? x : wg.mul(x, power(x, n - 1)));
const monkey = of2((x, y) => wg.sub(power(x, 3), wg.mul(3, wg.mul(x, power(y, 2)))));
const at0 = [[0, 0]];
const ends = ({ smallest, largest }: CriticalPoint) => [smallest.value, largest.value];

describe("functions whose Hessian is known", () => {
  test.each([
    ["x² + 3y²: a bowl", of2((x, y) => wg.add(power(x, 2), wg.mul(3, power(y, 2)))), "minimum", [2, 6], false],
    [
      "−x² − 3y²: a hill",
      of2((x, y) => wg.neg(wg.add(power(x, 2), wg.mul(3, power(y, 2))))),
      "maximum",
      [-6, -2],
      false,
    ],
    ["x² − 3y²: a saddle", of2((x, y) => wg.sub(power(x, 2), wg.mul(3, power(y, 2)))), "saddle", [-6, 2], false],
    ["xy: a saddle along the diagonals", of2((x, y) => wg.mul(x, y)), "saddle", [-1, 1], false],
    ["x³ − 3xy²: the monkey saddle, Hessian 0", monkey, "saddle", [0, 0], true],
    ["x⁴ + y⁴: a minimum of fourth order", of2((x, y) => wg.add(power(x, 4), power(y, 4))), "minimum", [0, 0], true],
    ["−x⁴ − y⁴", of2((x, y) => wg.neg(wg.add(power(x, 4), power(y, 4)))), "maximum", [0, 0], true],
    ["x² + y³: up, but for one way along y", of2((x, y) => wg.add(power(x, 2), power(y, 3))), "saddle", [0, 2], true],
    ["x² − y⁴", of2((x, y) => wg.sub(power(x, 2), power(y, 4))), "saddle", [0, 2], true],
    ["x² + y⁴", of2((x, y) => wg.add(power(x, 2), power(y, 4))), "minimum", [0, 2], true],
    ["x² + 0y: a valley", of2((x, y) => wg.add(power(x, 2), wg.mul(0, y))), "minimum", [0, 2], true],
    ["a constant", of2((x, y) => wg.mul(0, wg.add(x, y))), "plateau", [0, 0], true],
  ] as const)("%s", async (_, f, kind, eigenvalues, degenerate) => {
    const found = await criticalPoint(f, at0);
    expect(found.kind).toBe(kind);
    expect(found.degenerate).toBe(degenerate);
    expectClose(ends(found), [...eigenvalues], 1e-8, 1e-8);
    expect(found.gradientNorm).toBeLessThan(1e-12);
  });

  test("beside the monkey saddle: slope 3x² − 3y², −6xy, Hessian 6x, −6y; −6y, −6x: ±6r", async () => {
    const found = await criticalPoint(monkey, [[0.3, 0.4]]);
    expect(found.kind).toBe("not critical");
    expectClose([found.gradientNorm], [3 * 0.25], 1e-12, 0);
    expectClose(ends(found), [-3, 3], 1e-8, 0);
  });

  test("the way down: along y of x² − 3y²", async () => {
    const saddle = of2((x, y) => wg.sub(power(x, 2), wg.mul(3, power(y, 2))));
    const { downward } = await criticalPoint(saddle, at0);
    expectClose([Math.abs(downward[0] as number), Math.abs(downward[1] as number)], [0, 1], 0, 1e-8);
  });

  test("several arguments count as one point; float32 ones are taken in float64", async () => {
    const f = (a: wg.Tensor, b: wg.Tensor) => wg.sub(wg.sum(wg.square(a)), wg.sum(wg.square(b)));
    const found = await criticalPoint(f, [wg.zeros([2]), wg.zeros([2, 2])]);
    expect([found.kind, found.downward.length]).toEqual(["saddle", 6]);
    expectClose(ends(found), [-2, 2], 1e-8, 0);
  });

  test("words and tolerances", async () => {
    const { summary, tolerance } = await criticalPoint(monkey, at0, {
      gradientTolerance: 0.01,
      curvatureTolerance: 0.001,
    });
    expect(tolerance).toEqual({ gradient: 0.01, curvature: 0.001 });
    expect(summary).toContain(
      "The second order cannot tell: every direction has no curvature. Steps of 0.1 along 35 directions",
    );
    expect(summary).toContain("go up in some and down in others.\nA saddle: up in some directions, down in others.");
    const near = await criticalPoint(monkey, [[0.3, 0.4]], { gradientTolerance: 1 });
    expect(near.kind).toBe("saddle");
  });
});

describe("a network", () => {
  const tanhNet = () => {
    const model = wg.sequential([
      wg.layers.dense({ units: 4, activation: "tanh", inputShape: [3] }),
      wg.layers.dense({ units: 2 }),
    ]);
    model.compile({ optimizer: "adam", loss: "mse" });
    model.setWeights(torch.weights);
    return model;
  };

  test("loss, gradient and Hessian eigenvalues as PyTorch's full Hessian; the model stays", async () => {
    const model = tanhNet();
    const found = await criticalPoint(model, torch.x, torch.y);
    expectClose([found.loss, found.gradientNorm], [torch.loss, torch.gradientNorm], 1e-12, 0);
    expectClose(ends(found), [torch.eigenvalues[0], torch.eigenvalues.at(-1)], 1e-7, 0);
    expect(found.kind).toBe("not critical");
    expect(model.getWeights().map((each) => each.toArray())).toEqual(
      torch.weights.map((each: number[]) => wg.tensor(each).toArray()),
    );
    expect(model.position.step).toBe(0);
    const few = await criticalPoint(model, torch.x, torch.y, { iterations: 12 });
    const { value, error } = few.largest;
    expect(Math.abs(value - torch.eigenvalues.at(-1))).toBeLessThanOrEqual(error + 1e-7);
  });

  test("all weights 0 is a saddle by symmetry: no gradient but of the last bias, and it is at its mean", async () => {
    const model = wg.sequential([
      wg.layers.dense({ units: 2, activation: "tanh", inputShape: [1], useBias: false }),
      wg.layers.dense({ units: 1, useBias: false }),
    ]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    model.setWeights([[[0, 0]], [[0], [0]]]);
    // L = mean (y − Σ vᵢ tanh(wᵢ x))²: its Hessian at 0 has −2 mean(xy) between wᵢ and vᵢ, so eigenvalues ±2 mean(xy) = ±5.
    const found = await criticalPoint(model, [[1], [2]], [[1], [2]]);
    expect(found.kind).toBe("saddle");
    expectClose(ends(found), [-5, 5], 1e-7, 0);
  });

  test("linear regression at its solution: a minimum whose Hessian is 2 XᵀX / m", async () => {
    const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1] })]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    model.setWeights([[[2]], [1]]);
    // x = 0, 2: 2 · [2, 1; 1, 1], whose eigenvalues are 3 ± √5.
    const found = await criticalPoint(model, [[0], [2]], [[1], [5]]);
    expect(found.kind).toBe("minimum");
    expectClose(ends(found), [3 - Math.sqrt(5), 3 + Math.sqrt(5)], 1e-8, 0);
    expect((await criticalPoint(model, [[0], [2], [9]], [[1], [5], [7]], { maxRows: 2 })).kind).toBe("minimum");
  });
});

test("says what is wrong", async () => {
  const uncompiled = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1] })]);
  await expect(criticalPoint(uncompiled, [[1]], [[1]])).rejects.toThrow("criticalPoint: model");
  await expect(criticalPoint((x: wg.Tensor) => x, [[1, 2]])).rejects.toThrow(
    "criticalPoint: target expected to return",
  );
  await expect(criticalPoint((x: wg.Tensor) => wg.sum(wg.log(x)), [[-1]])).rejects.toThrow("finite numbers, got");
  await expect(criticalPoint(monkey, at0, { radius: 0 })).rejects.toThrow("criticalPoint: radius");
});
