import { memory } from "../backend/engine.js";
import type { Layer } from "../nn/layer.js";
import { type LayerFactory, layersByKind } from "../nn/layers/by-kind.js";
import type { Tensor } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import type { TypedArray } from "../util/dtypes.js";
import { FormatError } from "../util/errors.js";
import { parseJson } from "../util/json.js";
import { sameShape, showShape } from "../util/shapes.js";
import type { BaseModel } from "./base.js";
import type { CallbackState } from "./callback.js";
import { type Description, FORMAT } from "./model-file.js";
import { awaitWeights } from "./network.js";
import { decodeSafetensors, type SafetensorsFile } from "./safetensors.js";
import { Sequential } from "./sequential.js";

/**
 * The model that `encodeModel` wrote, ready to predict and, where it was compiled, to train on.
 *
 * @param file names the file in errors
 * @throws FormatError that says what the file lacks
 */
export async function decodeModel(bytes: Uint8Array, file: string): Promise<BaseModel> {
  const contents = decodeSafetensors(bytes, file);
  const description = describe(contents, file);
  const [factories, graphs] = await Promise.all([
    layersByKind(kindsOf(description)),
    description.wiring && import("./decode-graph.js"),
  ]);
  const model = modelFrom(contents, description, { factories, graphs }, file);
  const { preprocessing } = contents.metadata;
  if (preprocessing !== undefined) {
    const { decodePreprocessing } = await import("./decode-preprocessing.js");
    model.preprocessing = decodePreprocessing(preprocessing, file);
  }
  return model;
}

type Factories = ReadonlyMap<string, LayerFactory>;

/** What was fetched to make the model. */
interface Code {
  readonly factories: Factories;
  readonly graphs: typeof import("./decode-graph.js") | undefined;
}

function modelFrom(contents: SafetensorsFile, description: Description, code: Code, file: string): BaseModel {
  try {
    return modelOf(contents, description, code, file);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(
      `${file}: metadata "wasmgrad": ${(cause as Error).message}; the file is damaged, or was written by another version`,
      { cause },
    );
  }
}

function modelOf(
  contents: SafetensorsFile,
  description: Description,
  { factories, graphs }: Code,
  file: string,
): BaseModel {
  const layers = description.layers.map((saved) => layerFrom(saved, factories, file));
  const { name, dtype, seed } = description;
  const model =
    description.wiring && graphs
      ? graphs.decodeGraph(description.wiring, layers, { name, dtype }, file)
      : new Sequential(layers, { name, dtype });
  model.seed = seed;
  if (model instanceof Sequential) model.build(description.inputShape);
  for (const { name: weight, variable } of model.parameters.list) fill(variable, weight, contents, file);
  for (const { name: state, variable } of model.parameters.states) fill(variable, `states/${state}`, contents, file);
  if (description.compiled) {
    const { solverState, ...compiled } = description.compiled;
    model.compile(compiled as never);
    if (description.position.step > 0) {
      const moments = momentsOf(contents);
      model.compilation?.whenDone(({ slots }, blocks) => {
        blocks.solverState = solverState;
        for (const [name, slot] of blocks.slotTensors(slots(solverState))) {
          fill(slot, `optimizer/${name}`, moments, file);
        }
      });
    }
  }
  Object.assign(model.position, description.position);
  model.trainingRows = description.trainingRows;
  model.numerics = description.numerics;
  model.callbackStates = callbackStates(description, contents, file);
  return model;
}

/** What the optimizer keeps, apart from the file: a model that only predicts waits with it, and need not hold on to the rest. */
function momentsOf({ tensors, metadata }: SafetensorsFile): SafetensorsFile {
  const own = [...tensors].filter(([name]) => name.startsWith("optimizer/"));
  return { tensors: new Map(own.map(([name, entry]) => [name, { ...entry }])), metadata };
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

/** What its layers say that they are, whatever that is: a damaged file is refused where the layers are made. */
function kindsOf({ layers }: Description): string[] {
  return Array.isArray(layers) ? layers.map((layer) => String(layer?.kind)) : [];
}

function layerFrom(
  { kind, name, config, trainable }: Description["layers"][number],
  factories: Factories,
  file: string,
): Layer {
  const factory = factories.get(kind);
  if (!factory) throw new FormatError(`${file}: layer "${name}": kind expected one of wg.layers, got "${kind}"`);
  const layer = factory({ ...config, name });
  layer.trainable = trainable;
  awaitWeights(layer);
  return layer;
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
