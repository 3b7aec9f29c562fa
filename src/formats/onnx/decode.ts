import { FormatError } from "../../util/errors.js";
import type { NamedBytes } from "../../util/file-source.js";
import { decodeMessage, loadWire } from "../protobuf.js";
import {
  attributeKinds,
  type OnnxAttribute,
  type OnnxFunction,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
  type OnnxValue,
  onnxDTypes,
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
  tensorSchema,
  type ValueInfoProto,
} from "./schema.js";
import { checkLocation, type ExternalFiles, tensorOf } from "./tensor.js";

export interface OnnxOptions {
  /** Gets a file that holds tensors, by its name in the model: one relative to the model's folder. Default: none are to be had. */
  readonly external?: (location: string) => NamedBytes | Promise<NamedBytes>;
}

/**
 * The model in an `.onnx` file. Elements of tensors are parts of the file, not copied.
 *
 * @param file its name begins errors: "load: m.onnx"
 * @throws FormatError that names file and byte, or the tensor or node, where it is damaged or holds sparse tensors; PlatformError where
 *   @bufbuild/protobuf is not installed
 */
export async function decodeOnnx(operation: string, file: NamedBytes, options: OnnxOptions = {}): Promise<OnnxModel> {
  const wire = await loadWire(operation);
  const model = decodeMessage(wire, modelSchema, file, "ONNX model") as unknown as ModelProto;
  if (!model.graph) {
    throw new FormatError(
      `${file.name}: byte 0: an ONNX model with a graph expected, got none; it is damaged or another file`,
    );
  }
  const external = new Map<string, NamedBytes>();
  for (const tensor of tensorsIn(model)) {
    const location = checkLocation(file, tensor);
    if (location !== undefined && options.external && !external.has(location)) {
      external.set(location, await options.external(location));
    }
  }
  const maker = new Maker(file, external);
  return {
    irVersion: model.irVersion ?? 0,
    opsets: opsetsOf(model.opsetImport),
    producerName: model.producerName ?? "",
    producerVersion: model.producerVersion ?? "",
    domain: model.domain ?? "",
    modelVersion: model.modelVersion ?? 0,
    docString: model.docString ?? "",
    graph: maker.graph(model.graph),
    functions: model.functions.map((each) => maker.function(each)),
    metadata: new Map(model.metadataProps.map(({ key, value }) => [key ?? "", value ?? ""])),
  };
}

/** The tensor in a `.pb` file, as ONNX's test data have it. @throws as `decodeOnnx` */
export async function decodeOnnxTensor(operation: string, file: NamedBytes): Promise<OnnxTensor> {
  const proto = decodeMessage(await loadWire(operation), tensorSchema, file, "ONNX tensor");
  return tensorOf(file, proto as unknown as TensorProto, new Map());
}

function opsetsOf(imports: readonly OpsetProto[]): Map<string, number> {
  return new Map(imports.map(({ domain, version }) => [domain === "ai.onnx" ? "" : (domain ?? ""), version ?? 0]));
}

function* tensorsIn(model: ModelProto): Generator<TensorProto> {
  if (model.graph) yield* tensorsOfGraph(model.graph);
  for (const { node, attributeProto } of model.functions) yield* tensorsOfNodes(node, attributeProto);
}

function* tensorsOfGraph({ initializer, node }: GraphProto): Generator<TensorProto> {
  yield* initializer;
  yield* tensorsOfNodes(node);
}

function* tensorsOfNodes(nodes: readonly NodeProto[], more: readonly AttributeProto[] = []): Generator<TensorProto> {
  for (const { t, tensors = [], g, graphs = [] } of [...nodes.flatMap(({ attribute }) => attribute), ...more]) {
    if (t) yield t;
    yield* tensors;
    for (const graph of g ? [g, ...graphs] : graphs) yield* tensorsOfGraph(graph);
  }
}

/** Makes plain objects of messages. */
class Maker {
  constructor(
    private readonly file: NamedBytes,
    private readonly external: ExternalFiles,
  ) {}

  private bad(where: string, expected: string, got: string): FormatError {
    return new FormatError(`${this.file.name}: ${where}: ${expected} expected, got ${got}`);
  }

  graph(proto: GraphProto): OnnxGraph {
    const name = proto.name ?? "";
    if (proto.sparseInitializer?.length) {
      throw this.bad(`graph "${name}"`, "dense tensors", "sparse initializers; export the model without them");
    }
    return {
      name,
      nodes: proto.node.map((node) => this.node(node)),
      inputs: proto.input.map((value) => this.value(value)),
      outputs: proto.output.map((value) => this.value(value)),
      values: proto.valueInfo.map((value) => this.value(value)),
      initializers: new Map(proto.initializer.map((tensor) => [tensor.name ?? "", this.tensor(tensor)])),
    };
  }

  private tensor(proto: TensorProto): OnnxTensor {
    return tensorOf(this.file, proto, this.external);
  }

  private node(proto: NodeProto): OnnxNode {
    const { name = "", opType = "", domain = "", input, output, attribute, overload } = proto;
    const where = `node "${name}" (${opType})`;
    return {
      opType,
      domain: domain === "ai.onnx" ? "" : domain,
      name,
      inputs: input,
      outputs: output,
      attributes: this.attributes(attribute, where),
      ...(overload ? { overload } : {}),
    };
  }

  function(proto: FunctionProto): OnnxFunction {
    const { name = "", domain = "", overload, input, output, attribute, attributeProto, node, opsetImport } = proto;
    return {
      name,
      domain,
      ...(overload ? { overload } : {}),
      inputs: input,
      outputs: output,
      attributes: attribute,
      defaults: this.attributes(attributeProto, `function "${name}"`),
      nodes: node.map((each) => this.node(each)),
      opsets: opsetsOf(opsetImport),
    };
  }

  private attributes(protos: readonly AttributeProto[], where: string): Map<string, OnnxAttribute> {
    return new Map(protos.map((proto) => [proto.name ?? "", this.attribute(proto, where)]));
  }

  private attribute(proto: AttributeProto, node: string): OnnxAttribute {
    const where = `${node}: attribute "${proto.name ?? ""}"`;
    const kind = attributeKinds[proto.type ?? impliedType(proto)];
    if (!kind) throw this.bad(where, `one of ${Object.values(attributeKinds).join(", ")}`, `type ${proto.type ?? 0}`);
    if (proto.refAttrName) return { kind: "reference", value: proto.refAttrName, of: kind };
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const needed = <T>(value: T | undefined): T => {
      if (value === undefined) throw this.bad(where, `a value of kind ${kind}`, "none");
      return value;
    };
    switch (kind) {
      // A number that is 0 may be left out, as protobuf 3 does.
      case "float":
        return { kind, value: proto.f ?? 0 };
      case "int":
        return { kind, value: proto.i ?? 0 };
      case "string":
        return { kind, value: text(proto.s ?? new Uint8Array(0)) };
      case "tensor":
        return { kind, value: this.tensor(needed(proto.t)) };
      case "graph":
        return { kind, value: this.graph(needed(proto.g)) };
      case "type":
        return { kind, value: this.type(needed(proto.tp), where) };
      case "floats":
        return { kind, value: proto.floats ?? [] };
      case "ints":
        return { kind, value: proto.ints ?? [] };
      case "strings":
        return { kind, value: (proto.strings ?? []).map(text) };
      case "tensors":
        return { kind, value: (proto.tensors ?? []).map((each) => this.tensor(each)) };
      case "graphs":
        return { kind, value: (proto.graphs ?? []).map((each) => this.graph(each)) };
      case "types":
        return { kind, value: (proto.typeProtos ?? []).map((each) => this.type(each, where)) };
    }
  }

  private value({ name = "", type }: ValueInfoProto): OnnxValue {
    return type ? { name, type: this.type(type, `value "${name}"`) } : { name };
  }

  private type(proto: TypeProto, where: string): OnnxType {
    const { tensorType, sequenceType, optionalType, mapType } = proto;
    if (tensorType) {
      const { shape } = tensorType;
      const dtype = this.dtype(tensorType.elemType, where);
      if (!shape) return { kind: "tensor", dtype };
      return { kind: "tensor", dtype, shape: shape.dim.map(({ value, param }) => value ?? (param || null)) };
    }
    const element = sequenceType?.elemType ?? optionalType?.elemType ?? mapType?.valueType;
    if (element) {
      const inner = this.type(element, where);
      if (mapType?.valueType) return { kind: "map", key: this.dtype(mapType.keyType, where), element: inner };
      return { kind: sequenceType ? "sequence" : "optional", element: inner };
    }
    if (proto.sparseTensorType) throw this.bad(where, "a dense tensor", "a sparse one");
    return { kind: "tensor", dtype: "undefined" };
  }

  private dtype(code = 0, where = ""): (typeof onnxDTypes)[number] {
    const dtype = onnxDTypes[code];
    if (dtype === undefined) throw this.bad(where, "a type that this library knows", `data type ${code}`);
    return dtype;
  }
}

/** Models of IR version 1 leave the type out: what is set tells it. */
function impliedType({ f, i, s, t, g, floats, ints, strings }: AttributeProto): number {
  const set = [f, i, s, t, g].findIndex((value) => value !== undefined);
  if (set >= 0) return set + 1;
  return floats?.length ? 6 : ints?.length ? 7 : strings?.length ? 8 : 0;
}
