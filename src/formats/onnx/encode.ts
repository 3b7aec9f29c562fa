import { ValueError } from "../../util/errors.js";
import { loadWire } from "../protobuf.js";
import { encodeMessage } from "../protobuf-encode.js";
import {
  attributeCodes,
  type OnnxAttribute,
  type OnnxFunction,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
  type OnnxValue,
  onnxCodes,
} from "./model.js";
import {
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  modelSchema,
  type NodeProto,
  type OpsetProto,
  type TensorProto,
  type TypeProto,
  type ValueInfoProto,
} from "./schema.js";

/** What protobuf can hold in one file. */
const LARGEST = 2 ** 31 - 1;

/**
 * A model as the parts of an `.onnx` file, the elements of its tensors not copied. The same model gives the same bytes.
 *
 * @throws ValueError where it has 2 GiB or more, which ONNX's other readers refuse; PlatformError where @bufbuild/protobuf is not installed
 */
export async function encodeOnnx(operation: string, model: OnnxModel): Promise<Uint8Array[]> {
  const proto: ModelProto = {
    irVersion: model.irVersion,
    producerName: set(model.producerName),
    producerVersion: set(model.producerVersion),
    domain: set(model.domain),
    modelVersion: model.modelVersion || undefined,
    docString: set(model.docString),
    graph: graphProto(model.graph),
    opsetImport: opsetProtos(model.opsets),
    metadataProps: Array.from(model.metadata, ([key, value]) => ({ key, value })),
    functions: model.functions.map(functionProto),
  };
  const parts = encodeMessage(await loadWire(operation), modelSchema, proto);
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  if (size > LARGEST) {
    throw new ValueError(
      `${operation}: an ONNX model of at most ${LARGEST} bytes expected, got ${size}; save it as safetensors`,
    );
  }
  return parts;
}

/** A text, or undefined where it is empty, so that it is left out. */
const set = (text: string | undefined): string | undefined => text || undefined;

function opsetProtos(opsets: ReadonlyMap<string, number>): OpsetProto[] {
  return Array.from(opsets, ([domain, version]) => ({ domain, version }));
}

function graphProto(graph: OnnxGraph): GraphProto {
  return {
    node: graph.nodes.map(nodeProto),
    name: graph.name,
    initializer: Array.from(graph.initializers, ([name, tensor]) => tensorProto(name, tensor)),
    input: graph.inputs.map(valueProto),
    output: graph.outputs.map(valueProto),
    valueInfo: graph.values.map(valueProto),
  };
}

function nodeProto(node: OnnxNode): NodeProto {
  return {
    input: [...node.inputs],
    output: [...node.outputs],
    name: set(node.name),
    opType: node.opType,
    attribute: attributeProtos(node.attributes),
    domain: set(node.domain),
    overload: set(node.overload),
  };
}

function functionProto(each: OnnxFunction): FunctionProto {
  return {
    name: each.name,
    input: [...each.inputs],
    output: [...each.outputs],
    attribute: [...each.attributes],
    node: each.nodes.map(nodeProto),
    opsetImport: opsetProtos(each.opsets),
    domain: each.domain,
    attributeProto: attributeProtos(each.defaults),
    overload: set(each.overload),
  };
}

function attributeProtos(attributes: ReadonlyMap<string, OnnxAttribute>): AttributeProto[] {
  return Array.from(attributes, ([name, attribute]) => ({
    name,
    type: attributeCodes.get(attribute.kind === "reference" ? attribute.of : attribute.kind),
    ...content(attribute),
  }));
}

function content(attribute: OnnxAttribute): AttributeProto {
  const bytes = (text: string) => new TextEncoder().encode(text);
  switch (attribute.kind) {
    case "float":
      return { f: attribute.value };
    case "int":
      return { i: attribute.value };
    case "string":
      return { s: bytes(attribute.value) };
    case "tensor":
      return { t: tensorProto("", attribute.value) };
    case "graph":
      return { g: graphProto(attribute.value) };
    case "type":
      return { tp: typeProto(attribute.value) };
    case "floats":
      return { floats: [...attribute.value] };
    case "ints":
      return { ints: [...attribute.value] };
    case "strings":
      return { strings: attribute.value.map(bytes) };
    case "tensors":
      return { tensors: attribute.value.map((each) => tensorProto("", each)) };
    case "graphs":
      return { graphs: attribute.value.map(graphProto) };
    case "types":
      return { typeProtos: attribute.value.map(typeProto) };
    case "reference":
      return { refAttrName: attribute.value };
  }
}

/** A tensor with its elements in `raw_data`. */
function tensorProto(name: string, tensor: OnnxTensor): TensorProto {
  const none = { int32Data: [], stringData: [], int64Data: [], uint64Data: [], externalData: [] };
  const head = {
    ...none,
    name: name === "" ? undefined : name,
    dims: [...tensor.shape],
    dataType: onnxCodes.get(tensor.dtype),
  };
  if ("bytes" in tensor) return { ...head, rawData: tensor.bytes };
  const encoder = new TextEncoder();
  return { ...head, stringData: tensor.texts.map((text) => encoder.encode(text)) };
}

function valueProto({ name, type }: OnnxValue): ValueInfoProto {
  return { name, type: type && typeProto(type) };
}

function typeProto(type: OnnxType): TypeProto {
  switch (type.kind) {
    case "sequence":
      return { sequenceType: { elemType: typeProto(type.element) } };
    case "optional":
      return { optionalType: { elemType: typeProto(type.element) } };
    case "map":
      return { mapType: { keyType: onnxCodes.get(type.key), valueType: typeProto(type.element) } };
    case "tensor": {
      const dim = type.shape?.map((n) => (typeof n === "number" ? { value: n } : n === null ? {} : { param: n }));
      return { tensorType: { elemType: onnxCodes.get(type.dtype), shape: dim && { dim } } };
    }
  }
}
