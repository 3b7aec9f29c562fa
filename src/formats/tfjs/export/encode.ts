import type { BaseModel } from "../../../model/base.js";
import { version } from "../../../util/version.js";
import type { EncodedFile } from "../../format.js";
import { exportKeras } from "../../keras/export/export.js";
import { weightsOf } from "../../keras/export/written.js";
import { encodeShards } from "../shards.js";
import { insteadInTfjs } from "./instead.js";

/** `model.json`, in the words of Keras 2, behind its shards. */
export function encodeTfjs(model: BaseModel): EncodedFile[] {
  const reader = { version: 2, trainingRows: model.trainingRows, instead: insteadInTfjs } as const;
  const { model: config, layers } = exportKeras(model, reader);
  const weights = new Map(layers.flatMap(({ name, held }) => weightsOf(held, name)));
  const { group, shards } = encodeShards(weights);
  const json = {
    format: "layers-model",
    generatedBy: `wasmgrad ${version}`,
    convertedBy: null,
    modelTopology: { keras_version: "2.15.0", backend: "tensorflow", model_config: config },
    weightsManifest: [group],
  };
  return [
    ...shards.map((bytes, i) => ({ location: group.paths[i] as string, parts: [bytes] })),
    { location: "", parts: [new TextEncoder().encode(JSON.stringify(json))] },
  ];
}
