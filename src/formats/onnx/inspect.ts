import { FormatError } from "../../util/errors.js";
import type { NamedBytes } from "../../util/file-source.js";
import { showShape } from "../../util/shapes.js";
import type { Beside } from "../format.js";
import { UnsupportedModel } from "../graph/unsupported.js";
import type { Inspection } from "../inspection.js";
import { decodeOnnx } from "./decode.js";
import { importOnnx } from "./import.js";
import type { OnnxModel } from "./model.js";

/** What an `.onnx` file holds, and what of it no model can be made of. */
export async function inspectOnnx(file: NamedBytes, { file: external }: Beside): Promise<Inspection> {
  const model = await decodeOnnx("inspect", file, { external });
  const { graph, opsets, irVersion, producerName, producerVersion, metadata } = model;
  const counts = new Map<string, number>();
  for (const { opType } of graph.nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  return {
    format: "onnx",
    tensors: [...graph.initializers].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    metadata: {
      ...Object.fromEntries(metadata),
      producer: `${producerName} ${producerVersion}`.trim(),
      irVersion: String(irVersion),
      operatorSets: [...opsets].map(([domain, version]) => `${domain || "ai.onnx"} ${version}`).join(", "),
      nodes: [...counts].map(([op, count]) => `${count} ${op}`).join(", "),
      inputs: values(graph.inputs.filter(({ name }) => !graph.initializers.has(name))),
      outputs: values(graph.outputs),
    },
    preprocessing: {},
    unsupported: await unsupportedIn(model, file.name),
  };
}

async function unsupportedIn(model: OnnxModel, file: string): Promise<readonly string[]> {
  try {
    await importOnnx(model, file);
    return [];
  } catch (error) {
    if (error instanceof UnsupportedModel) return error.parts;
    if (error instanceof FormatError) return [error.message];
    throw error;
  }
}

function values(list: OnnxModel["graph"]["inputs"]): string {
  return list
    .map(({ name, type }) => {
      if (type?.kind !== "tensor") return name;
      const shape = type.shape?.map((n) => (typeof n === "number" ? n : null));
      return `${name} ${type.dtype}${shape ? ` ${showShape(shape)}` : ""}`;
    })
    .join(", ");
}
