import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import * as wg from "../../src/index.js";
import { type Geometry, geometryTensor, partsOf, scratchSizes, slide } from "../../src/ops/conv/geometry.js";
import { empty, filled, tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp, expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

// Values of every option: conv-torch.test.ts. Here: gradients by differences, parts of a problem, and what is at its edges.

for (const [name, strides, pad, options] of [
  ["same", 1, "same", { activation: "tanh" }],
  ["valid, stride 2, gelu", 2, "valid", { activation: "gelu" }],
  [
    "one side padded, dilated",
    [2, 1],
    [
      [2, 0],
      [1, 2],
    ],
    { dilations: [1, 2], activation: "sigmoid" },
  ],
  ["two groups", 1, 1, { groups: 2 }],
] as const) {
  const groups = "groups" in options ? options.groups : 1;
  checkOp(`conv2d ${name}`, {
    run: (x, filter, bias) => wg.conv2d(x, filter, strides, pad, { ...options, bias }),
    cases: [
      { name: "odd sizes", inputs: [[2, 5, 7, 4], [3, 3, 4 / groups, 6], [6]] },
      { name: "an empty batch", inputs: [[0, 5, 7, 4], [3, 3, 4 / groups, 6], [6]] },
    ],
    tolerance: { absolute32: 2e-5 },
  });
}

checkOp("conv2d of one channel", {
  run: (x, filter) => wg.conv2d(x, filter, 1, "same"),
  cases: [
    {
      name: "3 × 3 to 9",
      inputs: [
        [2, 5, 4, 1],
        [3, 3, 1, 9],
      ],
    },
  ],
  tolerance: { absolute32: 2e-5 },
});

// Tiles of a few columns, forward and in the input's gradient.
for (const few of [1, 2, 3, 4]) {
  checkOp(`conv2d to and from ${few} channels`, {
    run: (x, filter, bias, back) =>
      wg.conv2d(
        wg.conv2d(x, filter, 1, "same", { bias, activation: "tanh" }),
        back,
        [2, 1],
        [
          [1, 0],
          [0, 1],
        ],
      ),
    cases: [{ name: "8 channels", inputs: [[2, 5, 7, 8], [3, 3, 8, few], [few], [3, 2, few, 8]] }],
    tolerance: { absolute32: 2e-5 },
  });
}

checkOp("conv2d of one pixel", {
  run: (x, filter, bias) => wg.conv2d(x, filter, 1, "valid", { bias, activation: "softplus" }),
  cases: [{ name: "5 to 3", inputs: [[2, 3, 4, 5], [1, 1, 5, 3], [3]] }],
  tolerance: { absolute32: 2e-5 },
});

checkOp("conv2dTranspose", {
  run: (x, filter, bias) => wg.conv2dTranspose(x, filter, [9, 6, 3], 2, "same", { bias, activation: "tanh" }),
  cases: [
    { name: "stride 2", inputs: [[2, 5, 3, 2], [3, 3, 3, 2], [3]] },
    { name: "an empty batch", inputs: [[0, 5, 3, 2], [3, 3, 3, 2], [3]] },
  ],
  tolerance: { absolute32: 2e-5 },
});

checkOp("depthwiseConv2d", {
  run: (x, filter, bias) => wg.depthwiseConv2d(x, filter, [2, 1], "same", { bias, activation: "elu" }),
  cases: [
    { name: "9 channels", inputs: [[2, 5, 6, 9], [3, 3, 9, 1], [9]] },
    { name: "two filters each", inputs: [[2, 5, 6, 3], [3, 2, 3, 2], [6]] },
    { name: "an empty batch", inputs: [[0, 5, 6, 3], [3, 2, 3, 2], [6]] },
  ],
  tolerance: { absolute32: 2e-5 },
});

checkOp("separableConv2d", {
  run: (x, depthwise, pointwise) => wg.separableConv2d(x, depthwise, pointwise, 1, "same", { activation: "tanh" }),
  cases: [
    {
      name: "3 to 4",
      inputs: [
        [1, 4, 5, 3],
        [3, 3, 3, 1],
        [1, 1, 3, 4],
      ],
    },
  ],
  tolerance: { absolute32: 2e-5 },
});

checkOp("conv1d", {
  run: (x, filter, bias) => wg.conv1d(x, filter, 2, [2, 0], { dilation: 2, bias, activation: "tanh" }),
  cases: [
    { name: "odd sizes", inputs: [[2, 9, 3], [3, 3, 5], [5]] },
    { name: "an empty batch", inputs: [[0, 9, 3], [3, 3, 5], [5]] },
  ],
  tolerance: { absolute32: 2e-5 },
});

/** Sizes whose copies are cut into parts of images, into single images and into several. */
const large: [name: string, x: number[], filter: number[], strides: number][] = [
  ["an image in parts", [2, 70, 65, 17], [3, 3, 17, 9], 1],
  ["an image in parts, stride 2", [1, 81, 80, 17], [3, 3, 17, 9], 2],
  ["several images", [70, 9, 7, 13], [3, 3, 13, 9], 1],
  ["many channels", [3, 6, 5, 130], [3, 3, 130, 40], 1],
];

describe.each(large)("conv2d of %s", (_name, xShape, filterShape, strides) => {
  const [x, filter] = [xShape, filterShape].map((shape, i) =>
    uniform(
      shape.reduce((p, q) => p * q),
      -1,
      1,
      i + 1,
    ),
  ) as [Float32Array, Float32Array];
  const pass = () =>
    wg.valueAndGrad((a: wg.Tensor, b: wg.Tensor) => wg.sum(wg.square(wg.conv2d(a, b, strides, "same"))))(
      tensor(x, xShape, "float64"),
      tensor(filter, filterShape, "float64"),
    );

  test("is what the plain loops make", async () => {
    await backends[0]?.use();
    const { value, grad } = pass();
    await wg.init({ backend: "js" });
    const want = pass();
    expectClose(value.toTypedArray(), want.value.toTypedArray(), 1e-11, 0);
    grad.forEach((each, i) => {
      expectClose(each.toTypedArray(), (want.grad[i] as wg.Tensor).toTypedArray(), 1e-10, 1e-9, `input ${i}`);
    });
  });
});

for (const backend of backends) {
  describe(`on ${backend.name}`, () => {
    test("one row is what it is in a batch, in every bit, forward and backward", async () => {
      await backend.use();
      const values = Float32Array.from(uniform(9 * 13 * 11 * 5, -1, 1, 3));
      const filter = tensor(Float32Array.from(uniform(9 * 5 * 9, -1, 1, 4)), [3, 3, 5, 9]);
      const narrow = tensor(Float32Array.from(uniform(8 * 9 * 3, -1, 1, 8)), [2, 4, 9, 3]);
      const depthwise = tensor(Float32Array.from(uniform(9 * 5, -1, 1, 5)), [3, 3, 5, 1]);
      const turned = tensor(Float32Array.from(uniform(9 * 5 * 6, -1, 1, 6)), [3, 3, 6, 5]);
      for (const f of [
        (x: wg.Tensor) => wg.conv2d(x, filter, 1, "same", { activation: "relu" }),
        (x: wg.Tensor) => wg.conv2d(x, filter, 2, "same", { bias: uniform(9, -1, 1, 7) as never }),
        (x: wg.Tensor) => wg.conv2d(wg.conv2d(x, filter, 1, "same"), narrow, 1, "same", { activation: "relu" }),
        (x: wg.Tensor) => wg.depthwiseConv2d(x, depthwise, 2, "same"),
        (x: wg.Tensor) => wg.conv2dTranspose(x, turned, [26, 22, 6], 2, "same"),
      ]) {
        const run = (x: wg.Tensor) => {
          const dx = wg.grad((v: wg.Tensor) => wg.sum(wg.square(f(v))))(x);
          return [f(x), dx].map((t) => t.toTypedArray());
        };
        const [y, dx] = run(tensor(values, [9, 13, 11, 5])) as [Float32Array, Float32Array];
        const size = 13 * 11 * 5;
        for (const i of [0, 4, 8]) {
          const [row, drow] = run(tensor(values.slice(i * size, (i + 1) * size), [1, 13, 11, 5])) as [
            Float32Array,
            Float32Array,
          ];
          expect(row).toEqual(y.slice(i * row.length, (i + 1) * row.length));
          expect(drow).toEqual(dx.slice(i * size, (i + 1) * size));
        }
      }
    });

    test("ranges of rows come to the same bits as all at once", async () => {
      await backend.use();
      const k = kernels("float32");
      const window = { strides: [2, 1], padding: "same", dilations: [1, 1] } as const;
      const g: Geometry = { batch: 17, channels: 40, filters: 10, groups: 2, ...slide([9, 7], [3, 3], window) };
      const { parts, stripes, size } = partsOf(g);
      expect([parts, stripes]).toEqual([2, 5]);
      const f32 = (n: number, seed: number) => tensor(Float32Array.from(uniform(n, -1, 1, seed)));
      const [x, kernel, dy] = [f32(17 * 9 * 7 * 40, 1), f32(9 * 20 * 10, 2), f32(17 * 5 * 7 * 10, 3)];
      const shape = geometryTensor(g);
      const scratch = empty([Math.max(...Object.values(scratchSizes(g)))], "float32");
      const passes: [number, number, (out: number, begin: number, end: number) => void][] = [
        [
          dy.size,
          17 * 5,
          (out, begin, end) => k.conv_forward(out, x.at, kernel.at, 0, shape.at, 0, 5, 0, scratch.at, begin, end),
        ],
        [
          x.size,
          17 * 9,
          (out, begin, end) =>
            k.conv_backward_input(out, dy.at, kernel.at, 0, shape.at, 1, 0, 0, scratch.at, begin, end),
        ],
        [
          parts * size,
          parts * stripes,
          (out, begin, end) => k.conv_backward_kernel(out, x.at, dy.at, shape.at, scratch.at, begin, end),
        ],
      ];
      for (const [size, rows, run] of passes) {
        const [whole, pieces] = [filled([size], 0.5, "float32"), filled([size], 0.5, "float32")];
        run(whole.at, 0, rows);
        const bounds = [0, 1, 4, Math.ceil(rows * 0.7), rows];
        for (let i = 1; i < bounds.length; i++) run(pieces.at, bounds[i - 1] as number, bounds[i] as number);
        expect(pieces.toTypedArray()).toEqual(whole.toTypedArray());
      }
    });

    test("NaN and infinities reach the windows that hold them, and no others", async () => {
      await backend.use();
      const x = new Float32Array(5 * 5).fill(1);
      x[0] = NaN;
      x[24] = Infinity;
      const y = wg.conv2d(tensor(x, [1, 5, 5, 1]), wg.ones([3, 3, 1, 2]), 1, "valid", { activation: "relu" });
      const each = Array.from(y.toTypedArray()).filter((_, i) => i % 2 === 0);
      expect(each).toEqual([NaN, 9, 9, 9, 9, 9, 9, 9, Infinity]);
    });
  });
}

describe("convolutions say what does not fit", () => {
  const x = wg.ones([2, 5, 5, 3]);
  for (const [run, text] of [
    [
      () => wg.conv2d(wg.ones([5, 5, 3]), wg.ones([3, 3, 3, 1])),
      "conv2d: x expected [batch, height, width, channels], got [5, 5, 3]; reshape it, one sample to a batch of 1",
    ],
    [
      () => wg.conv2d(x, wg.ones([3, 3, 2, 1])),
      "conv2d: x expected 2 channels for a filter [3, 3, 2, 1], got [2, 5, 5, 3]; change the filter's third size",
    ],
    [
      () => wg.conv2d(x, wg.ones([6, 3, 3, 1])),
      "conv2d: input expected a height of at least 6 with its padding, as far as the kernel reaches, got 5",
    ],
    [() => wg.conv2d(x, wg.ones([3, 3, 3, 4]), 1, "valid", { bias: [1] }), "conv2d: bias expected [4]"],
    [
      () => wg.conv2d(x, wg.ones([3, 3, 3, 4]), 0),
      "conv2d: strides expected a whole number ≥ 1, or one for height and one for width, got 0",
    ],
    [() => wg.conv2d(x, wg.ones([3, 3, 3, 4]), 1, "sane" as "same"), 'did you mean "same"?'],
    [
      () => wg.conv2d(x, wg.ones([3, 3, 1, 4]), 1, "same", { groups: 3 }),
      "conv2d: filter expected output channels that 3 groups divide, got [3, 3, 1, 4]",
    ],
    [
      () => wg.conv1d(wg.ones([1, 2, 3]), wg.ones([3, 3, 1])),
      "conv1d: input expected a number of steps of at least 3 with its padding",
    ],
    [
      () => wg.depthwiseConv2d(x, wg.ones([3, 3, 2, 1])),
      "depthwiseConv2d: x expected 2 channels for a filter [3, 3, 2, 1], got [2, 5, 5, 3]",
    ],
    [
      () => wg.separableConv2d(x, wg.ones([3, 3, 3, 2]), wg.ones([1, 1, 3, 2])),
      "separableConv2d: pointwiseFilter expected [1, 1, 6, out] behind a depthwiseFilter [3, 3, 3, 2], got [1, 1, 3, 2]",
    ],
    [
      () => wg.conv2dTranspose(x, wg.ones([3, 3, 2, 3]), [8, 8, 2], 2, "same"),
      "conv2dTranspose: outputShape expected one that a convolution with this filter, these strides and this padding makes 5 × 5, got 8 × 8, which it makes 4 × 4",
    ],
    [
      () => wg.conv2dTranspose(x, wg.ones([3, 3, 2, 3]), [7, 7, 4]),
      "conv2dTranspose: outputShape expected 2 channels as the filter [3, 3, 2, 3], got 4",
    ],
  ] as const) {
    test(text, () => expect(run).toThrow(text));
  }
});
