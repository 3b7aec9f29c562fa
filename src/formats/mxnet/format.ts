import { FormatError, ValueError } from "../../util/errors.js";
import type { FileArray } from "../../util/file-array.js";
import type { NamedBytes } from "../../util/file-source.js";
import type { Beside, FileFormat } from "../format.js";
import { UnsupportedModel } from "../graph/unsupported.js";
import type { Inspection } from "../inspection.js";
import { decodeNpz } from "../npz.js";
import { importMxnet } from "./import.js";
import { decodeMxnet } from "./params.js";
import { decodeSymbol, type MxnetSymbol } from "./symbol.js";

/** `-symbol.json` with `-0000.params` beside it. */
export const mxnet: FileFormat = {
  async load(file, beside) {
    if (isParameters(file)) {
      throw new ValueError(
        `${file.name}: a file with an architecture expected, got one of parameters; give m-symbol.json, and this one as { weights }`,
      );
    }
    const symbol = decodeSymbol(file);
    return importMxnet(symbol, await parametersIn("load", await beside.weights("-0000.params")), file.name, beside);
  },
  inspect,
};

/** Whether it begins as files of arrays do: MXNet's own, or, of 2.0, NumPy's. */
const isParameters = (file: NamedBytes): boolean => (file.bytes[0] === 0x12 && file.bytes[1] === 1) || isNpz(file);
const isNpz = ({ bytes }: NamedBytes): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b;

const parametersIn = async (operation: string, file: NamedBytes): Promise<Map<string, FileArray>> =>
  isNpz(file) ? decodeNpz(operation, file) : decodeMxnet(file);

async function inspect(file: NamedBytes, beside: Beside): Promise<Inspection> {
  const isAlone = isParameters(file);
  const parameters = await parametersIn("inspect", isAlone ? file : await beside.weights("-0000.params"));
  const symbol = isAlone ? undefined : decodeSymbol(file);
  return {
    format: "mxnet",
    tensors: [...parameters].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    metadata: symbol ? { version: String(symbol.version), nodes: String(symbol.nodes.length) } : {},
    preprocessing: {},
    unsupported: symbol ? await unsupportedIn(symbol, parameters, file.name, beside) : [],
  };
}

async function unsupportedIn(
  symbol: MxnetSymbol,
  parameters: ReturnType<typeof decodeMxnet>,
  name: string,
  beside: Beside,
): Promise<readonly string[]> {
  try {
    await importMxnet(symbol, parameters, name, beside);
    return [];
  } catch (error) {
    if (error instanceof UnsupportedModel) return error.parts;
    // Without the shape of its input a model is not put together; its operators have been looked at by then.
    if (error instanceof ValueError) return [];
    if (error instanceof FormatError) return [error.message];
    throw error;
  }
}
