import type { BaseModel } from "../model/base.js";
import { show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { NamedBytes } from "../util/file-source.js";
import type { Shape } from "../util/shapes.js";
import type { LoadOptions, LoadWeightsOptions, SaveOptions } from "./files.js";
import type { Inspection } from "./inspection.js";

/** What the reader of a model's file finds beside it. */
export interface Beside {
  /** A file that the model's file names. @throws PlatformError, ValueError where it cannot be had */
  file(location: string): Promise<NamedBytes>;
  /** The file of the weights, where the model's file does not name it: what the caller gave, else the file of the same name with this ending. */
  weights(ending: string): Promise<NamedBytes>;
  /**
   * What the caller gave as the shape of a row of an input.
   *
   * @param hint what it looks like: "[steps, 3]"
   * @throws ValueError where it is none
   */
  shapeOf(input: string, hint: string): Shape;
}

/** One file of those that make up a model's. */
export interface EncodedFile {
  /** What the file of the architecture calls it; `""`: that file itself. */
  readonly location: string;
  readonly parts: readonly Uint8Array[];
}

/** What can be done with a format. */
export interface FileFormat {
  inspect(file: NamedBytes, beside: Beside): Promise<Inspection>;
  /** Absent where a file has weights alone. */
  load?(file: NamedBytes, beside: Beside, options: LoadOptions): Promise<BaseModel>;
  /** True where files say how their models are compiled, and `load` is told whether to do so. */
  readonly compiles?: true;
  /** Puts weights into a model that is there: all, or none and an error. Returns what the file calls the layers, by our names. */
  loadWeights?(
    model: BaseModel,
    file: NamedBytes,
    options: LoadWeightsOptions,
  ): Promise<Readonly<Record<string, string>>>;
  /**
   * The model's files, that of the architecture last.
   *
   * @param stem the target's name, without folder and extension; `"model"` of a stream
   * @param ending the extension, in small letters, for a format that has several; `""` of a stream
   */
  save?(model: BaseModel, options: SaveOptions, stem: string, ending: string): Promise<readonly EncodedFile[]>;
  /** What `save` wrote beside a model's file, by the names that this one gives them; none of what is no such file. */
  beside?(file: NamedBytes, stem: string): readonly string[];
}

/** Options that others have: one that is given and would change nothing is a mistake. @throws ValueError */
export function refuseOptions(operation: string, format: string, options: object, names: readonly string[]): void {
  for (const name of names) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) continue;
    throw new ValueError(
      `${operation}: ${name} expected of other formats than "${format}", got ${show(value)}; leave it out`,
    );
  }
}
