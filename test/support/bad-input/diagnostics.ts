import * as diagnostics from "../../../src/diagnostics/index.js";
import { arg, flag, number, options, type Row, row } from "./arguments.js";

const wrong = [null, "0.1", Number.NaN, -0.1, 11];

export const diagnosticsRows: Record<string, Row> = {
  exponentialAverage: row(
    diagnostics.exponentialAverage,
    number("beta", 0.9, undefined, -1, 1),
    options(flag("biasCorrection")),
  ),
  biasVariance: {
    call: (train: never, dev: never) => diagnostics.biasVariance({ train, dev }),
    args: [arg("train", 0.01, undefined, ...wrong), arg("dev", 0.11, undefined, ...wrong)],
  },
};
