export type { FileSource } from "../util/file-source.js";
export {
  type ByteStream,
  type FileOptions,
  inspect,
  type LoadOptions,
  load,
  type SaveOptions,
  save,
  type Target,
} from "./files.js";
export type { Format, Inspection } from "./inspection.js";
