import { train } from "./remote.js";

globalThis.trained = train();
