import { describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { optimizerFrom } from "../../src/optim/by-name.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";

/**
 * Two layers without activation from weights a = (3, 4), then b = 1, on the row (1, 1) with the target 0: the output is 7, the gradient of
 * ½ · 7² is 7 · b · x = (7, 7) in a and 7 · (3 + 4) = 49 in b.
 */
function model(optimizer: wg.CompileOptions["optimizer"], dtype: "float32" | "float64" = "float64") {
  const made = wg.sequential(
    [wg.layers.dense({ units: 1, useBias: false, inputShape: [2] }), wg.layers.dense({ units: 1, useBias: false })],
    { dtype },
  );
  made.compile({ optimizer: optimizer as "sgd", loss: "halfSquaredError" });
  made.setWeights([[[3], [4]], [[1]]]);
  return made;
}

async function moved(options: object, dtype: "float32" | "float64" = "float64"): Promise<number[]> {
  const made = model(wg.optimizers.sgd({ learningRate: 1, ...options }), dtype);
  await made.trainOnBatch([[1, 1]], [[0]]);
  const [a, b] = made.getWeights().map((each) => Array.from(each.toTypedArray()));
  return [3 - (a?.[0] as number), 4 - (a?.[1] as number), 1 - (b?.[0] as number)];
}

describe.each(backends)("clipping of gradients on $name", ({ use }) => {
  test("by hand: by value, by the norm of each weight, by the norm of all", async () => {
    await use();
    for (const dtype of ["float32", "float64"] as const) {
      expect(await moved({}, dtype)).toEqual([7, 7, 49]);
      expect(await moved({ clipValue: 10 }, dtype)).toEqual([7, 7, 10]);
      expect(await moved({ clipValue: 0.5 }, dtype)).toEqual([0.5, 0.5, 0.5]);
      const close = async (options: object, want: number[]) =>
        expectClose(await moved(options, dtype), want, 1e-6, 1e-6);
      // ‖(7, 7)‖ = 7 √2 = 9.899…
      await close({ clipNorm: 10 }, [7, 7, 10]);
      await close({ clipNorm: 1 }, [Math.SQRT1_2, Math.SQRT1_2, 1]);
      // √(49 + 49 + 2401) = √2499 = 49.98999…
      await close({ globalClipNorm: 50 }, [7, 7, 49]);
      await close({ globalClipNorm: 1 }, [7 / Math.sqrt(2499), 7 / Math.sqrt(2499), 49 / Math.sqrt(2499)]);
    }
  });

  test("every step measures its own norm; frozen weights do not count", async () => {
    await use();
    const made = model(wg.optimizers.sgd({ learningRate: 0.5, globalClipNorm: 1 }));
    (made.layers[1] as wg.Layer).trainable = false;
    // The gradient of a alone, (7, 7), becomes (1, 1) / √2; later gradients too, until the output is within 1 / √2 of 0.
    for (let i = 1; i <= 4; i++) {
      await made.trainOnBatch([[1, 1]], [[0]]);
      const [a, b] = made.getWeights().map((each) => Array.from(each.toTypedArray()));
      expectClose(a as number[], [3 - (i / 2) * Math.SQRT1_2, 4 - (i / 2) * Math.SQRT1_2], 1e-12, 0);
      expect(b).toEqual([1]);
    }
    made.setWeights([[[0.25], [0]], [[1]]]);
    await made.trainOnBatch([[1, 1]], [[0]]);
    expect(made.getWeights()[0]?.toArray()).toEqual([[0.125], [-0.125]]);
  });

  test("a gradient that is not finite: by value infinity becomes the limit; by norm nothing moves and the weight is named", async () => {
    await use();
    // w · x² overflows a float32 in the gradient of the first layer alone: 1e20 · 1e20.
    const steep = (options: object) => {
      const made = wg.sequential([
        wg.layers.dense({ units: 1, useBias: false, inputShape: [1] }),
        wg.layers.batchNormalization({ trainable: false }),
        wg.layers.dense({ units: 1, useBias: false }),
      ]);
      made.compile({ optimizer: wg.optimizers.sgd({ learningRate: 1, ...options }), loss: "meanAbsoluteError" });
      made.setWeights([[[1e-30]], [1], [0], [0], [1], [[1e20]]]);
      return made;
    };
    const before = steep({})
      .getWeights()
      .map((each) => each.toArray());
    for (const options of [{ clipNorm: 1 }, { globalClipNorm: 1 }]) {
      const made = steep(options);
      await expect(made.trainOnBatch([[1e20]], [[1]])).rejects.toThrow(
        /gradients expected finite numbers to clip by their norm at step 1, got NaN or infinity, first in that of "dense\/kernel"; the weights are as before/,
      );
      expect(made.getWeights().map((each) => each.toArray())).toEqual(before);
      expect(made.position.step).toBe(0);
    }
    const made = steep({ clipValue: 2 });
    await made.trainOnBatch([[1e20]], [[1]]);
    expect(Math.abs(made.getWeights()[0]?.item() as number)).toBe(2);
  });
});

describe("clipping as an option", () => {
  test("of every optimizer; at most one; saved", () => {
    const { lbfgs, ...others } = wg.optimizers;
    for (const [name, make] of Object.entries(others)) {
      const made = (make as (options: object) => ReturnType<typeof wg.optimizers.sgd>)({ clipNorm: 2 });
      expect(made.clipping).toEqual({ by: "clipNorm", limit: 2 });
      expect(optimizerFrom("optimizer", { name, config: made.config }).clipping).toEqual(made.clipping);
      expect(() => make({ clipNorm: 2, clipValue: 1 })).toThrow(
        `optimizers.${name}: clipNorm expected alone, got clipValue and clipNorm; leave all but one of them out`,
      );
      expect(() => make({ globalClipNorm: 0 })).toThrow(
        `optimizers.${name}: globalClipNorm expected a finite number > 0, got 0`,
      );
    }
    expect(() => lbfgs({ clipNorm: 1 } as object)).toThrow('optimizers.lbfgs: unknown option "clipNorm"');
  });
});
