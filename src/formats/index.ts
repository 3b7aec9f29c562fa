export { type FileOptions, inspect, load, save } from "./files.js";
