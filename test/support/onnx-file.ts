import {
  type AttributeProto,
  type GraphProto,
  modelSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../../src/formats/onnx/schema.js";
import { loadWire } from "../../src/formats/protobuf.js";
import { encodeMessage } from "../../src/formats/protobuf-encode.js";
import { joined } from "./format-fixtures.js";

/** An `.onnx` file of messages as they are, whatever they say. */
export async function onnxFile(graph: Partial<GraphProto>): Promise<Uint8Array> {
  const whole = { node: [], initializer: [], input: [floats("x", 4)], output: [floats("y", 4)], ...graph };
  const opsetImport = [{ version: 17 }];
  return joined(encodeMessage(await loadWire("test"), modelSchema, { irVersion: 8, graph: whole, opsetImport }));
}

export const node = (
  opType: string,
  input: string[],
  output: string[],
  attribute: readonly AttributeProto[] = [],
): Partial<NodeProto> => ({ opType, name: output[0] as string, input, output, attribute: [...attribute] });

/** An input or output of rows. */
export const floats = (name: string, ...row: number[]): ValueInfoProto => ({
  name,
  type: { tensorType: { elemType: 1, shape: { dim: [{ param: "n" }, ...row.map((value) => ({ value }))] } } },
});

/** A tensor of whole numbers of 64 bits. */
export const integers = (name: string, values: readonly (number | bigint)[], dims = [values.length]) =>
  ({ name, dims, dataType: 7, int64Data: values.map(BigInt) }) as unknown as TensorProto;

export const single = (name: string, value: number, dims: number[] = []) =>
  ({ name, dims, dataType: 1, rawData: new Uint8Array(Float32Array.of(value).buffer) }) as unknown as TensorProto;

export const zeros = (name: string, ...dims: number[]) =>
  ({
    name,
    dims,
    dataType: 1,
    rawData: new Uint8Array(4 * dims.reduce((product, n) => product * n, 1)),
  }) as unknown as TensorProto;
