import { expect, test } from "vitest";
import { depthToSpace, spaceToDepth } from "../../src/ops/blocks.js";
import { instanceNorm } from "../../src/ops/groupnorm.js";
import { localResponseNormalization } from "../../src/ops/lrn.js";
import { avgPool, avgPool1d, maxPool } from "../../src/ops/pooling.js";
import { type ResizeNearestOptions, resizeBilinear, resizeNearestNeighbor } from "../../src/ops/resize.js";
import { tril, triu } from "../../src/ops/triangle.js";
import { tensor } from "../../src/tensor/tensor.js";
import { checkOp } from "../support/check-op.js";

// Values are held against ONNX and PyTorch in onnx.test.ts; gradients and threads here.

for (const options of [{ ceilMode: true }, { dilations: 2 }, { ceilMode: true, dilations: [1, 2] as const }]) {
  const cases = [{ name: "odd sizes", inputs: [[2, 7, 8, 3]] }];
  const name = JSON.stringify(options);
  checkOp(`maxPool ${name}`, { run: (x) => maxPool(x, [2, 3], 2, 1, options), cases });
  for (const countIncludePad of [false, true]) {
    const how = { ...options, countIncludePad };
    checkOp(`avgPool ${JSON.stringify(how)}`, { run: (x) => avgPool(x, [2, 3], 2, 1, how), cases });
  }
}
checkOp("avgPool1d with padding that counts", {
  run: (x) => avgPool1d(x, 3, 2, 1, { countIncludePad: true, ceilMode: true }),
  cases: [{ name: "odd sizes", inputs: [[2, 8, 3]] }],
});
checkOp("maxPool dilated, special values", {
  run: (x) => maxPool(x, 2, 1, 0, { dilations: 2 }),
  cases: [
    {
      name: "NaN",
      inputs: [{ values: [1, NaN, 3, Infinity, 5, 6, -Infinity, 8, 9], shape: [1, 3, 3, 1] }],
      gradient: false,
    },
  ],
});

for (const coordinates of ["halfPixel", "alignCorners", "asymmetric", "pytorchHalfPixel"] as const) {
  const cases = [{ name: "odd sizes", inputs: [[2, 4, 5, 3]] }];
  for (const size of [
    [7, 3],
    [1, 9],
  ] as [number, number][]) {
    checkOp(`resizeBilinear to ${size}, ${coordinates}`, {
      run: (x) => resizeBilinear(x, size, { coordinates }),
      cases,
    });
    for (const rounding of ["floor", "roundPreferFloor"] as ResizeNearestOptions["rounding"][]) {
      checkOp(`resizeNearestNeighbor to ${size}, ${coordinates}, ${rounding}`, {
        run: (x) => resizeNearestNeighbor(x, size, { coordinates, rounding }),
        cases,
      });
    }
  }
}

for (const order of ["DCR", "CRD"] as const) {
  checkOp(`depthToSpace ${order}`, {
    run: (x) => depthToSpace(x, 2, order),
    cases: [{ name: "odd sizes", inputs: [[2, 3, 5, 12]] }],
  });
  checkOp(`spaceToDepth ${order}, the inverse`, {
    run: (x) => spaceToDepth(depthToSpace(x, 2, order), 2, order),
    cases: [{ name: "odd sizes", inputs: [[2, 3, 5, 12]] }],
    expected: (x) => x,
  });
}

for (const radius of [1, [0, 2] as const, 9]) {
  checkOp(`localResponseNormalization over ${radius}`, {
    run: (x) => localResponseNormalization(x, radius, 2, 0.3, 0.75),
    cases: [
      { name: "odd sizes", inputs: [[2, 3, 7]] },
      { name: "one axis", inputs: [[5]] },
      { name: "empty", inputs: [[0, 3]] },
    ],
  });
}

checkOp("instanceNorm", {
  run: (x, gamma, beta) => instanceNorm(x, { gamma, beta }),
  cases: [{ name: "odd sizes", inputs: [[2, 3, 5, 7], [7], [7]] }],
});

for (const k of [-1, 0, 2]) {
  const cases = [
    { name: "three axes", inputs: [[2, 3, 5]] },
    { name: "empty", inputs: [[0, 0]] },
  ];
  checkOp(`triu ${k}`, { run: (x) => triu(x, k), cases });
  checkOp(`tril ${k}`, { run: (x) => tril(x, k), cases });
}

test("errors name what is wrong", () => {
  expect(() => depthToSpace([[[[1, 2]]]], 2)).toThrow(
    "depthToSpace: x expected channels that 4 divides, got [1, 1, 1, 2]",
  );
  expect(() => spaceToDepth([[[[1, 2]]]], 2)).toThrow("spaceToDepth: x expected a height and a width that 2 divides");
  expect(() => triu([1])).toThrow("triu: x expected at least two axes, got [1]; reshape it");
  expect(() => maxPool([[[[1]]]], 1, 1, 0, { dilations: 0 })).toThrow("maxPool: dilations expected a whole number ≥ 1");
  expect(() => maxPool([[[[1]]]], 1, 1, 0, { countIncludePad: true } as never)).toThrow(
    'unknown option "countIncludePad"',
  );
  expect(() => resizeBilinear([[[[1]]]], [1, 1], { scales: [0, 1] })).toThrow(
    "resizeBilinear: scales expected two numbers > 0",
  );
  expect(
    triu(
      tensor(
        [
          [1, 2],
          [3, 4],
        ],
        undefined,
        "int32",
      ),
    ),
  ).toMatchObject({ dtype: "int32" });
});
