export type { Batches, BatchRule, HostBatch } from "./batches.js";
export { type BatchesOptions, Dataset, type Row, type RowLike, type ShuffleOptions, type Tensors } from "./dataset.js";
export type { DataArray, Several } from "./fields.js";
export type { Arrays, ScaledBytes } from "./table.js";
