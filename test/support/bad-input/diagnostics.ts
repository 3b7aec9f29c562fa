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
  compareDistributions: and(
    row(
      diagnostics.compareDistributions as never,
      arg("", X, ...NOTHING, "text", 3, [[1], [2, 3]], [["a"]]),
      arg("", X, ...NOTHING, "text", 3, [[1, 2]], [[1], [2, 3]], [["a"]]),
      options(
        arg("names", ["a", "b", "c"], 3, ["a"], ["a", "a", "b"], [1, 2, 3]),
        arg("categorical", [0], 3, "a", ["d"], [3], [0.5]),
        number("alpha", 0.1, 0, 1),
        arg("correction", "holm", 3, "bonferroni"),
        flag("classifier"),
        count("maxRows", 10, 0, 1),
        count("classifierRows", 10, 0, 1),
        seed,
      ),
    ),
    [{ a: [1] }, { b: [1] }],
  ),
  learningCurve: row(
    diagnostics.learningCurve as never,
    fn(
      model,
      "",
      () => 3,
      () => wg.sequential([wg.layers.dense({ units: 1, inputShape: [3] })]),
    ),
    arg("", { x: X, y: Y }, ...NOTHING, 3, "text", X, { x: X }),
    options(
      arg("sizes", [2], 3, [], [0], [3], [1.5], ["1"]),
      arg("dev", { x: X, y: Y }, 3, "text", { x: X }),
      count("epochs", 1, 0),
      count("batchSize", 2, 0),
      arg("metric", "loss", 3, "", "acuracy"),
      count("repeats", 1, 0),
      seed,
      number("bayes", 0.1, -1, 2),
      number("tolerance", 0.1, 0, 2),
    ),
  ),
  learningRateFinder: called(
    /^learningRateFinder|^dense "|^loss "/,
    row(
      diagnostics.learningRateFinder as never,
      arg("", model(), ...NOTHING, 3, {}, wg.sequential([wg.layers.dense({ units: 1, inputShape: [3] })])),
      arg("", X, ...NOTHING, "text", {}, [[1, 2]], [[1], [2, 3]]),
      arg("", Y, null, "text", Int32Array.of(0), Int32Array.of(0, 2)),
      options(
        number("from", 1e-3, 0, -1),
        number("to", 1, 0, 1e-4),
        count("steps", 5, 0, 2),
        count("batchSize", 2, 0),
        number("beta", 0.5, -1, 1),
        number("stopAt", 2, 1, 0),
        seed,
      ),
    ),
  ),
  criticalPoint: and(
    called(
      /^criticalPoint|^dense "|^loss "/,
      row(
        diagnostics.criticalPoint as never,
        arg("", model(), ...NOTHING, 3, "text", {}, wg.sequential([wg.layers.dense({ units: 1, inputShape: [3] })])),
        arg("", X, ...NOTHING, "text", {}, [[1, 2]], [[1], [2, 3]]),
        arg("", Y, null, "text", Int32Array.of(0), Int32Array.of(0, 2)),
        options(
          number("gradientTolerance", 1e-3, 0, -1),
          number("curvatureTolerance", 1e-3, 0, -1),
          count("iterations", 3, 0),
          number("radius", 0.1, 0, -1),
          count("maxRows", 2, 0),
          flag("training"),
          seed,
        ),
      ),
    ),
    [() => wg.tensor(1), []],
    [() => wg.tensor(1), 3],
    [(x: wg.Tensor) => x, [[1, 2]]],
    [() => 3, [[1, 2]]],
    [() => wg.tensor(Number.NaN), [[1]]],
    [() => wg.tensor(1), [[1]], { maxRows: 2 }],
  ),
  lossLandscape: called(
    /^lossLandscape|^dense "|^loss "/,
    row(
      diagnostics.lossLandscape as never,
      arg("", model(), ...NOTHING, 3, "text", {}, wg.sequential([wg.layers.dense({ units: 1, inputShape: [3] })])),
      arg("", X, ...NOTHING, "text", {}, [[1, 2]], [[1], [2, 3]]),
      arg("", Y, null, "text", Int32Array.of(0), Int32Array.of(0, 2)),
      options(
        arg("dimensions", 1, 0, 3, "2"),
        arg("range", [-1, 1], 0, -1, [1], [1, 0], "1", [0, Number.NaN]),
        count("steps", 3, 0, 1),
        arg("between", [model().getWeights(), model().getWeights()], 3, [], [[], []], [[[1]], [[1]]]),
        count("maxRows", 2, 0),
        flag("training"),
        seed,
      ),
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
