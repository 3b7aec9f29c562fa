import type { Functional } from "../../../model/functional.js";
import { FormatError, ValueError } from "../../../util/errors.js";
import type { Beside } from "../../format.js";
import { UnsupportedModel } from "../../graph/unsupported.js";
import type { Inspection } from "../../inspection.js";
import type { OnnxTensor } from "../../onnx/model.js";
import { decodeGraph, type Json } from "./graph-def.js";
import { importGraphModel } from "./import.js";

/** A graph model, `"format": "graph-model"`, from its `model.json` and its weights. */
export const loadGraph = (
  json: Json,
  weights: ReadonlyMap<string, OnnxTensor>,
  file: string,
  beside: Beside,
): Functional => importGraphModel(decodeGraph(json, file), weights, file, beside);

/** What such a file holds, and what of it no model can be made of. */
export function inspectGraph(
  json: Json,
  weights: ReadonlyMap<string, OnnxTensor>,
  file: string,
  beside: Beside,
): Inspection {
  const graph = decodeGraph(json, file);
  const counts = new Map<string, number>();
  for (const { op } of graph.nodes.values()) counts.set(op, (counts.get(op) ?? 0) + 1);
  const texts = Object.entries({ format: json.format, generatedBy: json.generatedBy, convertedBy: json.convertedBy });
  const { inputs, outputs } = graph;
  return {
    format: "tfjs",
    tensors: [...weights].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    metadata: {
      ...Object.fromEntries(texts.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : []))),
      nodes: [...counts].map(([op, count]) => `${count} ${op}`).join(", "),
      inputs: inputs.map(({ key }) => key).join(", "),
      outputs: outputs.map(({ key }) => key).join(", "),
    },
    preprocessing: {},
    unsupported: unsupportedIn(() => importGraphModel(graph, weights, file, beside)),
  };
}

function unsupportedIn(make: () => unknown): readonly string[] {
  try {
    make();
    return [];
  } catch (error) {
    if (error instanceof UnsupportedModel) return error.parts;
    // Without the shape of its input a model is not put together; its operators have been looked at by then.
    if (error instanceof ValueError) return [];
    if (error instanceof FormatError) return [error.message];
    throw error;
  }
}
