import { FormatError } from "../../util/errors.js";
import type { FileArray } from "../../util/file-array.js";
import type { NamedBytes } from "../../util/file-source.js";
import { showShape, sizeOfShape } from "../../util/shapes.js";
import { decodeMessage, type Fields, loadWire } from "../protobuf.js";
import { encodeMessage } from "../protobuf-encode.js";
import { parameters } from "./parameters.js";
import { parseText, printText } from "./prototxt.js";
import { netSchema } from "./schema.js";

/** The settings of a layer, under the names that Caffe's prototxt files have: `{ num_output: 20, pool: "MAX" }`. */
export type CaffeSettings = Readonly<Record<string, unknown>>;

export interface CaffeLayer {
  readonly name: string;
  /** "Convolution", in files of the older form too. */
  readonly type: string;
  readonly bottoms: readonly string[];
  readonly tops: readonly string[];
  /** By the name of their field: "convolution_param". */
  readonly settings: ReadonlyMap<string, CaffeSettings>;
  /** Rules by which it belongs to the net in training or in testing: `{ phase: "TRAIN" }`. */
  readonly include: readonly CaffeSettings[];
  readonly exclude: readonly CaffeSettings[];
  /** Names and multipliers of learning rates, one for each blob. */
  readonly params: readonly CaffeSettings[];
  readonly lossWeights: readonly number[];
  /** Weights, in the order of the layer's kind: kernel, bias. A prototxt has none. */
  readonly blobs: readonly FileArray[];
}

export interface CaffeNet {
  readonly name: string;
  /** Inputs that the net itself declares, not a layer of type "Input". */
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly layers: readonly CaffeLayer[];
}

/**
 * The net in a `.caffemodel` file, of the form of 2014 or that before.
 *
 * @param file its name begins errors: "load: m.caffemodel"
 * @throws FormatError that names file and byte, or the layer, where it is damaged or of the oldest form; PlatformError where
 *   @bufbuild/protobuf is not installed
 */
export async function decodeCaffe(operation: string, file: NamedBytes): Promise<CaffeNet> {
  return netOf(file.name, decodeMessage(await loadWire(operation), netSchema, file, "Caffe model"));
}

/** The net in a `.prototxt` file. @throws FormatError that names line and column */
export function decodePrototxt(file: NamedBytes): CaffeNet {
  return netOf(file.name, parseText(file.name, new TextDecoder().decode(file.bytes), netSchema));
}

/** A net as the parts of a `.caffemodel` file, its weights not copied. */
export async function encodeCaffe(operation: string, net: CaffeNet): Promise<Uint8Array[]> {
  // Repeated numbers one by one, as protobuf 2 has them.
  return encodeMessage(await loadWire(operation), netSchema, messageOf(net), false);
}

/** A net as the text of a `.prototxt` file, without its weights. */
export function encodePrototxt(net: CaffeNet): string {
  return printText(netSchema, messageOf({ ...net, layers: net.layers.map((layer) => ({ ...layer, blobs: [] })) }));
}

function netOf(name: string, message: Fields): CaffeNet {
  const layers = message.layer as Fields[];
  const old = message.layers as Fields[];
  if (layers.length > 0 && old.length > 0) {
    throw new FormatError(
      `${name}: layers of one form expected, got both "layer" and "layers"; convert it with upgrade_net_proto_binary`,
    );
  }
  const names = message.input as string[];
  const shapes = (message.input_shape as { dim: number[] }[]).map(({ dim }) => dim);
  const dims = message.input_dim as number[];
  return {
    name: (message.name as string | undefined) ?? "",
    inputs: names.map((input, i) => ({ name: input, shape: shapes[i] ?? dims.slice(4 * i, 4 * i + 4) })),
    layers: [...layers.map((layer) => layerOf(name, layer, false)), ...old.map((layer) => layerOf(name, layer, true))],
  };
}

function layerOf(file: string, message: Fields, isOld: boolean): CaffeLayer {
  const name = (message.name as string | undefined) ?? "";
  if (message.layer !== undefined) {
    throw new FormatError(
      `${file}: layer "${name}": a layer of 2014 or later expected, got the first form (V0); convert it with upgrade_net_proto_binary`,
    );
  }
  const type = message.type as string | number | undefined;
  const settings = parameters.flatMap(({ name: field }) =>
    message[field] === undefined ? [] : [[field, message[field] as CaffeSettings] as const],
  );
  const rates = (message.blobs_lr as number[] | undefined) ?? [];
  const decays = (message.weight_decay as number[] | undefined) ?? [];
  return {
    name,
    type: isOld && typeof type === "string" ? modernType(type) : String(type ?? ""),
    bottoms: message.bottom as string[],
    tops: message.top as string[],
    settings: new Map(settings),
    include: message.include as Fields[],
    exclude: message.exclude as Fields[],
    params: isOld
      ? rates.map((rate, i) => ({ lr_mult: rate, ...(decays[i] === undefined ? {} : { decay_mult: decays[i] }) }))
      : (message.param as Fields[]),
    lossWeights: message.loss_weight as number[],
    blobs: (message.blobs as Fields[]).map((blob, i) => blobOf(`${file}: layer "${name}": blob ${i}`, blob)),
  };
}

/** "INNER_PRODUCT" → "InnerProduct"; a few are written otherwise. */
function modernType(type: string): string {
  const special: Readonly<Record<string, string>> = {
    LRN: "LRN",
    MVN: "MVN",
    BNLL: "BNLL",
    RELU: "ReLU",
    TANH: "TanH",
    SOFTMAX_LOSS: "SoftmaxWithLoss",
    HDF5_DATA: "HDF5Data",
    HDF5_OUTPUT: "HDF5Output",
    ABSVAL: "AbsVal",
    ARGMAX: "ArgMax",
  };
  return (
    special[type] ??
    type.replace(/([A-Z0-9])([A-Z0-9]*)_?/g, (_, first: string, rest: string) => first + rest.toLowerCase())
  );
}

function blobOf(what: string, message: Fields): FileArray {
  const dims = (message.shape as { dim: number[] } | undefined)?.dim;
  const old = ["num", "channels", "height", "width"].map((axis) => message[axis] as number | undefined);
  // A scalar's shape has no axis; a blob of the old form has at least one of the four.
  const shape = dims ?? old.map((n) => n ?? 1);
  const wide = message.double_data as Uint8Array | undefined;
  const bytes = wide ?? (message.data as Uint8Array | undefined) ?? new Uint8Array(0);
  const need = sizeOfShape(shape) * (wide ? 8 : 4);
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0) || bytes.length !== need) {
    throw new FormatError(
      `${what}: ${need} bytes for shape ${showShape(shape.slice(0, 8))} expected, got ${bytes.length}`,
    );
  }
  return { dtype: wide ? "float64" : "float32", shape, bytes };
}

function messageOf(net: CaffeNet): Fields {
  return {
    name: net.name || undefined,
    layers: [],
    input: net.inputs.map(({ name }) => name),
    input_dim: [],
    input_shape: net.inputs.map(({ shape }) => ({ dim: [...shape] })),
    layer: net.layers.map((layer) => ({
      name: layer.name,
      type: layer.type,
      bottom: [...layer.bottoms],
      top: [...layer.tops],
      loss_weight: [...layer.lossWeights],
      param: [...layer.params],
      include: [...layer.include],
      exclude: [...layer.exclude],
      propagate_down: [],
      ...Object.fromEntries(layer.settings),
      blobs: layer.blobs.map(({ dtype, shape, bytes }) => ({
        shape: { dim: [...shape] },
        ...(dtype === "float64" ? { double_data: bytes } : { data: bytes }),
      })),
    })),
  };
}
