// For a bundler that leaves the address of the library's own worker alone.

import { train } from "./remote.js";

globalThis.trained = train(() => new Worker("/serving.js", { type: "module" }));
