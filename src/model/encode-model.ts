import { arithmetic } from "../backend/engine.js";
import * as factories from "../nn/layers/index.js";
import type { Loss } from "../nn/loss.js";
import type { Metric } from "../nn/metric.js";
import type { Tensor } from "../tensor/tensor.js";
import type { DType } from "../util/dtypes.js";
import { dtypeOf } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { savedAs } from "../util/named.js";
import { version } from "../util/version.js";
import { blocksOf } from "./blocks.js";
import type { CallbackState } from "./callback.js";
import type { Head } from "./compile.js";
import { encodeSafetensors } from "./encode-safetensors.js";
import type { Graph } from "./graph.js";
import type { Model } from "./model.js";
import { type Description, FORMAT, type Wiring } from "./model-file.js";
import { type Preprocessing, preprocessingConfigs } from "./preprocessing.js";

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
    const blocks = blocksOf(parameters);
    for (const [name, slot] of blocks.slotTensors(compiled.slots(blocks.solverState))) {
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

function compiledDescription(model: Model): NonNullable<Description["compiled"]> {
  const { optimizer, heads, kernelRegularizer, biasRegularizer } = model.requireCompiled("save");
  const { solverState } = blocksOf(model.parameters);
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
    ...(solverState === undefined ? {} : { solverState }),
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

function entryOf(x: Tensor): Entry {
  return { data: x.toTypedArray(), shape: x.shape, dtype: x.dtype };
}
