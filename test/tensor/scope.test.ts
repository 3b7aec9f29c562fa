import { beforeAll, describe, expect, test } from "vitest";
import { init, memory } from "../../src/backend/engine.js";
import { relu } from "../../src/ops/activation.js";
import { scope } from "../../src/tensor/scope.js";
import { type Tensor, tensor } from "../../src/tensor/tensor.js";
import { variable } from "../../src/tensor/variable.js";
import { OutOfMemoryError } from "../../src/util/errors.js";

const ramp = (n: number) => tensor(Float32Array.from({ length: n }, (_, i) => i));

describe("scope", () => {
  test("a result stays, what lay between goes", () => {
    let leaked: Tensor | undefined;
    const kept = scope(() => {
      leaked = ramp(1000);
      return relu(ramp(5));
    });
    expect(kept.toArray()).toEqual([0, 1, 2, 3, 4]);
    expect(() => leaked?.toArray()).toThrow(/made inside a scope.*return it from the scope/);
  });

  test("arrays and records of tensors stay; two views of one storage stay one", () => {
    const { list, once } = scope(() => {
      const x = ramp(3);
      ramp(500);
      const y = ramp(4);
      return { list: [y, x], once: x };
    });
    expect(list.map((each) => each.toArray())).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2],
    ]);
    expect(once.at).toBe(list[1]?.at);
  });

  test("nested scopes hand results outwards", () => {
    const result = scope(() => {
      const inner = scope(() => {
        ramp(100_000);
        return scope(() => {
          ramp(50_000);
          return [ramp(3), ramp(70_000), ramp(2)];
        });
      });
      ramp(10);
      return inner;
    });
    expect(result[0]?.toArray()).toEqual([0, 1, 2]);
    expect(result[1]?.toTypedArray()).toEqual(Float32Array.from({ length: 70_000 }, (_, i) => i));
    expect(result[2]?.toArray()).toEqual([0, 1]);
  });

  test("a variable made inside outlives it", () => {
    const v = scope(() => {
      ramp(10);
      return { v: variable([1, 2]) };
    }).v;
    expect(v.toArray()).toEqual([1, 2]);
  });

  test("after an error inside, memory is as before and the engine works", () => {
    const before = memory().stats().live;
    expect(() =>
      scope(() => {
        ramp(1000);
        throw new Error("mine");
      }),
    ).toThrow("mine");
    expect(memory().stats().live).toBe(before);
    expect(scope(() => ramp(2)).toArray()).toEqual([0, 1]);
  });

  test("an async body is refused", () => {
    expect(() => scope(async () => ramp(1))).toThrow(/body expected a synchronous function/);
  });
});

describe("no leak, no dispose", () => {
  beforeAll(() => init({ memoryLimit: 1024 * 1024 * 1024 }));

  test("100,000 operations in scopes leave memory flat", () => {
    const x = ramp(1000);
    scope(() => relu(x));
    const before = memory().stats();
    for (let i = 0; i < 1000; i++) {
      scope(() => {
        let y = x;
        for (let j = 0; j < 100; j++) y = relu(y);
      });
    }
    expect(memory().stats()).toMatchObject({ live: before.live, arena: before.arena, reserved: before.reserved });
  });

  test("100,000 operations without a scope, awaiting now and then, stay within bounds", async () => {
    const x = ramp(10_000);
    let most = 0;
    for (let i = 0; i < 100_000; i++) {
      relu(x);
      if (i % 100 === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        most = Math.max(most, memory().stats().live);
      }
    }
    // 4 GB pass through; what is alive at any time is what the collector, which runs beside this loop, has not come to yet.
    expect(most).toBeLessThan(700 * 1024 * 1024);
  }, 120_000);

  test("a synchronous loop that fills memory is told of scope(), and the engine works on", async () => {
    const x = ramp(100_000);
    expect(() => {
      for (let i = 0; i < 100_000; i++) relu(x);
    }).toThrow(OutOfMemoryError);
    for (let i = 0; i < 200 && memory().stats().live > 500 * 1024 * 1024; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(relu(ramp(3)).toArray()).toEqual([0, 1, 2]);
    expect(memory().stats().live).toBeLessThan(500 * 1024 * 1024);
  });
});
