import * as diagnostics from "../../../src/diagnostics/index.js";
import * as wg from "../../../src/index.js";
import { and, arg, called, count, flag, fn, NOTHING, number, options, type Row, row, seed } from "./arguments.js";
import { model } from "./classes.js";
import { X, Y } from "./rows.js";

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
  gradientCheck: and(
    called(
      /^gradientCheck|^dense "|^loss "/,
      row(
        diagnostics.gradientCheck as never,
        arg("", model(), ...NOTHING, 3, "text", {}, wg.sequential([wg.layers.dense({ units: 1, inputShape: [3] })])),
        arg("", X, ...NOTHING, "text", {}, [[1, 2]], [[1], [2, 3]], [["a", "b", "c"]]),
        arg("", Y, null, "text", Int32Array.of(0), Int32Array.of(0, 2)),
        options(number("h", 1e-5, 0, -1), count("maxEntries", 3, 0), seed, flag("training")),
      ),
    ),
    [() => wg.tensor(1), []],
    [() => wg.tensor(1), 3],
    [() => wg.tensor(1), [Int32Array.of(1)]],
    [(x: wg.Tensor) => x, [[1, 2]]],
    [() => 3, [[1, 2]]],
    [() => wg.tensor(1), [[1]], { h: 0 }],
    [() => wg.tensor(1), [[1]], { training: true }],
  ),
  gradientFlow: called(
    /^gradientFlow|^dense "|^loss "/,
    row(
      diagnostics.gradientFlow as never,
      arg("", model(), ...NOTHING, 3, "text", {}, wg.sequential([wg.layers.dense({ units: 1, inputShape: [3] })])),
      arg("", X, ...NOTHING, "text", {}, [[1, 2]], [[1], [2, 3]], [["a", "b", "c"]]),
      arg("", Y, null, "text", Int32Array.of(0), Int32Array.of(0, 2)),
      options(number("factor", 10, 1, -1), number("share", 0.5, 0, 2)),
    ),
  ),
  numericGradient: and(
    row(
      diagnostics.numericGradient as never,
      fn((x: number) => x, "f"),
      arg("x", 1, ...NOTHING, "1", Number.NaN, Infinity, {}, [null], ["a"], wg.tensor([1], [1], "int32")),
      options(arg("method", "forward", 3, "both"), number("h", 1e-3, 0, -1)),
    ),
    [() => "1", 1],
    [() => Number.NaN, 1],
    [() => wg.tensor([1, 2]), 1],
  ),
};
