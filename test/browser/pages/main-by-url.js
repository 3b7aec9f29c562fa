import wasmUrl from "wasmgrad/kernels/strict.f32.wasm?url";
import { trainBy } from "./by-url.js";

globalThis.trained = trainBy(wasmUrl, 3);
