import type { Preprocessor, PreprocessorConfig } from "../data/preprocessor.js";
import { show } from "../util/check.js";
import { FormatError, ValueError } from "../util/errors.js";
import { parseJson } from "../util/json.js";

/** What was fitted on the training data, by names of the user's choice: `{ x: tabular(…), y: standardize(…) }`. */
export type Preprocessing = Readonly<Record<string, Preprocessor>>;

/** The configs of all of them. @throws ValueError for anything that `preprocessor` would not make again */
export function preprocessingConfigs(
  operation: string,
  preprocessing: Preprocessing,
): Record<string, PreprocessorConfig> {
  const given: unknown = preprocessing;
  if (given === null || typeof given !== "object" || Array.isArray(given) || "config" in given) {
    throw new ValueError(
      `${operation}: preprocessing expected a record of names as { x: tabular(…) }, got ${show(given)}; name each`,
    );
  }
  return Object.fromEntries(
    Object.entries(preprocessing).map(([name, each]) => {
      const kind = each?.config?.kind;
      if (typeof kind !== "string" || typeof each.transform !== "function") {
        throw new ValueError(
          `${operation}: preprocessing.${name} expected what tabular, standardize or minMaxScale returns, got ${show(each)}`,
        );
      }
      return [name, each.config];
    }),
  );
}

/** The configs in a file's metadata. @throws FormatError where the text is none */
export function parseConfigs(text: string | undefined, file: string): Record<string, PreprocessorConfig> {
  if (text === undefined) return {};
  const name = `${file}: metadata "preprocessing"`;
  const configs = parseJson({ name, bytes: new TextEncoder().encode(text) });
  if (configs !== null && typeof configs === "object") return configs as Record<string, PreprocessorConfig>;
  throw new FormatError(`${name} expected an object in JSON; the file is damaged`);
}
