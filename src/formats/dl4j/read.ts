import { FormatError } from "../../util/errors.js";
import { type FileArray, toHost } from "../../util/file-array.js";
import type { NamedBytes } from "../../util/file-source.js";
import { parseJson } from "../../util/json.js";
import { decodeNd4j } from "../nd4j.js";
import { openZip } from "../zip.js";
import type { Json } from "./config.js";

/** A model that DL4J's ModelSerializer wrote. */
export interface Dl4jFile {
  readonly config: Json;
  /** All parameters, one after the other. */
  readonly parameters: Float32Array;
  /** As they lie in the file; absent of a network without parameters. */
  readonly coefficients?: FileArray;
}

const CONFIGURATION = "configuration.json";
const COEFFICIENTS = "coefficients.bin";

/** @throws FormatError where it is damaged, or no model of DL4J */
export async function readDl4j(operation: string, file: NamedBytes): Promise<Dl4jFile> {
  const zip = await openZip(operation, file);
  if (!zip.has(CONFIGURATION)) {
    throw new FormatError(
      `${file.name}: entry "${CONFIGURATION}" expected, got ${zip.names.slice(0, 8).join(", ") || "none"}; it is no model of DL4J`,
    );
  }
  const config = jsonIn(zip.read(CONFIGURATION));
  if (!zip.has(COEFFICIENTS)) return { config, parameters: new Float32Array(0) };
  const coefficients = decodeNd4j(zip.read(COEFFICIENTS));
  const parameters = toHost(`${file.name}, entry "${COEFFICIENTS}"`, coefficients, "float32").data as Float32Array;
  return { config, parameters, coefficients };
}

function jsonIn(file: NamedBytes): Json {
  const found = parseJson(file);
  if (typeof found === "object" && found !== null && !Array.isArray(found)) return found as Json;
  throw new FormatError(`${file.name}: an object expected, got ${found === null ? "null" : typeof found}`);
}
