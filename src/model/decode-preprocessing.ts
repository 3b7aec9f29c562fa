import { preprocessor } from "../data/preprocessor.js";
import { FormatError } from "../util/errors.js";
import { type Preprocessing, parseConfigs } from "./preprocessing.js";

/** What was saved along with a model, made again. @throws FormatError that names the one that cannot be */
export function decodePreprocessing(text: string, file: string): Preprocessing {
  return Object.fromEntries(
    Object.entries(parseConfigs(text, file)).map(([name, config]) => {
      try {
        return [name, preprocessor(config)];
      } catch (cause) {
        throw new FormatError(`${file}: metadata "preprocessing": "${name}": ${(cause as Error).message}`, { cause });
      }
    }),
  );
}
