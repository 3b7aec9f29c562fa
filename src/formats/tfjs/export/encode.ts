import type { BaseModel } from "../../../model/base.js";
import { version } from "../../../util/version.js";
import type { EncodedFile } from "../../format.js";
import type { Json } from "../../keras/export/config.js";
import { exportKeras } from "../../keras/export/export.js";
import { exportTraining } from "../../keras/export/training.js";
import { weightsOf } from "../../keras/export/written.js";
import { references } from "../../keras/references.js";
import { encodeShards } from "../shards.js";
import { insteadInTfjs } from "./instead.js";
import { tfjsWords } from "./training.js";

/** `model.json`, in the words of Keras 2, behind its shards. */
export function encodeTfjs(model: BaseModel, includeOptimizer?: boolean): EncodedFile[] {
  const reader = { version: 2, trainingRows: model.trainingRows, instead: insteadInTfjs } as const;
  const { model: config, layers } = exportKeras(model, reader);
  const weights = new Map(layers.flatMap(({ name, held }) => weightsOf(held, name)));
  const outputs = references((config.config as Json).output_layers).map(([name]) => name);
  const training = exportTraining(model, layers, tfjsWords(outputs), includeOptimizer);
  const { group, shards } = encodeShards(weights, training ? { optimizer: new Map(training.variables) } : {});
  const json = {
    format: "layers-model",
    generatedBy: `wasmgrad ${version}`,
    convertedBy: null,
    modelTopology: { keras_version: "2.15.0", backend: "tensorflow", model_config: config },
    ...(training ? { trainingConfig: training.config } : {}),
    weightsManifest: [group],
  };
  return [
    ...shards.map((bytes, i) => ({ location: group.paths[i] as string, parts: [bytes] })),
    { location: "", parts: [new TextEncoder().encode(JSON.stringify(json))] },
  ];
}
