import { type Arithmetic, arithmetic, memory } from "../backend/engine.js";
import { layers as factories } from "../nn/index.js";
import type { Layer, LayerConfig } from "../nn/layer.js";
import type { Loss } from "../nn/loss.js";
import type { Metric } from "../nn/metric.js";
import { applyLayer, type SymbolicTensor } from "../nn/symbolic.js";
import { slotsOf } from "../optim/optimizer.js";
import type { Tensor } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import type { DType, FloatDType, TypedArray } from "../util/dtypes.js";
import { dtypeOf } from "../util/dtypes.js";
import { FormatError, ValueError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { parseJson } from "../util/json.js";
import { savedAs } from "../util/named.js";
import { type Shape, sameShape, showShape } from "../util/shapes.js";
import { version } from "../util/version.js";
import type { BaseModel, Ends } from "./base.js";
import type { CallbackState } from "./callback.js";
import type { Head } from "./compile.js";
import { Functional } from "./functional.js";
import { type Graph, type GraphInput, inputOf } from "./graph.js";
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
  readonly kind: Model["kind"];
  readonly name: string;
  readonly dtype: FloatDType;
  /** Of a stack. */
  readonly inputShape?: Shape;
  /** Of a graph. */
  readonly wiring?: Wiring;
  readonly layers: readonly { kind: string; name: string; config: LayerConfig; trainable: boolean }[];
  readonly seed: number;
  readonly numerics: Arithmetic;
  readonly position: Position;
  readonly trainingRows?: number;
  readonly compiled?: {
    optimizer: unknown;
    /** Of several outputs: lists, and a record of lists by output. */
    loss: unknown;
    lossWeights?: readonly number[];
    metrics: readonly unknown[] | Readonly<Record<string, readonly unknown[]>>;
    kernelRegularizer?: unknown;
    biasRegularizer?: unknown;
    solverState?: unknown;
  };
  readonly callbacks: Readonly<Record<string, { json: unknown; arrays: readonly string[] }>>;
}

/** Values are numbered: the inputs, then what each step puts out. */
interface Wiring {
  readonly inputs: readonly GraphInput[];
  /** The layer by its place in the list, what it is fed, and how many values it puts out. */
  readonly steps: readonly { readonly layer: number; readonly inputs: readonly number[]; readonly outputs: number }[];
  readonly outputs: readonly number[];
}

type Entry = HostArray & { readonly dtype: DType };

/**
 * A model as a safetensors file: weights as `layer/weight`, what layers carry from batch to batch as `states/layer/h`, optimizer moments as `optimizer/m/layer/weight`, the state of callbacks as
 * `callback/name/array`, the configs of its preprocessing in the metadata entry `preprocessing`, everything else in the entry `wasmgrad`.
 * The same model gives the same bytes.
 */
export function encodeModel(
  model: Model,
  callbacks: Readonly<Record<string, CallbackState>> = {},
  preprocessing: Preprocessing = model.preprocessing,
): Uint8Array[] {
  const configs = preprocessingConfigs("save", preprocessing);
  const { network, parameters } = model;
  const { graph } = network;
  const tensors = new Map<string, Entry>();
  for (const { name, variable } of parameters.list) tensors.set(name, entryOf(variable));
  for (const { name, variable } of parameters.states) tensors.set(`states/${name}`, entryOf(variable));
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
    kind: model.kind,
    name: model.name,
    dtype: model.dtype,
    ...(model.kind === "sequential" ? { inputShape: [...model.inputShape] } : { wiring: wiringOf(graph) }),
    layers: graph.placed.map(({ layer, name }) => {
      if (!(layer.kind in factories) || layer.isOwnCode) {
        throw new ValueError(
          `save: layer "${name}" expected a kind of wg.layers that is no function of your own, got "${layer.kind}", which no file can describe`,
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
export function decodeModel(bytes: Uint8Array, file: string): BaseModel {
  const contents = decodeSafetensors(bytes, file);
  const description = describe(contents, file);
  try {
    return modelOf(contents, description, file);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(
      `${file}: metadata "wasmgrad": ${(cause as Error).message}; the file is damaged, or was written by another version`,
      { cause },
    );
  }
}

function modelOf(contents: SafetensorsFile, description: Description, file: string): BaseModel {
  const layers = description.layers.map(({ kind, name, config, trainable }) =>
    layerFrom(kind, name, config, trainable, file),
  );
  const { name, dtype, seed } = description;
  const model = description.wiring
    ? new Functional(endsOf(description.wiring, layers, file), { name, dtype })
    : new Sequential(layers, { name, dtype });
  model.seed = seed;
  if (model instanceof Sequential) model.build(description.inputShape);
  for (const { name: weight, variable } of model.parameters.list) fill(variable, weight, contents, file);
  for (const { name: state, variable } of model.parameters.states) fill(variable, `states/${state}`, contents, file);
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
  const { optimizer, heads, kernelRegularizer, biasRegularizer } = model.requireCompiled("save");
  const losses = heads.map(({ loss }) => loss);
  const unnamed = [...losses, ...heads.flatMap(({ metrics }) => metrics)].find((each) => each.config === undefined);
  if (unnamed) {
    throw new ValueError(
      `save: compile's ${losses.includes(unnamed as Loss) ? "loss" : "metrics"} expected names or what wg returns, got the function "${unnamed.name}", which no file can hold; ` +
        "compile with a name, save, and compile again after load",
    );
  }
  return {
    optimizer: { name: optimizer.name, config: optimizer.config },
    ...(heads.length === 1 ? described(heads[0] as Head) : describedHeads(heads)),
    ...(model.parameters.solverState === undefined ? {} : { solverState: model.parameters.solverState }),
    ...(kernelRegularizer ? { kernelRegularizer: savedAs(kernelRegularizer) } : {}),
    ...(biasRegularizer ? { biasRegularizer: savedAs(biasRegularizer) } : {}),
  };
}

const named = ({ name, config }: Loss | Metric) => ({ name, config });

const described = ({ loss, metrics }: Head) => ({ loss: named(loss), metrics: metrics.map(named) });

const describedHeads = (heads: readonly Head[]) => ({
  loss: heads.map(({ loss }) => named(loss)),
  lossWeights: heads.map(({ weight }) => weight),
  metrics: Object.fromEntries(heads.map(({ name, metrics }) => [name, metrics.map(named)])),
});

function wiringOf({ inputs, steps, placed, outputs }: Graph): Wiring {
  const places = new Map(placed.map(({ layer }, i) => [layer, i]));
  return {
    inputs,
    steps: steps.map((step) => ({
      layer: places.get(step.layer) as number,
      inputs: step.inputs,
      outputs: step.outputs.length,
    })),
    outputs,
  };
}

/** Applies the layers as a file says. @throws FormatError where it names a layer or a value that is not there */
function endsOf(wiring: Wiring, layers: readonly Layer[], file: string): Ends {
  const inputs = wiring.inputs.map(inputOf);
  const values: SymbolicTensor[] = [...inputs];
  const valueAt = (place: number, what: string): SymbolicTensor => {
    const found = values[place];
    if (found) return found;
    throw new FormatError(`${file}: ${what} expected one of the ${values.length} values before it, got ${place}`);
  };
  for (const [i, step] of wiring.steps.entries()) {
    const layer = layers[step.layer];
    if (!layer) {
      throw new FormatError(`${file}: step ${i} expected one of ${layers.length} layers, got ${step.layer}`);
    }
    const made = applyLayer(
      layer,
      step.inputs.map((place) => valueAt(place, `step ${i}`)),
    );
    values.push(...(Array.isArray(made) ? made : [made]));
  }
  return { inputs, outputs: wiring.outputs.map((place) => valueAt(place, "outputs")) };
}

function describe({ metadata }: SafetensorsFile, file: string): Description {
  const text = metadata.wasmgrad;
  if (text === undefined) {
    throw new FormatError(
      `${file}: metadata "wasmgrad" expected, which holds the architecture, got ${show(Object.keys(metadata))}; ` +
        "the file has weights alone: build the model and read them with its setWeights",
    );
  }
  const bytes = new TextEncoder().encode(text);
  const name = `${file}: metadata "wasmgrad"`;
  const description = parseJson({ name, bytes }) as Description | null;
  if (description === null || typeof description !== "object") {
    throw new FormatError(`${name}: an object expected, got ${show(description)}; the file is damaged`);
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
