export type { FileSource } from "../util/file-source.js";
export {
  type ByteStream,
  type FileOptions,
  type Format,
  type Inspection,
  inspect,
  load,
  type SaveOptions,
  save,
  type Target,
} from "./files.js";
