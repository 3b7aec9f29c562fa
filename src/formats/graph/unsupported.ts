import { FormatError } from "../../util/errors.js";

/** What a model asks for and this library cannot do: collected, so that one error lists all. */
export class Unsupported extends FormatError {
  override readonly name: string = "Unsupported";
}

/** All of them in one error, before anything runs. */
export class UnsupportedModel extends FormatError {
  override readonly name: string = "UnsupportedModel";

  constructor(
    file: string,
    /** One line each. */
    readonly parts: readonly string[],
  ) {
    const count = parts.length === 1 ? "one thing is" : `${parts.length} things are`;
    super(`${file}: ${count} not supported:\n  ${parts.join("\n  ")}`);
  }
}
