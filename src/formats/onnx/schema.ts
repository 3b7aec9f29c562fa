import { many, one, type Schema } from "../protobuf.js";

// The messages of onnx/onnx.proto (IR version 11) that a model for inference consists of, with the fields that are read. All others are
// skipped, as protobuf has it.

const entry: Schema = {
  name: "StringStringEntryProto",
  fields: () => ({ 1: one("key", "string"), 2: one("value", "string") }),
};

const opset: Schema = {
  name: "OperatorSetIdProto",
  fields: () => ({ 1: one("domain", "string"), 2: one("version", "int64") }),
};

export const tensorSchema: Schema = {
  name: "TensorProto",
  fields: () => tensorFields,
};

const tensorFields = {
  1: many("dims", "int64"),
  2: one("dataType", "int32"),
  4: many("floatData", "floats"),
  5: many("int32Data", "int32"),
  6: many("stringData", "bytes"),
  7: many("int64Data", "bigint"),
  8: one("name", "string"),
  9: one("rawData", "bytes"),
  10: many("doubleData", "doubles"),
  11: many("uint64Data", "ubigint"),
  12: one("docString", "string"),
  13: many("externalData", entry),
  14: one("dataLocation", "int32"),
};

/** Only told from others, so as to refuse it: where a tensor is sparse nothing else makes sense. */
const sparse: Schema = { name: "SparseTensorProto", fields: () => ({ 1: one("values", tensorSchema) }) };

const dimension: Schema = {
  name: "TensorShapeProto.Dimension",
  fields: () => ({ 1: one("value", "int64"), 2: one("param", "string") }),
};

const shape: Schema = { name: "TensorShapeProto", fields: () => ({ 1: many("dim", dimension) }) };

const tensorType: Schema = {
  name: "TypeProto.Tensor",
  fields: () => ({ 1: one("elemType", "int32"), 2: one("shape", shape) }),
};
const elementType: Schema = { name: "TypeProto.Sequence", fields: () => ({ 1: one("elemType", type) }) };
const mapType: Schema = {
  name: "TypeProto.Map",
  fields: () => ({ 1: one("keyType", "int32"), 2: one("valueType", type) }),
};

const type: Schema = {
  name: "TypeProto",
  fields: () => typeFields,
};

const typeFields = {
  1: one("tensorType", tensorType),
  4: one("sequenceType", elementType),
  5: one("mapType", mapType),
  6: one("denotation", "string"),
  8: one("sparseTensorType", tensorType),
  9: one("optionalType", elementType),
};

const valueInfo: Schema = {
  name: "ValueInfoProto",
  fields: () => ({ 1: one("name", "string"), 2: one("type", type), 3: one("docString", "string") }),
};

const attribute: Schema = { name: "AttributeProto", fields: () => attributeFields };

const node: Schema = { name: "NodeProto", fields: () => nodeFields };

const graph: Schema = { name: "GraphProto", fields: () => graphFields };

const attributeFields = {
  1: one("name", "string"),
  2: one("f", "float"),
  3: one("i", "int64"),
  4: one("s", "bytes"),
  5: one("t", tensorSchema),
  6: one("g", graph),
  7: many("floats", "float"),
  8: many("ints", "int64"),
  9: many("strings", "bytes"),
  10: many("tensors", tensorSchema),
  11: many("graphs", graph),
  13: one("docString", "string"),
  14: one("tp", type),
  15: many("typeProtos", type),
  20: one("type", "int32"),
  21: one("refAttrName", "string"),
  22: one("sparseTensor", sparse),
  23: many("sparseTensors", sparse),
};

const nodeFields = {
  1: many("input", "string"),
  2: many("output", "string"),
  3: one("name", "string"),
  4: one("opType", "string"),
  5: many("attribute", attribute),
  6: one("docString", "string"),
  7: one("domain", "string"),
  8: one("overload", "string"),
};

const graphFields = {
  1: many("node", node),
  2: one("name", "string"),
  5: many("initializer", tensorSchema),
  10: one("docString", "string"),
  11: many("input", valueInfo),
  12: many("output", valueInfo),
  13: many("valueInfo", valueInfo),
  15: many("sparseInitializer", sparse),
};

const functionFields = {
  1: one("name", "string"),
  4: many("input", "string"),
  5: many("output", "string"),
  6: many("attribute", "string"),
  7: many("node", node),
  8: one("docString", "string"),
  9: many("opsetImport", opset),
  10: one("domain", "string"),
  11: many("attributeProto", attribute),
  13: one("overload", "string"),
};

const functions: Schema = { name: "FunctionProto", fields: () => functionFields };

const modelFields = {
  1: one("irVersion", "int64"),
  2: one("producerName", "string"),
  3: one("producerVersion", "string"),
  4: one("domain", "string"),
  5: one("modelVersion", "int64"),
  6: one("docString", "string"),
  7: one("graph", graph),
  8: many("opsetImport", opset),
  14: many("metadataProps", entry),
  25: many("functions", functions),
};

export const modelSchema: Schema = { name: "ModelProto", fields: () => modelFields };

export interface EntryProto {
  key?: string;
  value?: string;
}

export interface TensorProto {
  dims: number[];
  dataType?: number;
  floatData?: Uint8Array;
  int32Data: number[];
  stringData: Uint8Array[];
  int64Data: bigint[];
  name?: string;
  rawData?: Uint8Array;
  doubleData?: Uint8Array;
  uint64Data: bigint[];
  docString?: string;
  externalData: EntryProto[];
  dataLocation?: number;
}

export interface TensorTypeProto {
  elemType?: number;
  shape?: { dim: { value?: number; param?: string }[] };
}

export interface TypeProto {
  tensorType?: TensorTypeProto;
  sequenceType?: { elemType?: TypeProto };
  mapType?: { keyType?: number; valueType?: TypeProto };
  denotation?: string;
  sparseTensorType?: TensorTypeProto;
  optionalType?: { elemType?: TypeProto };
}

export interface ValueInfoProto {
  name?: string;
  type?: TypeProto;
  docString?: string;
}

export interface AttributeProto {
  name?: string;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats?: number[];
  ints?: number[];
  strings?: Uint8Array[];
  tensors?: TensorProto[];
  graphs?: GraphProto[];
  docString?: string;
  tp?: TypeProto;
  typeProtos?: TypeProto[];
  type?: number;
  refAttrName?: string;
  sparseTensor?: object;
  sparseTensors?: object[];
}

export interface NodeProto {
  input: string[];
  output: string[];
  name?: string;
  opType?: string;
  attribute: AttributeProto[];
  docString?: string;
  domain?: string;
  overload?: string;
}

export interface GraphProto {
  node: NodeProto[];
  name?: string;
  initializer: TensorProto[];
  docString?: string;
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  valueInfo: ValueInfoProto[];
  sparseInitializer?: object[];
}

export interface OpsetProto {
  domain?: string;
  version?: number;
}

export interface FunctionProto {
  name?: string;
  input: string[];
  output: string[];
  attribute: string[];
  node: NodeProto[];
  docString?: string;
  opsetImport: OpsetProto[];
  domain?: string;
  attributeProto: AttributeProto[];
  overload?: string;
}

export interface ModelProto {
  irVersion?: number;
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: number;
  docString?: string;
  graph?: GraphProto;
  opsetImport: OpsetProto[];
  metadataProps: EntryProto[];
  functions: FunctionProto[];
}
