import * as wg from "../../../src/index.js";
import {
  type Argument,
  and,
  anything,
  arg,
  count,
  flag,
  floats,
  INTEGERS,
  NO_NUMBER,
  NOTHING,
  number,
  options,
  type Row,
  row,
  text,
} from "./arguments.js";
import { initializer, named } from "./factories.js";

const image = (name: string) =>
  floats(name, [
    [
      [[1], [2]],
      [[3], [4]],
    ],
  ]);
const sequence = (name: string) => floats(name, [[[1], [2]]]);
/** One number or a pair. */
const pair = (name: string, right: unknown, ...wrong: unknown[]) =>
  arg(name, right, ...NO_NUMBER, 0, -1, 1.5, [1], [1, 2, 3], [1, 0], ...wrong);
const pad = (right: unknown) =>
  arg(
    "pad",
    right,
    null,
    "samee",
    -1,
    1.5,
    Number.NaN,
    {},
    [1],
    [[1, 1]],
    [
      [0, 0],
      [0, -1],
    ],
  );
const pool2d = (call: Row["call"], ...own: Argument[]) =>
  and(
    row(
      call,
      image("x"),
      pair("filterSize", 2, undefined),
      pair("strides", 1),
      pad("same"),
      options(flag("ceilMode"), pair("dilations", 1), ...own),
    ),
    [[[[1, 2]]], 1],
    [[[[[1]]]], 2],
    [[[[[1]]]], 1, 1, 1],
  );
const pool1d = (call: Row["call"], ...own: Argument[]) =>
  and(
    row(
      call,
      sequence("x"),
      count("filterSize", 2, undefined, 0),
      count("strides", 1, 0),
      pad("same"),
      options(flag("ceilMode"), count("dilations", 1, 0), ...own),
    ),
    [[[[[1]]]], 1],
    [[[[1]]], 2],
    [[[[1]]], 1, 1, [1, 0]],
  );
const resized = (call: Row["call"], ...own: Argument[]) =>
  and(
    row(
      call,
      image("x"),
      arg("size", [2, 3], ...NOTHING, 2, [2], [2, 0], [1.5, 2], "2", {}),
      options(
        text("coordinates", "asymmetric", "half_pixel"),
        arg("scales", [1, 1.5], 1, "1", [1], [1, 0], [1, Number.NaN]),
        ...own,
      ),
    ),
    [[[1, 2]], [2, 2]],
  );
const blocks = (call: Row["call"], right: unknown) =>
  and(
    row(call, anything("x", right), count("blockSize", 2, undefined, 0), text("order", "CRD", "RCD")),
    [[[1, 2]], 1],
    [[[[[1]]]], 2],
  );
const parameter = (name: string) => arg(name, [1, 1], null, "text", [1], wg.tensor([1, 1], [2], "int32"));
const axis = arg("axis", -1, null, "0", 1.5, Number.NaN, 9, [0, 0], ["0"], {});
const epsilon = number("epsilon", 0.1, -1);

const layer = (make: Row["call"], ...own: Argument[]) => row(make, options(...own, ...named));
const padding = arg("padding", "same", {}, "samee", "full", -1, 1.5, [1], [1, -1]);
const pool2D = [pair("poolSize", 2), pair("strides", 2), padding];
const pool1D = [count("poolSize", 2, 0), count("strides", 2, 0), padding];
const border = (name: string) =>
  arg(
    name,
    [
      [1, 0],
      [2, 2],
    ],
    "1",
    -1,
    1.5,
    [1],
    [1, -1],
    [[1, 1]],
    {},
  );
const ends = (name: string) =>
  arg(
    name,
    [1, 0],
    "1",
    -1,
    1.5,
    [1],
    [1, -1],
    [
      [1, 1],
      [1, 1],
    ],
    {},
  );
const layerAxis = arg("axis", [1], "0", 0, 1.5, [], [0, 1], ["1"], {});
const affine = [flag("center"), flag("scale"), initializer("betaInitializer"), initializer("gammaInitializer")];
const above = number("epsilon", 0.1, -1, 0);

export const imageRows: Record<string, Row> = {
  avgPool: pool2d(wg.avgPool, flag("countIncludePad")),
  avgPool1d: pool1d(wg.avgPool1d, flag("countIncludePad")),
  depthToSpace: blocks(wg.depthToSpace, [[[[1, 2, 3, 4]]]]),
  groupNorm: and(
    row(
      wg.groupNorm,
      floats("x"),
      options(number("groups", 2, 0, 3, 1.5, -2), parameter("gamma"), parameter("beta"), epsilon),
    ),
    [[1, 2], { groups: 1 }],
  ),
  instanceNorm: and(row(wg.instanceNorm, floats("x"), options(parameter("gamma"), parameter("beta"), epsilon)), [
    [1, 2],
  ]),
  layerNorm: row(wg.layerNorm, floats("x"), options(parameter("gamma"), parameter("beta"), axis, epsilon)),
  localResponseNormalization: and(
    row(
      wg.localResponseNormalization,
      floats("x"),
      arg("depthRadius", 1, null, "1", 1.5, -1, [1], [1, -1], {}),
      number("bias", 1, 0, -1),
      number("alpha", 1, -1),
      number("beta", 1),
    ),
    [1],
  ),
  maxPool: pool2d(wg.maxPool),
  maxPool1d: pool1d(wg.maxPool1d),
  resizeBilinear: resized(wg.resizeBilinear),
  resizeNearestNeighbor: resized(wg.resizeNearestNeighbor, text("rounding", "floor", "round")),
  rmsNorm: and(row(wg.rmsNorm, floats("x"), options(parameter("gamma"), axis, epsilon)), [INTEGERS]),
  spaceToDepth: blocks(wg.spaceToDepth, [
    [
      [[1], [2]],
      [[3], [4]],
    ],
  ]),

  "layers.averagePooling1D": layer(wg.layers.averagePooling1D, ...pool1D),
  "layers.averagePooling2D": layer(wg.layers.averagePooling2D, ...pool2D),
  "layers.cropping1D": layer(wg.layers.cropping1D, ends("cropping")),
  "layers.cropping2D": layer(wg.layers.cropping2D, border("cropping")),
  "layers.globalAveragePooling1D": layer(wg.layers.globalAveragePooling1D, flag("keepdims")),
  "layers.globalAveragePooling2D": layer(wg.layers.globalAveragePooling2D, flag("keepdims")),
  "layers.globalMaxPooling1D": layer(wg.layers.globalMaxPooling1D, flag("keepdims")),
  "layers.globalMaxPooling2D": layer(wg.layers.globalMaxPooling2D, flag("keepdims")),
  "layers.groupNormalization": layer(
    wg.layers.groupNormalization,

    number("groups", 2, 0, 1.5, -2),
    above,
    ...affine,
  ),
  "layers.layerNormalization": layer(wg.layers.layerNormalization, layerAxis, above, ...affine),
  "layers.maxPooling1D": layer(wg.layers.maxPooling1D, ...pool1D),
  "layers.maxPooling2D": layer(wg.layers.maxPooling2D, ...pool2D),
  "layers.rmsNormalization": layer(wg.layers.rmsNormalization, layerAxis, above),
  "layers.unitNormalization": layer(wg.layers.unitNormalization, layerAxis),
  "layers.upSampling1D": layer(wg.layers.upSampling1D, count("size", 2, 0)),
  "layers.upSampling2D": layer(
    wg.layers.upSampling2D,

    pair("size", [2, 1]),
    text("interpolation", "bilinear", "cubic"),
  ),
  "layers.zeroPadding1D": layer(wg.layers.zeroPadding1D, ends("padding")),
  "layers.zeroPadding2D": layer(wg.layers.zeroPadding2D, border("padding")),
};
