import { FormatError } from "../../util/errors.js";
import { sizeOfShape } from "../../util/shapes.js";
import { type Known, transposed } from "../graph/values.js";

/** All parameters of a network, which `coefficients.bin` holds as one row: each layer's in DL4J's order, one after the other. */
export class Parameters {
  private at = 0;

  constructor(
    private readonly data: Float32Array,
    private readonly file: string,
  ) {}

  /**
   * The next ones.
   *
   * @param order in which they lie: of matrices 'f', the first axis fastest; of kernels of convolutions 'c'
   * @throws FormatError where there are not so many
   */
  take(where: string, shape: readonly number[], order: "c" | "f" = "f"): Known["array"] {
    const size = sizeOfShape(shape);
    const left = this.data.length - this.at;
    if (size > left) {
      throw new FormatError(
        `${this.file}: ${where}: ${size} parameters expected, got ${left} to the end of coefficients.bin`,
      );
    }
    const data = this.data.slice(this.at, this.at + size);
    this.at += size;
    if (order === "c" || shape.length < 2) return { data, shape: [...shape], dtype: "float32" };
    const axes = shape.map((_, i) => shape.length - 1 - i);
    return transposed({ data, shape: [...shape].reverse(), dtype: "float32" }, axes);
  }

  /** @throws FormatError where some are left */
  finish(): void {
    const left = this.data.length - this.at;
    if (left === 0) return;
    throw new FormatError(`${this.file}: ${this.at} parameters expected for all layers, got ${this.data.length}`);
  }
}
