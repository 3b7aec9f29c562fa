import { type Arithmetic, arithmetic, memory } from "../backend/engine.js";
import { layers as factories } from "../nn/index.js";
import type { Layer, LayerConfig } from "../nn/layer.js";
import { slotsOf } from "../optim/optimizer.js";
import type { Tensor } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import type { DType, FloatDType, TypedArray } from "../util/dtypes.js";
import { dtypeOf } from "../util/dtypes.js";
import { FormatError, ValueError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { savedAs } from "../util/named.js";
import { type Shape, sameShape, showShape } from "../util/shapes.js";
import { version } from "../util/version.js";
import type { CallbackState } from "./callback.js";
import type { Model, Position } from "./model.js";
import { decodePreprocessing, type Preprocessing, preprocessingConfigs } from "./preprocessing.js";
import { decodeSafetensors, encodeSafetensors, type SafetensorsFile } from "./safetensors.js";
import { Sequential } from "./sequential.js";

/** Raised when a change makes files that older readers would misread. */
const FORMAT = 1;

/** The architecture and all that a resumed run needs, as one JSON text in the file's metadata. */
interface Description {
  readonly format: number;
  readonly version: string;
  readonly kind: "sequential";
  readonly name: string;
  readonly dtype: FloatDType;
  readonly inputShape: Shape;
  readonly layers: readonly { kind: string; name: string; config: LayerConfig; trainable: boolean }[];
  readonly seed: number;
  readonly numerics: Arithmetic;
  readonly position: Position;
  readonly trainingRows?: number;
  readonly compiled?: {
    optimizer: unknown;
    loss: unknown;
    metrics: readonly unknown[];
    kernelRegularizer?: unknown;
    biasRegularizer?: unknown;
    solverState?: unknown;
  };
  readonly callbacks: Readonly<Record<string, { json: unknown; arrays: readonly string[] }>>;
}

type Entry = HostArray & { readonly dtype: DType };

/**
 * A model as a safetensors file: weights as `layer/weight`, optimizer moments as `optimizer/m/layer/weight`, the state of callbacks as
 * `callback/name/array`, the configs of its preprocessing in the metadata entry `preprocessing`, everything else in the entry `wasmgrad`.
 * The same model gives the same bytes.
 */
export function encodeModel(
  model: Model,
  callbacks: Readonly<Record<string, CallbackState>> = {},
  preprocessing: Preprocessing = model.preprocessing,
): Uint8Array[] {
  const configs = preprocessingConfigs("save", preprocessing);
  const { parts, parameters } = model;
  const { placed } = parts;
  const tensors = new Map<string, Entry>();
  for (const { variable } of parameters.list) tensors.set(variable.name, entryOf(variable));
  const { compiled } = model;
  if (compiled && model.position.step > 0) {
    for (const [name, slot] of parameters.slotTensors(slotsOf(compiled.optimizer, parameters.solverState))) {
      tensors.set(`optimizer/${name}`, entryOf(slot));
    }
  }
  for (const [name, { arrays = {} }] of Object.entries(callbacks)) {
    for (const [key, data] of Object.entries(arrays)) {
      tensors.set(`callback/${name}/${key}`, { data, shape: [data.length], dtype: dtypeOf(data) });
    }
  }
  const description: Description = {
    format: FORMAT,
    version,
    kind: "sequential",
    name: model.name,
    dtype: model.dtype,
    inputShape: [...model.inputShape],
    layers: placed.map(({ layer, name }) => {
      if (!(layer.kind in factories)) {
        throw new ValueError(
          `save: layer "${name}" expected a kind of wg.layers, got "${layer.kind}", which no file can describe`,
        );
      }
      return { kind: layer.kind, name, config: layer.config, trainable: layer.trainable };
    }),
    seed: model.seed,
    numerics: arithmetic(),
    position: { ...model.position },
    ...(model.trainingRows === undefined ? {} : { trainingRows: model.trainingRows }),
    ...(compiled ? { compiled: compiledDescription(model) } : {}),
    callbacks: Object.fromEntries(
      Object.entries(callbacks).map(([name, { json, arrays = {} }]) => [name, { json, arrays: Object.keys(arrays) }]),
    ),
  };
  const metadata = {
    format: "wasmgrad",
    wasmgrad: JSON.stringify(description),
    ...(Object.keys(configs).length > 0 ? { preprocessing: JSON.stringify(configs) } : {}),
  };
  return encodeSafetensors({ tensors, metadata });
}

/**
 * The model that `encodeModel` wrote, ready to predict and, where it was compiled, to train on.
 *
 * @param file names the file in errors
 * @throws FormatError that says what the file lacks
 */
export function decodeModel(bytes: Uint8Array, file: string): Sequential {
  const contents = decodeSafetensors(bytes, file);
  const description = describe(contents, file);
  const layers = description.layers.map(({ kind, name, config, trainable }) =>
    layerFrom(kind, name, config, trainable, file),
  );
  const model = new Sequential(layers, { name: description.name, dtype: description.dtype });
  model.seed = description.seed;
  model.build(description.inputShape);
  for (const variable of model.variables) fill(variable, variable.name, contents, file);
  if (description.compiled) {
    const { solverState, ...compiled } = description.compiled;
    model.compile(compiled as never);
    if (description.position.step > 0) {
      model.parameters.solverState = solverState;
      const slots = slotsOf(model.requireCompiled("load").optimizer, solverState);
      for (const [name, slot] of model.parameters.slotTensors(slots)) fill(slot, `optimizer/${name}`, contents, file);
    }
  }
  Object.assign(model.position, description.position);
  model.trainingRows = description.trainingRows;
  model.numerics = description.numerics;
  model.callbackStates = callbackStates(description, contents, file);
  model.preprocessing = decodePreprocessing(contents.metadata.preprocessing, file);
  return model;
}

function compiledDescription(model: Model): NonNullable<Description["compiled"]> {
  const { optimizer, loss, metrics, kernelRegularizer, biasRegularizer } = model.requireCompiled("save");
  const unnamed = [loss, ...metrics].find((each) => each.config === undefined);
  if (unnamed) {
    throw new ValueError(
      `save: compile's ${unnamed === loss ? "loss" : "metrics"} expected names or what wg returns, got the function "${unnamed.name}", which no file can hold; ` +
        "compile with a name, save, and compile again after load",
    );
  }
  return {
    optimizer: { name: optimizer.name, config: optimizer.config },
    loss: { name: loss.name, config: loss.config },
    metrics: metrics.map(({ name, config }) => ({ name, config })),
    ...(model.parameters.solverState === undefined ? {} : { solverState: model.parameters.solverState }),
    ...(kernelRegularizer ? { kernelRegularizer: savedAs(kernelRegularizer) } : {}),
    ...(biasRegularizer ? { biasRegularizer: savedAs(biasRegularizer) } : {}),
  };
}

function describe({ metadata }: SafetensorsFile, file: string): Description {
  const text = metadata.wasmgrad;
  if (text === undefined) {
    throw new FormatError(
      `${file}: metadata "wasmgrad" expected, which holds the architecture, got ${show(Object.keys(metadata))}; ` +
        "the file has weights alone: build the model and read them with its setWeights",
    );
  }
  let description: Description;
  try {
    description = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${file}: metadata "wasmgrad" expected JSON; the file is damaged`, { cause });
  }
  if (!(description.format <= FORMAT)) {
    throw new FormatError(
      `${file}: format ${FORMAT} or older expected, got ${description.format}, written by wasmgrad ${description.version}; update this library`,
    );
  }
  return description;
}

function layerFrom(kind: string, name: string, config: LayerConfig, trainable: boolean, file: string): Layer {
  const factory = (factories as unknown as Record<string, (config: LayerConfig) => Layer>)[kind];
  if (!factory) throw new FormatError(`${file}: layer "${name}": kind expected one of wg.layers, got "${kind}"`);
  const layer = factory({ ...config, name });
  layer.trainable = trainable;
  return layer;
}

function entryOf(x: Tensor): Entry {
  return { data: x.toTypedArray(), shape: x.shape, dtype: x.dtype };
}

function fill(target: Tensor, name: string, { tensors }: SafetensorsFile, file: string): void {
  const found = tensors.get(name);
  if (!found)
    throw new FormatError(`${file}: tensor "${name}" expected, got none of that name; the file is incomplete`);
  if (!sameShape(found.shape, target.shape) || found.dtype !== target.dtype) {
    throw new FormatError(
      `${file}: tensor "${name}" expected ${target.dtype} ${showShape(target.shape)}, got ${found.dtype} ${showShape(found.shape)}`,
    );
  }
  memory().view(target.at, target.size, target.dtype).set(found.data);
}

function callbackStates(
  { callbacks }: Description,
  { tensors }: SafetensorsFile,
  file: string,
): Record<string, CallbackState> {
  return Object.fromEntries(
    Object.entries(callbacks).map(([name, { json, arrays }]) => {
      const held = arrays.map((key): [string, TypedArray] => {
        const found = tensors.get(`callback/${name}/${key}`);
        if (!found) throw new FormatError(`${file}: tensor "callback/${name}/${key}" expected, got none of that name`);
        return [key, found.data];
      });
      return [name, { json, arrays: Object.fromEntries(held) }];
    }),
  );
}
