import { FormatError, ValueError } from "../../util/errors.js";
import type { NamedBytes } from "../../util/file-source.js";
import { showShape } from "../../util/shapes.js";
import type { Beside, FileFormat } from "../format.js";
import { UnsupportedModel } from "../graph/unsupported.js";
import type { Inspection } from "../inspection.js";
import { importCaffe } from "./import.js";
import { type CaffeNet, decodeCaffe, decodePrototxt, encodeCaffe, encodePrototxt } from "./net.js";

export const caffe: FileFormat = {
  load: async (file, beside) => importCaffe(await netOf("load", file, beside), file.name, beside.shapeOf),
  inspect,
  async save(model, _, stem, ending) {
    const { exportCaffe } = await import("./export/export.js");
    const net = exportCaffe(model);
    const weights = await encodeCaffe("save", net);
    // It holds the layers too, and is a model by itself.
    if (ending === ".caffemodel") return [{ location: "", parts: weights }];
    const text = new TextEncoder().encode(encodePrototxt(net));
    return [
      { location: `${stem}.caffemodel`, parts: weights },
      { location: "", parts: [text] },
    ];
  },
  beside: ({ bytes }, stem) => (isText(bytes) ? [`${stem}.caffemodel`] : []),
};

/** The net with its weights: of a prototxt those beside it, by the names of the layers. */
async function netOf(operation: string, file: NamedBytes, beside: Beside): Promise<CaffeNet> {
  if (!isText(file.bytes)) return decodeCaffe(operation, file);
  const net = decodePrototxt(file);
  const weights = await decodeCaffe(operation, await beside.weights(".caffemodel"));
  const held = new Map(weights.layers.map(({ name, blobs }) => [name, blobs]));
  return { ...net, layers: net.layers.map((layer) => ({ ...layer, blobs: held.get(layer.name) ?? layer.blobs })) };
}

/** A text has none of the characters that tags and lengths of the first layers are. */
const isText = (bytes: Uint8Array): boolean => bytes.subarray(0, 4096).every((byte) => byte > 8);

/** What the files of a net hold, and what of it no model can be made of. */
async function inspect(file: NamedBytes, beside: Beside): Promise<Inspection> {
  const net = await netOf("inspect", file, beside);
  const counts = new Map<string, number>();
  for (const { type } of net.layers) counts.set(type, (counts.get(type) ?? 0) + 1);
  const inputs = net.inputs.map(({ name, shape }) => `${name} ${showShape(shape)}`);
  return {
    format: "caffe",
    tensors: net.layers.flatMap(({ name, blobs }) =>
      blobs.map(({ dtype, shape }, i) => ({ name: `${name}/${i}`, dtype, shape })),
    ),
    metadata: {
      name: net.name,
      layers: [...counts].map(([type, count]) => `${count} ${type}`).join(", "),
      ...(inputs.length > 0 ? { inputs: inputs.join(", ") } : {}),
    },
    preprocessing: {},
    unsupported: unsupportedIn(net, file.name, beside.shapeOf),
  };
}

function unsupportedIn(net: CaffeNet, file: string, shapeOf: Beside["shapeOf"]): readonly string[] {
  try {
    importCaffe(net, file, shapeOf);
    return [];
  } catch (error) {
    if (error instanceof UnsupportedModel) return error.parts;
    if (error instanceof FormatError || error instanceof ValueError) return [error.message];
    throw error;
  }
}
