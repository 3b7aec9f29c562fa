import { beforeAll, describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { decodeModel } from "../../src/model/decode-model.js";
import { encodeModel } from "../../src/model/encode-model.js";
import { useOracle } from "../support/backends.js";

const he = Math.sqrt(2 / 200);
const xavier = Math.sqrt(1 / 200);

beforeAll(useOracle);

/** The deviation of the first kernel of layers behind a dense one of 200 inputs. */
function deviation(options: Partial<Parameters<typeof wg.layers.dense>[0]>, behind: wg.Layer[] = []): number {
  const first = wg.layers.dense({ units: 300, inputShape: [200], kernelInitializer: "auto", ...options });
  const [kernel] = wg.sequential([first, ...behind]).getWeights();
  return wg.std(kernel as wg.Tensor).item();
}
const is = (got: number, want: number) => Math.abs(got / want - 1) < 0.02;

describe("auto", () => {
  test.each([
    ["relu", he],
    ["leakyRelu", he],
    ["elu", he],
    ["gelu", he],
    ["silu", he],
    ["swish", he],
    ["softplus", he],
    ["selu", xavier],
    ["tanh", xavier],
    ["sigmoid", xavier],
    ["hardSigmoid", xavier],
    ["softmax", xavier],
    ["linear", xavier],
  ])("before %s", (activation, want) => {
    expect(is(deviation({ activation }), want)).toBe(true);
    const behind = wg.layers.activation({ activation });
    expect(is(deviation({}, [behind]), want)).toBe(true);
    expect(is(deviation({}, [wg.layers.batchNormalization(), wg.layers.dropout({ rate: 0.1 }), behind]), want)).toBe(
      true,
    );
    expect(is(deviation({ kernelInitializer: wg.initializers.auto({ activation }) }), want)).toBe(true);
  });

  test("the layer's own activation comes first, and nothing behind the next kernel counts", () => {
    const relu = wg.layers.activation({ activation: "relu" });
    expect(is(deviation({ activation: "tanh" }, [relu]), xavier)).toBe(true);
    expect(is(deviation({}, [wg.layers.dense({ units: 2, activation: "relu" })]), xavier)).toBe(true);
    expect(is(deviation({}, [wg.layers.dense({ units: 2 }), relu]), xavier)).toBe(true);
    expect(
      is(deviation({}, [{ ...relu, config: { activation: "of one's own" }, head: undefined } as never]), xavier),
    ).toBe(true);
  });

  test("is what he, xavier and lecun draw, bit for bit; saved as auto and the same when loaded", async () => {
    const kernel = (activation: string, kernelInitializer: string) => {
      const model = wg.sequential([wg.layers.dense({ units: 5, inputShape: [4], activation, kernelInitializer })]);
      model.seed = 3;
      return model;
    };
    const drawn = (model: wg.BaseModel) => [...(model.getWeights()[0] as wg.Tensor).toTypedArray()];
    expect(drawn(kernel("relu", "auto"))).toEqual(drawn(kernel("relu", "heNormal")));
    expect(drawn(kernel("tanh", "auto"))).toEqual(drawn(kernel("tanh", "xavierNormal")));
    expect(drawn(kernel("selu", "auto"))).toEqual(drawn(kernel("selu", "lecunNormal")));
    const model = kernel("relu", "auto");
    const parts = encodeModel(model);
    const loaded = await decodeModel(Uint8Array.from(parts.flatMap((each) => [...each])), "test");
    expect(loaded.layers[0]?.config.kernelInitializer).toEqual({ name: "auto", config: {} });
    expect(drawn(loaded)).toEqual(drawn(model));
    const fixed = wg.initializers.auto({ activation: "relu" });
    expect([fixed.name, fixed.config]).toEqual(["auto", { activation: "relu" }]);
  });

  test("a convolution's window counts", () => {
    const kernel: wg.Layer = {
      ...wg.layers.activation({ activation: "relu", inputShape: [1] }),
      weights: () => [{ name: "kernel", shape: [5, 5, 8, 400], initializer: wg.initializers.auto(), trainable: true }],
    };
    const [drawn] = wg.sequential([kernel]).getWeights();
    expect(is(wg.std(drawn as wg.Tensor).item(), Math.sqrt(2 / 200))).toBe(true);
  });

  test("bad input", () => {
    expect(() => wg.initializers.auto({ activation: "rleu" })).toThrow('did you mean "relu"?');
    expect(() => wg.initializers.auto({ activatoin: "relu" } as never)).toThrow('did you mean "activation"?');
    expect(() => wg.initializers.heNormal({ truncated: 1 as never })).toThrow(
      "truncated expected true or false, got 1",
    );
  });
});
