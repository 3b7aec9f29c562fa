import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Tensor, tensor } from "../../src/tensor/tensor.js";
import { backends } from "./backends.js";
import { expectClose } from "./check-op.js";
import { pullBack } from "./pull-back.js";

export interface NormalizationGolden {
  kind: "layerNorm" | "rmsNorm" | "groupNorm";
  shape: number[];
  axis: number | number[];
  groups: number;
  epsilon: number;
  /** The shape of gamma and beta. */
  parameter: number[];
  x: number[];
  dy: number[];
  gamma: number[] | null;
  beta: number[] | null;
  y: number[];
  dx: number[];
  dgamma: number[] | null;
  dbeta: number[] | null;
}

type Parameters = { gamma?: Tensor; beta?: Tensor };

/** Holds PyTorch's cases of one kind against `run`, value and gradients. */
export function normalizationGoldens(
  kind: NormalizationGolden["kind"],
  run: (x: Tensor, parameters: Parameters, golden: NormalizationGolden) => Tensor,
): void {
  const file = readFileSync(new URL("../fixtures/normalization.json", import.meta.url), "utf8");
  const cases = (JSON.parse(file) as { cases: NormalizationGolden[] }).cases.filter((each) => each.kind === kind);
  test.each(backends.flatMap(({ name, use }) => cases.map((golden) => ({ name, use, golden }))))(
    `${kind} $golden.shape, axis $golden.axis, groups $golden.groups, epsilon $golden.epsilon as PyTorch on $name`,
    async ({ use, golden }) => {
      await use();
      for (const [dtype, within] of [
        ["float64", 1e-11],
        ["float32", 2e-5],
      ] as const) {
        // A mean of 1000 keeps only 3e-5 in f32, against a deviation of 2.
        const slack = dtype === "float32" && Math.abs(golden.x[0] as number) > 900 ? 100 : 1;
        const made = (values: number[], shape: number[]) => tensor(Float64Array.from(values), shape, dtype);
        const x = made(golden.x, golden.shape);
        const parameters: Parameters = {};
        if (golden.gamma) parameters.gamma = made(golden.gamma, golden.parameter);
        if (golden.beta) parameters.beta = made(golden.beta, golden.parameter);
        const named = Object.entries(parameters);
        const dy = made(golden.dy, golden.shape);
        const { y, gradients } = pullBack([x, ...named.map(([, t]) => t)], dy, () => run(x, parameters, golden));
        const close = (got: Tensor, want: number[], what: string) =>
          expectClose(got.toTypedArray(), want, within * slack, within * slack, `${dtype} ${what}`);
        close(y, golden.y, "y");
        close(gradients[0] as Tensor, golden.dx, "dx");
        named.forEach(([name], i) => {
          close(gradients[i + 1] as Tensor, golden[`d${name}` as "dgamma"] as number[], `d${name}`);
        });
        expect(gradients.length).toBe(1 + named.length);
      }
    },
  );
}
