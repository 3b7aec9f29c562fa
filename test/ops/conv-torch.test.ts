import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { pullBack } from "../support/pull-back.js";

interface Golden {
  operation: "conv1d" | "conv2d" | "depthwiseConv2d" | "separableConv2d" | "conv2dTranspose";
  // biome-ignore lint/suspicious/noExplicitAny: each operation has its own
  options: any;
  unit: number;
  shapes: Record<string, number[]>;
  inputs: Record<string, number[]>;
  dy: number[];
  y: number[];
  gradients: Record<string, number[]>;
}

const goldens: Golden[] = JSON.parse(readFileSync("test/fixtures/conv.json", "utf8"));

function run({ operation, options, shapes }: Golden, x: Record<string, wg.Tensor>): wg.Tensor {
  const { strides, pad, dilations, groups } = options;
  const [image, filter] = [x.x as wg.Tensor, x.filter as wg.Tensor];
  const others = { bias: x.bias ?? null, activation: options.relu ? ("relu" as const) : ("linear" as const) };
  switch (operation) {
    case "conv1d":
      return wg.conv1d(image, filter, options.stride, pad, { ...others, dilation: options.dilation, groups });
    case "conv2d":
      return wg.conv2d(image, filter, strides, pad, { ...others, dilations, groups });
    case "depthwiseConv2d":
      return wg.depthwiseConv2d(image, filter, strides, pad, { ...others, dilations });
    case "separableConv2d":
      return wg.separableConv2d(image, filter, x.pointwise as wg.Tensor, strides, pad, { ...others, dilations });
    case "conv2dTranspose":
      return wg.conv2dTranspose(image, filter, shapes.y as number[], strides, pad, { ...others, dilations });
  }
}

for (const backend of backends) {
  for (const [i, golden] of goldens.entries()) {
    const { operation, options, shapes, inputs, unit } = golden;
    test(`${operation} ${JSON.stringify(shapes)} ${JSON.stringify(options)} as PyTorch, on ${backend.name} (${i})`, async () => {
      await backend.use();
      for (const [dtype, relative, absolute] of [
        ["float64", 1e-13, 1e-13],
        ["float32", 1e-5, 2e-5],
      ] as const) {
        const x = Object.entries(inputs).map(([name, values]) =>
          wg.tensor(
            Float64Array.from(values, (v) => v / 64),
            shapes[name],
            dtype,
          ),
        );
        const names = Object.keys(inputs);
        const dy = wg.tensor(
          Float64Array.from(golden.dy, (v) => v / 64),
          shapes.y,
          dtype,
        );
        const named = Object.fromEntries(names.map((name, j) => [name, x[j] as wg.Tensor]));
        const { y, gradients } = pullBack(x, dy, () => run(golden, named));
        expect(y.shape).toEqual(shapes.y);
        const scaled = (values: number[]) => values.map((v) => v / unit);
        expectClose(y.toTypedArray(), scaled(golden.y), relative, absolute, "y");
        gradients.forEach((dx, j) => {
          const name = names[j] as string;
          expectClose(dx.toTypedArray(), scaled(golden.gradients[name] as number[]), relative, absolute, `d${name}`);
        });
      }
    });
  }
}
