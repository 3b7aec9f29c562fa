import { trainOn } from "./threads.js";

globalThis.trained = trainOn(3);
