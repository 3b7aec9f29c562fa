import { afterEach, describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";

afterEach(() => wg.init({ backend: "auto", numerics: "auto", threads: "auto" }));

describe("init", () => {
  test("what is left out stays as it is, and tensors stay valid", async () => {
    const x = wg.tensor([1, -2]);
    await wg.init({ backend: "wasm", numerics: "strict" });
    await wg.init({ threads: 1 });
    expect(wg.capabilities()).toMatchObject({ backend: "wasm", numerics: "strict" });
    await wg.init({ backend: "js" });
    expect(wg.capabilities()).toMatchObject({ backend: "js", numerics: "strict" });
    expect(wg.relu(x).toArray()).toEqual([1, 0]);
  });

  test("capabilities tells what runs and why nothing faster does", async () => {
    await wg.init({ backend: "js" });
    const { simd, threads, notes } = wg.capabilities();
    expect({ simd, threads }).toEqual({ simd: true, threads: 1 });
    expect(notes).toContain('the pure-JS kernels were chosen with init({ backend: "js" })');
  });

  test("a trained model predicts the same on every path, closely, after each change", async () => {
    const model = wg.sequential([wg.layers.dense({ units: 3, activation: "tanh", inputShape: [5] })]);
    const x = [[0.1, -0.2, 0.3, 0.4, -0.5]];
    await wg.init({ backend: "wasm", numerics: "strict" });
    const once = model.predict(x).toTypedArray();
    await wg.init({ backend: "js" });
    model
      .predict(x)
      .toTypedArray()
      .forEach((v, i) => {
        expect(v).toBeCloseTo(once[i] as number, 6);
      });
    await wg.init({ backend: "wasm" });
    expect(model.predict(x).toTypedArray()).toEqual(once);
  });

  test.each([
    [{ backend: "wsam" }, /init: backend expected one of "auto", "wasm", "js", got "wsam"; did you mean "wasm"\?/],
    [{ thread: 2 }, /init: unknown option "thread"; did you mean "threads"\?/],
    [{ threads: 0 }, /init: threads expected a whole number ≥ 1/],
    [{ memoryLimit: 1 }, /init: memoryLimit expected at least the \d+ bytes already reserved, got 1/],
  ])("%o is refused and changes nothing", async (options, message) => {
    await wg.init({ backend: "js" });
    await expect(wg.init(options as never)).rejects.toThrow(message);
    expect(wg.capabilities().backend).toBe("js");
  });
});
