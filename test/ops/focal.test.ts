import { describe, expect, test } from "vitest";
import {
  binaryFocalLoss,
  categoricalFocalLoss,
  type Focus,
  sigmoidFocalLoss,
  softmaxFocalLoss,
} from "../../src/ops/focal.js";
import { type Tensor, tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp, expectClose } from "../support/check-op.js";
import { pullBack } from "../support/pull-back.js";
import { uniform } from "../support/random.js";

/** Labels of 0, of 1, and between. */
const targets = (y: Tensor) =>
  tensor(
    uniform(y.size, -0.5, 1.5, 5).map((v) => Math.max(0, Math.min(1, v))),
    y.shape,
    y.dtype,
  );
const oneHot = (y: Tensor) => {
  const [rows, classes] = y.shape as [number, number];
  const values = new Float64Array(rows * classes);
  for (let i = 0; i < rows; i++) values[i * classes + ((7 * i) % classes)] = 1;
  return tensor(values, y.shape, y.dtype);
};

const focuses: Focus[] = [
  { gamma: 2, alpha: undefined },
  { gamma: 0.5, alpha: 0.25 },
  { gamma: 0, alpha: 1 },
];
const shapes = [
  [3, 1],
  [4, 3],
  [5, 10],
];
for (const focus of focuses) {
  const title = `γ = ${focus.gamma}, α = ${focus.alpha}`;
  const any = shapes.map((shape) => ({ name: `[${shape}]`, inputs: [shape] }));
  const inside = any.map((each) => ({ ...each, range: [0.1, 0.9] as [number, number] }));
  checkOp(`sigmoidFocalLoss, ${title}`, { run: (z) => sigmoidFocalLoss(z, targets(z), focus).loss, cases: any });
  checkOp(`binaryFocalLoss, ${title}`, { run: (p) => binaryFocalLoss(p, targets(p), focus), cases: inside });
  const { gamma } = focus;
  // One class has the share 1: nothing to difference.
  const several = (cases: typeof inside | typeof any) => cases.slice(1);
  checkOp(`softmaxFocalLoss, ${title}`, {
    run: (z) => softmaxFocalLoss(z, oneHot(z), gamma, 0.25).loss,
    cases: several(any),
  });
  checkOp(`categoricalFocalLoss, ${title}`, {
    run: (p) => categoricalFocalLoss(p, oneHot(p), gamma, 0.25),
    cases: several(inside),
  });
}

describe.each(backends)("logits of ±1000 on $name", ({ use }) => {
  test.each([2, 0.5, 0])(
    "sigmoid and softmax, γ = %s: the loss is the logit, or 0, and so is the gradient",
    async (gamma) => {
      await use();
      for (const dtype of ["float32", "float64"] as const) {
        const one = tensor([1, 1, 1, 1], undefined, dtype);
        const z = tensor([[1000], [-1000], [1000], [-1000]], undefined, dtype);
        const t = tensor([[1], [0], [0], [1]], undefined, dtype);
        const sigmoid = pullBack([z], one, () => sigmoidFocalLoss(z, t, { gamma, alpha: undefined }).loss);
        expectClose(sigmoid.y.toTypedArray(), [0, 0, 1000, 1000], 1e-7, 0);
        expectClose(sigmoid.gradients[0]?.toTypedArray() ?? [], [0, 0, 1, -1], 1e-7, 0);

        const pair = tensor(
          [
            [1000, -1000],
            [1000, -1000],
          ],
          undefined,
          dtype,
        );
        const d = tensor(
          [
            [1, 0],
            [0, 1],
          ],
          undefined,
          dtype,
        );
        const softmax = pullBack(
          [pair],
          tensor([1, 1], undefined, dtype),
          () => softmaxFocalLoss(pair, d, gamma, 1).loss,
        );
        expectClose(softmax.y.toTypedArray(), [0, 2000], 1e-7, 0);
        expectClose(softmax.gradients[0]?.toTypedArray() ?? [], [0, 0, 1, -1], 1e-7, 0);
      }
    },
  );
});

test("a right answer's share of the loss is not lost to rounding: p = 1 − 1e-9 in float64", () => {
  // ln(1e9 − 1): there 1 − p = 1e-9 and the loss 1e-18 · 1e-9 to 9 digits.
  const z = tensor([[20.72326583594641]], undefined, "float64");
  const t = tensor([[1]], undefined, "float64");
  const loss = sigmoidFocalLoss(z, t, { gamma: 2, alpha: undefined }).loss.toTypedArray()[0] as number;
  expect(Math.abs(loss / 1e-27 - 1)).toBeLessThan(1e-8);
});
