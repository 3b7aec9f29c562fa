export type { WorkerLike } from "./endpoint.js";
export { type InWorkerOptions, inWorker } from "./in-worker.js";
export type { RemoteModel, TransferOptions } from "./remote-model.js";
export { serve } from "./serve.js";
