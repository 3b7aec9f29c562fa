export type { FileSource } from "../util/file-source.js";
export {
  type ByteStream,
  type FileOptions,
  type Format,
  type Inspection,
  inspect,
  load,
  save,
  type Target,
} from "./files.js";
