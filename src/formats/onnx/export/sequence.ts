import type { AnyLayer, Layer } from "../../../nn/layer.js";
import { zeros } from "../../../tensor/create.js";
import type { HostArray } from "../../../util/host-array.js";
import type { LayerWriter } from "./layers.js";
import type { Edge } from "./writer.js";

/** As many steps from the table as the input has. */
const positionalEmbedding: LayerWriter = ({ step, writer, inputs, weights }) => {
  const x = writer.last(inputs[0] as Edge);
  const { data } = weights.embeddings as HostArray;
  const size = step.inputShape.reduce((product, n) => product * n, 1);
  return writer.node(
    "Add",
    [x, writer.tensor({ data: data.subarray(0, size), shape: step.inputShape }, "places")],
    {},
    x,
  );
};

/** The waves are what the layer adds to zeros. */
const sinusoidalPositionalEmbedding: LayerWriter = ({ step, writer, inputs }) => {
  const x = writer.last(inputs[0] as Edge);
  const waves = (step.layer as Layer).call(zeros([1, ...step.inputShape]), {}, {} as never, step.name);
  const places = { data: waves.toTypedArray() as Float32Array, shape: step.inputShape };
  return writer.node("Add", [x, writer.tensor(places, "places")], {}, x);
};

/** Each step so many times: an axis behind the steps that is repeated, and then is one with them. */
const upSampling1D: LayerWriter = ({ step, writer, inputs }) => {
  const [steps, channels] = step.inputShape as [number, number];
  const size = Number(step.layer.config.size);
  const x = writer.last(inputs[0] as Edge);
  const like = { rank: 4, isFirst: false };
  const apart = writer.node("Reshape", [x, writer.integers([0, steps, 1, channels], "apart")], {}, like);
  const tiled = writer.node("Tile", [apart, writer.integers([1, 1, size, 1], "times")], {}, like);
  return writer.node("Reshape", [tiled, writer.integers([0, steps * size, channels], "shape")], {}, x);
};

const repeatVector: LayerWriter = ({ step, writer, inputs }) => {
  const x = writer.last(inputs[0] as Edge);
  const like = { rank: 3, isFirst: false };
  const row = writer.node("Reshape", [x, writer.integers([0, 1, ...step.inputShape], "shape")], {}, like);
  return writer.node("Tile", [row, writer.integers([1, Number(step.layer.config.n), 1], "times")], {}, like);
};

/** The layer in it on all steps as rows of one batch. */
function timeDistributed(writers: Readonly<Record<string, LayerWriter>>): LayerWriter {
  return (part) => {
    const { step, writer, inputs } = part;
    const layer = step.layer.config.layer as AnyLayer;
    const write = writers[layer.kind];
    if (!write) throw writer.unsupported(step, `its ${layer.kind}: no equal in ONNX is known here`);
    const [inputShape, outputShape] = [step.inputShape.slice(1), step.outputShape.slice(1)];
    const reshaped = (x: Edge, sizes: readonly number[]) =>
      writer.node("Reshape", [x, writer.integers(sizes, "shape")], {}, { rank: sizes.length, isFirst: false });
    const rows = reshaped(writer.last(inputs[0] as Edge), [-1, ...inputShape]);
    const own = { ...step, layer, inputShape, inputShapes: [inputShape], outputShape };
    const y = writer.last(write({ ...part, step: own, inputs: [rows] }) as Edge);
    return reshaped(y, [-1, step.inputShape[0] as number, ...outputShape]);
  };
}

export const sequenceWriters = (writers: Readonly<Record<string, LayerWriter>>): Record<string, LayerWriter> => ({
  positionalEmbedding,
  sinusoidalPositionalEmbedding,
  upSampling1D,
  repeatVector,
  timeDistributed: timeDistributed(writers),
});
