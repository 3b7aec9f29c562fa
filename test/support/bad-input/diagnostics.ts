import * as diagnostics from "../../../src/diagnostics/index.js";
import { arg, type Row } from "./arguments.js";

const wrong = [null, "0.1", Number.NaN, -0.1, 11];

export const diagnosticsRows: Record<string, Row> = {
  biasVariance: {
    call: (train: never, dev: never) => diagnostics.biasVariance({ train, dev }),
    args: [arg("train", 0.01, undefined, ...wrong), arg("dev", 0.11, undefined, ...wrong)],
  },
};
