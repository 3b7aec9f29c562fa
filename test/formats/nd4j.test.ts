import { readdirSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { decodeNd4j } from "../../src/formats/nd4j.js";
import { openZip } from "../../src/formats/zip.js";
import { FormatError } from "../../src/util/errors.js";
import { toHost } from "../../src/util/file-array.js";
import { needsSharedModels, sharedModel, sharedModels } from "../support/format-fixtures.js";
import { nd4jFile } from "../support/nd4j.js";

const decode = (bytes: Uint8Array) => decodeNd4j({ name: "coefficients.bin", bytes });
const values = (bytes: Uint8Array) => {
  const array = decode(bytes);
  return [array.dtype, [...array.shape], [...toHost("test", array).data]];
};

describe("arrays put together by hand", () => {
  test("C and Fortran order, every mode and type", () => {
    for (const mode of ["HEAP", "JAVACPP", "DIRECT", "LONG_SHAPE", "MIXED_DATA_TYPES"]) {
      const file = (strides: number[], order: string, type = "FLOAT") =>
        nd4jFile({ mode, type, shape: [2, 3], strides, order, values: [1, 2, 3, 4, 5, 6] });
      expect(values(file([3, 1], "c")), mode).toEqual(["float32", [2, 3], [1, 2, 3, 4, 5, 6]]);
      expect(values(file([1, 2], "f")), mode).toEqual(["float32", [2, 3], [1, 3, 5, 2, 4, 6]]);
      for (const [type, dtype] of [
        ["DOUBLE", "float64"],
        ["INT", "int32"],
        ["LONG", "int64"],
        ["HALF", "float16"],
        ["UBYTE", "uint8"],
      ] as const) {
        expect(values(file([3, 1], "c", type)), type).toEqual([dtype, [2, 3], [1, 2, 3, 4, 5, 6]]);
      }
    }
  });

  const good = { mode: "JAVACPP", type: "FLOAT", shape: [2], strides: [1], order: "c", values: [1, 2] };
  test.each([
    ["an unknown mode", nd4jFile({ ...good, mode: "MOON" }), /byte 0: HEAP, JAVACPP, DIRECT, .* expected, got "MOON"/],
    ["a compressed buffer", nd4jFile({ ...good, type: "COMPRESSED" }), /got "COMPRESSED"/],
    ["too few elements", nd4jFile({ ...good, shape: [3] }), /elements for shape \[3\] expected, got 2/],
    ["strides that lead out", nd4jFile({ ...good, strides: [2] }), /elements for shape \[2\] expected, got 2/],
    ["a truncated file", nd4jFile(good).slice(0, -1), /elements of 8 bytes expected, got 7 bytes to the end/],
    ["more bytes", Uint8Array.from([...nd4jFile(good), 0]), /the end of the array expected, got 1 more bytes/],
    ["nothing", new Uint8Array(0), /byte 0: a name's length of 2 bytes expected/],
  ])("%s: an error that names file and byte", (_, bytes, message) => {
    expect(() => decode(bytes)).toThrow(FormatError);
    expect(() => decode(bytes)).toThrow(message);
  });
});

describe("files that DL4J wrote", () => {
  beforeEach(needsSharedModels);

  test("0.8: each zip's coefficients are 1, 2, 3, …", async () => {
    const sizes: Record<string, number> = {};
    for (const name of readdirSync(`${sharedModels}/dl4j/zips`)) {
      const zip = await openZip("test", { name, bytes: sharedModel(`dl4j/zips/${name}`) });
      expect(JSON.parse(new TextDecoder().decode(zip.read("configuration.json").bytes))).toBeTypeOf("object");
      const array = decodeNd4j(zip.read("coefficients.bin"));
      const { data } = toHost("test", array);
      expect(array.shape).toEqual([1, data.length]);
      expect(
        data.every((value, i) => value === i + 1),
        name,
      ).toBe(true);
      sizes[name.replace("080_ModelSerializer_Regression_", "")] = data.length;
      expect(decodeNd4j(zip.read("updaterState.bin")).dtype).toBe("float32");
    }
    expect(sizes).toMatchObject({ "MLP_1.zip": 41, "CNN_1.zip": 10184 });
  });

  test("1.0: weights, gradients, predictions", async () => {
    for (const [folder, count] of [
      ["MLPMnist", 50890],
      ["RnnCsvSequenceClassification1", undefined],
    ] as const) {
      const path = `dl4j/${folder}/Model_RANDOM_INIT_UNTRAINED.zip`;
      const zip = await openZip("test", { name: path, bytes: sharedModel(path) });
      const weights = decodeNd4j(zip.read("coefficients.bin"));
      const gradients = decode(sharedModel(`dl4j/${folder}/flattenedGradients.bin`));
      expect(gradients.shape).toEqual(weights.shape);
      if (count !== undefined) expect(weights.shape).toEqual([1, count]);
      const predictions = toHost("test", decode(sharedModel(`dl4j/${folder}/predictions/output_0_0.bin`)));
      expect(predictions.data.every((p) => p > 0 && p < 1)).toBe(true);
      // Softmax over the classes, axis 1.
      const [rows, classes, steps = 1] = predictions.shape as [number, number, number?];
      for (let row = 0; row < rows; row++) {
        let sum = 0;
        for (let c = 0; c < classes; c++) sum += predictions.data[(row * classes + c) * steps] as number;
        expect(sum).toBeCloseTo(1, 5);
      }
    }
  });
});
