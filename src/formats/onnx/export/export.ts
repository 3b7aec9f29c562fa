import type { BaseModel } from "../../../model/base.js";
import type { Weights as Variables } from "../../../nn/layer.js";
import { ValueError } from "../../../util/errors.js";
import { version } from "../../../util/version.js";
import { Unsupported, UnsupportedModel } from "../../graph/unsupported.js";
import { arraysOf } from "../../graph/weights.js";
import type { OnnxModel, OnnxValue } from "../model.js";
import { layerWriters } from "./layers.js";
import { type Edge, Writer } from "./writer.js";

/** Operator sets that are written; the version of the file's own form that goes with them. */
const OLDEST = 9;
const NEWEST = 20;
const irVersion = (opset: number): number => (opset < 10 ? 4 : opset < 15 ? 7 : opset < 20 ? 8 : 9);

/**
 * A model as an ONNX graph, for inference. Images are `[batch, channels, height, width]` there, as all that read ONNX expect.
 *
 * @throws UnsupportedModel that lists the layers that ONNX has no equal of here
 */
export function exportOnnx(model: BaseModel, opset: number): OnnxModel {
  if (!(Number.isInteger(opset) && opset >= OLDEST && opset <= NEWEST)) {
    throw new ValueError(`save: opset expected a whole number from ${OLDEST} to ${NEWEST}, got ${opset}`);
  }
  const { graph, weights } = model.network;
  const writer = new Writer(opset);
  const edges: (Edge | undefined)[] = [];
  const inputs = graph.inputs.map(({ name, shape, dtype }, value): OnnxValue => {
    const isSequence =
      shape.length === 2 && /^(conv1d|.*[pP]ooling1D)$/.test(graph.readers.get(value)?.layer.kind ?? "");
    const isFirst = shape.length === 3 || isSequence;
    edges[value] = { name: writer.name(name), rank: shape.length + 1, isFirst, ...(dtype ? { dtype } : {}) };
    const row = isFirst ? [shape.at(-1) as number, ...shape.slice(0, -1)] : shape;
    return { name, type: { kind: "tensor", dtype: dtype === "int32" ? "int64" : "float32", shape: ["batch", ...row] } };
  });
  const problems: string[] = [];
  for (const step of graph.steps) {
    const given = step.inputs.map((value) => edges[value]);
    if (given.some((each) => each === undefined)) continue;
    writer.begin(step.name);
    try {
      const write = layerWriters[step.layer.kind];
      if (!write) throw writer.unsupported(step, "no equal in ONNX is known here");
      const held = arraysOf(weights.get(step.name) as Variables);
      const made = write({ step, inputs: given as Edge[], weights: held, writer });
      const list: readonly (Edge | undefined)[] = Array.isArray(made) ? made : [made as Edge];
      for (const [i, value] of step.outputs.entries()) edges[value] = list[i];
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new UnsupportedModel(`save: model "${model.name}"`, problems);
  const outputs = model.outputNames.map((wanted, i): OnnxValue => {
    const edge = edges[graph.outputs[i] as number] as Edge;
    const shape = model.outputShapes[i] as readonly number[];
    const row = edge.isFirst ? [shape.at(-1) as number, ...shape.slice(0, -1)] : shape;
    writer.begin(wanted);
    // Places of the largest and the like come out as the model's own numbers.
    const { name } = edge.dtype
      ? writer.node("Cast", [edge], { to: 1 }, edge)
      : writer.node("Identity", [edge], {}, edge);
    return { name, type: { kind: "tensor", dtype: "float32", shape: ["batch", ...row] } };
  });
  return {
    irVersion: irVersion(opset),
    opsets: new Map([["", opset]]),
    producerName: "wasmgrad",
    producerVersion: version,
    domain: "",
    modelVersion: 0,
    docString: "",
    graph: {
      name: model.name,
      nodes: writer.list,
      inputs,
      outputs,
      values: [],
      initializers: writer.initializers,
    },
    functions: [],
    metadata: new Map(),
  };
}
