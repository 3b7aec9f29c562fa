export type { FileSource } from "../util/file-source.js";
export {
  type ByteStream,
  type FileOptions,
  inspect,
  type LoadOptions,
  type LoadWeightsOptions,
  load,
  loadWeights,
  type SaveOptions,
  save,
  type Target,
} from "./files.js";
export type { Inspection } from "./inspection.js";
export { listModels, removeModel, type StoredModel } from "./kept-models.js";
export type { Format } from "./registry.js";
