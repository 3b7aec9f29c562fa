import * as wg from "../../../src/index.js";
import {
  and,
  arg,
  called,
  count,
  flag,
  floatType,
  NO_TENSOR,
  NOTHING,
  options,
  type Row,
  row,
  text,
} from "./arguments.js";
import { rows3 } from "./data.js";
import { X, Y } from "./rows.js";

export const model = () => {
  const made = wg.sequential([wg.layers.dense({ units: 2, inputShape: [3], activation: "softmax" })]);
  return made.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
};
const wrongX = [...NOTHING, "text", [[1, 2]], [[1], [2, 3]], [], [["a", "b", "c"]], {}, new Float32Array(7)];
const x3 = arg("x", X, ...wrongX);
const y2 = arg("", Y, null, "text", Int32Array.of(0), Int32Array.of(0, 2), Int32Array.of(0, -1), [0, 0.5], [["a"]]);

const weights = arg("sampleWeight", [1, 0.5], "text", 3, [1], [1, -1], [1, Number.NaN], [[1, 2]], ["a", "b"]);
const trainingOptions = options(
  count("epochs", 1),
  count("batchSize", 2, 0),
  arg("validation", { x: X, y: Y }, null, 3, {}, "text", { x: X }),
  arg("callbacks", [], null, {}, [null], ["text"], [3]),
  flag("shuffle"),
  count("initialEpoch", 0),
  flag("resume"),
  weights,
  arg(
    "classWeight",
    { 0: 1, 1: 3 },
    "balanced",
    3,
    {},
    { 0: 1 },
    { 0: 1, 1: -1 },
    { 0: 1, 1: 1, 2: 1 },
    [1],
    new Map([[0, 1]]),
  ),
);

const graph = (() => {
  const x = wg.input({ shape: [3] });
  return { x, y: wg.layers.dense({ units: 2 }).apply(x) };
})();

const normed = () => wg.sequential([wg.layers.batchNormalization({ inputShape: [3] })]);

export const classes: Record<string, Row> = {
  foldBatchNorm: row(wg.foldBatchNorm, arg("model", normed(), ...NOTHING, 3, {}, [])),
  recomputeBatchNorm: row(
    wg.recomputeBatchNorm,
    arg("model", normed(), ...NOTHING, 3, {}, []),
    arg("data", X, ...wrongX, [[1, 2, Number.NaN]]),
    options(count("batchSize", 2, 0)),
  ),
  "Sequential.add": row(
    (layer: never) => wg.sequential().add(layer),
    arg("layers", wg.layers.flatten(), ...NOTHING, {}, "dense"),
  ),
  "Sequential.build": called(
    /^(sequential|flatten)/,
    row(
      (inputShape: never) => wg.sequential([wg.layers.flatten()]).build(inputShape),
      arg("inputShape", [3], ...NOTHING, 3, "3", [-1], [1.5]),
    ),
  ),
  "BaseModel.compile": called(
    /^(compile|loss|metrics|sequential)/,
    row(
      (given: never) => model().compile(given),
      options(
        arg("optimizer", "sgd", null, 3, "sdg", {}),
        arg("loss", "mse", ...NOTHING, 3, "msee", {}),
        arg("lossWeights", [1], null, 3, "1", [], [1, 2], ["a"], [Number.NaN]),
        arg("metrics", [], null, "accuracy", ["acuracy"], [null], [3], {}),
        arg("kernelRegularizer", "l2", 3, {}, "l3"),
        arg("biasRegularizer", "l2", 3, {}, "l3"),
        flag("runEagerly"),
      ),
    ),
  ),
  "BaseModel.copy": row(
    (given: never) => model().copy(given),
    options(arg("dtype", "float64", 3, "int32"), arg("name", "twin", 3, {})),
  ),
  "BaseModel.evaluate": and(
    row(
      (...args: never[]) => (model().evaluate as (...args: never[]) => unknown)(...args),
      x3,
      y2,
      options(count("batchSize", 2, 0), weights),
    ),
    [X],
    [null],
    [],
    [{ x: X }],
    ["text", {}],
  ),
  "BaseModel.fit": and(
    row(
      (...args: never[]) => (model().fit as (...args: never[]) => unknown).call(model(), ...args),
      x3,
      y2,
      trainingOptions,
    ),
    [X],
    [null],
    [],
    [{ x: X }],
    ["text", {}],
    [rows3(), 3],
  ),
  "BaseModel.resetStates": row(() => model().resetStates()),
  "BaseModel.getWeights": row(() => model().getWeights()),
  "BaseModel.predict": row(
    (...args: [never, never]) => model().predict(...args),
    x3,
    options(count("batchSize", 2, 0)),
  ),
  "BaseModel.requireCompiled": called(
    /^fit: model "plain"/,
    row((m: wg.Sequential) => m.requireCompiled("fit"), arg("compiled", model(), wg.sequential([], { name: "plain" }))),
  ),
  "BaseModel.setWeights": row(
    (weights: never) => model().setWeights(weights),
    arg("", model().getWeights(), ...NOTHING, 3, "text", [], [[1], [2]]),
  ),
  "BaseModel.summary": row((given: never) => model().summary(given), options(arg("print", () => undefined, null, 3))),
  "BaseModel.trainOnBatch": row(
    (...args: [never, never, never]) => model().trainOnBatch(...args),
    x3,
    arg("", Y, ...NOTHING, "text", Int32Array.of(0), Int32Array.of(0, 2)),
    weights,
  ),
  "BaseModel.apply": called(
    /^sequential "sequential": apply/,
    row((to: never) => model().apply(to), arg("apply", wg.input({ shape: [3] }), ...NOTHING, 3, "x", [], {})),
  ),
  "BaseModel.getLayer": row((name: never) => model().getLayer(name), arg("name", "dense", ...NOTHING, 3, "dence")),
  "BaseModel.predictAll": called(
    /^predict/,
    row((...args: [never, never]) => model().predictAll(...args), x3, options(count("batchSize", 2, 0))),
  ),
  input: row(
    wg.input,
    options(
      arg("shape", [3], undefined, 3, "3", [-2], [1.5]),
      text("name", "a", "", "a/b"),
      text("dtype", "int32", "float64"),
      count("batchSize", 2, 0),
    ),
  ),
  model: row(
    wg.model,
    options(
      arg("inputs", graph.x, undefined, 3, "x", []),
      arg("outputs", graph.y, undefined, 3, "y", [], wg.input({ shape: [2] })),
      text("name", "m", "a/b"),
      floatType,
    ),
  ),
  "Tensor.item": row((x: wg.Tensor) => x.item(), arg("tensor", wg.tensor([1]), wg.tensor([1, 2]), wg.tensor([]))),
  "Tensor.toArray": row(() => wg.tensor([1]).toArray()),
  "Tensor.toString": row(() => wg.tensor([1]).toString()),
  "Tensor.toTypedArray": row(() => wg.tensor([1]).toTypedArray()),
  "Variable.assign": row(
    (values: never) => wg.variable([1, 2]).assign(values),
    arg("values", [1, 2], ...NO_TENSOR, [1]),
  ),
  "History.add": row(() => new wg.History().add(0, {})),
};
