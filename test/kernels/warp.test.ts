import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { kernels, memory } from "../../src/backend/engine.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends, useOracle } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { generator } from "../support/random.js";

interface Golden {
  image: number[][];
  maps: number[][];
  values: Record<"constant" | "nearest" | "reflect", number[][][]>;
  weights: number[];
  along: number[][];
  down: number[][];
}
const golden = JSON.parse(readFileSync(new URL("../fixtures/warp.json", import.meta.url), "utf8")) as Golden;
const outsides = { constant: 0, nearest: 1, reflect: 2 } as const;

/** Puts arrays into the memory, runs `body` with their addresses, and returns what lies at the first one. */
function withArrays(
  dtype: FloatDType,
  arrays: readonly ArrayLike<number>[],
  body: (...at: number[]) => void,
): number[] {
  const bytes = dtype === "float32" ? 4 : 8;
  const places = arrays.map((values) => memory().take(Math.max(1, values.length) * bytes));
  const heap = () => (dtype === "float32" ? memory().f32 : memory().f64);
  arrays.forEach((values, i) => {
    heap().set(values, (places[i] as number) / bytes);
  });
  body(...places);
  const first = (places[0] as number) / bytes;
  const out = Array.from(heap().subarray(first, first + (arrays[0]?.length ?? 0)));
  arrays.forEach((values, i) => {
    memory().blocks.give(places[i] as number, Math.max(1, values.length) * bytes);
  });
  return out;
}

interface Warp {
  sizes: [height: number, width: number, channels: number, outHeight: number, outWidth: number];
  images: ArrayLike<number>;
  maps: ArrayLike<number>;
  fields?: ArrayLike<number> | undefined;
  outside: number;
  fill?: number;
  whole?: number;
}

function warp(dtype: FloatDType, { sizes, images, maps, fields, outside, fill = 0, whole = 0 }: Warp): number[] {
  const [height, width, channels, outHeight, outWidth] = sizes;
  const batch = maps.length / 6;
  const out = new Float64Array(batch * outHeight * outWidth * channels);
  const scratch = new Float64Array(16 + (height + 3) * (width + 3) * channels);
  return withArrays(dtype, [out, scratch, images, maps, fields ?? []], (y, s, x, m, f) => {
    const args = [y, s, x, m, fields ? f : 0, ...sizes, outside, fill, whole, 0, batch];
    (kernels(dtype).warp_images as (...args: unknown[]) => void)(...args);
  });
}

describe.each(backends)("on $name", ({ use }) => {
  beforeAll(() => use());

  test.each(Object.keys(outsides) as (keyof typeof outsides)[])(
    "warp_images as SciPy resamples (%s outside)",
    (mode) => {
      const images = golden.maps.flatMap(() => golden.image.flat());
      const options = { sizes: [5, 7, 1, 4, 6] as Warp["sizes"], images, maps: golden.maps.flat() };
      const want = golden.values[mode].flat(2);
      expectClose(warp("float64", { ...options, outside: outsides[mode], fill: 0.25 }), want, 1e-8, 1e-9);
      expectClose(warp("float32", { ...options, outside: outsides[mode], fill: 0.25 }), want, 1e-5, 1e-6);
    },
  );

  test("filter_lines as SciPy correlates, along rows and down columns", () => {
    const image = golden.image.flat();
    const w = golden.weights;
    const along = withArrays("float64", [new Float64Array(15), image, w], (y, x, at) =>
      kernels("float64").filter_lines(y as number, x as number, at as number, 5, 1, 3, 7, 0, 5),
    );
    expectClose(along, golden.along.flat(), 1e-8, 1e-9);
    const down = withArrays("float64", [new Float64Array(7), image, w], (y, x, at) =>
      kernels("float64").filter_lines(y as number, x as number, at as number, 5, 7, 7, 7, 0, 1),
    );
    expectClose(down, golden.down.flat(), 1e-8, 1e-9);
  });
});

describe("every build gives the bits of the plain loops", () => {
  const next = generator(5);
  const numbers = (length: number, scale = 1) => Float32Array.from({ length }, () => (next() - 0.5) * scale);
  const cases = [1, 2, 3, 4, 5].flatMap((channels) =>
    Object.values(outsides).flatMap((outside) =>
      [0, 1].map((whole): Warp => {
        const sizes: Warp["sizes"] = [6, 5, channels, 5, 7];
        const maps = numbers(18, 4);
        for (let n = 0; n < 3; n++) maps[6 * n + 2] = (maps[6 * n + 5] as number) + 2;
        const fields = channels % 2 === 1 ? numbers(3 * 2 * 35, 3) : undefined;
        return { sizes, images: numbers(3 * 30 * channels), maps, fields, outside, fill: 0.3, whole };
      }),
    ),
  );

  test.each(backends)("warp_images on $name", async ({ use }) => {
    for (const dtype of ["float32", "float64"] as const) {
      await useOracle();
      const want = cases.map((each) => warp(dtype, each));
      await use();
      cases.forEach((each, i) => {
        expect(warp(dtype, each), `${dtype} case ${i}`).toEqual(want[i]);
      });
    }
  });

  test.each(backends)("filter_lines on $name", async ({ use }) => {
    const [x, w] = [numbers(60), numbers(5)];
    for (const dtype of ["float32", "float64"] as const) {
      const run = () =>
        withArrays(dtype, [new Float32Array(42), x, w], (y, from, at) =>
          kernels(dtype).filter_lines(y as number, from as number, at as number, 4, 1, 7, 10, 0, 6),
        );
      await useOracle();
      const want = run();
      await use();
      expect(run()).toEqual(want);
    }
  });
});
