import { afterAll, beforeAll, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import type { Kernel } from "../../src/backend/program.js";
import { load } from "../../src/formats/index.js";
import type { AttributeProto, GraphProto, NodeProto } from "../../src/formats/onnx/schema.js";
import * as wg from "../../src/index.js";
import { floats, integers, node, onnxFile, zeros } from "../support/onnx-file.js";

/** Calls of kernels since the last look. */
let calls: string[] = [];

beforeAll(async () => {
  await wg.init({ backend: "js" });
  const all = kernels("float32") as unknown as Record<string, Kernel>;
  for (const [name, kernel] of Object.entries(all)) {
    all[name] = (...args) => {
      calls.push(name);
      return kernel(...args);
    };
  }
});

afterAll(() => wg.init({ backend: "auto" }));

const int = (name: string, i: number): AttributeProto => ({ name, i, type: 2 });
const ints = (name: string, ...values: number[]): AttributeProto => ({ name, ints: values, type: 7 });
const text = (name: string, s: string): AttributeProto => ({ name, s: new TextEncoder().encode(s), type: 3 });
const steps = {
  name: "x",
  type: { tensorType: { elemType: 1, shape: { dim: [{ value: 10 ** 6 }, { param: "n" }, { value: 1 }] } } },
};
const indices = {
  name: "i",
  type: { tensorType: { elemType: 6, shape: { dim: [{ param: "n" }, { value: 10 ** 7 }] } } },
};
const resize = (...attributes: AttributeProto[]) => node("Resize", ["x", "", "", "s"], ["y"], attributes);

interface Case {
  node: Partial<NodeProto>[];
  initializer?: unknown[];
  input: unknown[];
  shape: number[];
  /** Calls for constants of the file, whose values are wanted. */
  folded?: string[];
}

/** Files of some hundred bytes, with what a row of theirs comes to. */
const files: Record<string, Case> = {
  "pixels of an image that is stretched": {
    node: [resize(text("coordinate_transformation_mode", "asymmetric"))],
    initializer: [integers("s", [1, 1, 4, 4_600_000])],
    input: [floats("x", 1, 4, 4)],
    shape: [4, 4_600_000, 1],
  },
  "pixels between two of an image that is stretched": {
    node: [resize(text("mode", "linear"), text("coordinate_transformation_mode", "align_corners"))],
    initializer: [integers("s", [1, 1, 1, 2 ** 26])],
    input: [floats("x", 1, 4, 4)],
    shape: [1, 2 ** 26, 1],
  },
  "padding that repeats": {
    node: [node("Pad", ["x", "p"], ["y"], [text("mode", "edge")])],
    initializer: [integers("p", [0, 0, 0, 60_000_000])],
    input: [floats("x", 4)],
    shape: [60_000_004],
  },
  "products of a batch": {
    node: [node("MatMul", ["x", "x"], ["y"])],
    input: [floats("x", 8_000_000, 1, 1)],
    shape: [8_000_000, 1, 1],
  },
  "counts of the pixels under each window": {
    node: [
      node(
        "AveragePool",
        ["x"],
        ["y"],
        [ints("kernel_shape", 2, 2), ints("pads", 1, 1, 1, 1), int("count_include_pad", 1)],
      ),
    ],
    input: [floats("x", 1, 4000, 4000)],
    shape: [4001, 4001, 1],
  },
  "a triangle": { node: [node("Trilu", ["x"], ["y"])], input: [floats("x", 8000, 8000)], shape: [8000, 8000] },
  "steps of a network that goes through time": {
    node: [node("LSTM", ["x", "w", "r"], ["", "y"], [int("hidden_size", 1)])],
    initializer: [zeros("w", 1, 4, 1), zeros("r", 1, 4, 1)],
    input: [steps],
    shape: [1, 1],
    folded: ["copy", "copy", "copy"],
  },
  "places in another tensor": {
    node: [node("GatherElements", ["x", "i"], ["y"], [int("axis", 1)])],
    input: [floats("x", 10 ** 7), indices],
    shape: [10 ** 7],
  },
};

const opened = ({ node, initializer = [], input }: Omit<Case, "shape" | "folded">) =>
  onnxFile({ node, initializer, input } as GraphProto).then((bytes) => load(bytes, { format: "onnx" }));

test.each(Object.entries(files))(
  "a file is read without its arithmetic: %s",
  async (_, { shape, folded = [], ...file }) => {
    await opened(file);
    const { live, arena, reserved } = wg.memory();
    calls = [];
    const { outputShape } = await opened(file);
    expect(outputShape).toEqual(shape);
    expect(calls).toEqual(folded);
    expect(wg.memory().live).toBeLessThan(live + 2 ** 14);
    expect(wg.memory()).toMatchObject({ arena, reserved });
  },
);

test("what such a layer puts out has the shape that was found", async () => {
  for (const mode of ["asymmetric", "align_corners", "half_pixel", "pytorch_half_pixel"]) {
    for (const [height, width] of [
      [4, 4],
      [2, 7],
      [8, 12],
    ] as const) {
      const model = await opened({
        node: [resize(text("mode", "linear"), text("coordinate_transformation_mode", mode))],
        initializer: [integers("s", [1, 1, height, width])],
        input: [floats("x", 1, 4, 4)],
      });
      expect(model.outputShape).toEqual([height, width, 1]);
      calls = [];
      expect((await model.predict(wg.zeros([2, 4, 4, 1]))).shape).toEqual([2, height, width, 1]);
      expect(calls.length).toBeGreaterThan(0);
    }
  }
});

test("a window over channels that no network has is refused", async () => {
  const file = { node: [node("LRN", ["x"], ["y"], [int("size", 2 ** 20 + 1)])], input: [floats("x", 2 ** 20, 1, 1)] };
  await expect(opened(file)).rejects.toThrow(/LRN "y": .*steps in one operation/);
});
