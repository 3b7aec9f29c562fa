export type { FileSource } from "../util/file-source.js";
export type { HostArray } from "../util/host-array.js";
export type { DataArray, Several } from "./arrays.js";
export { type AugmentOptions, augment, type Outside, type Range, type Target } from "./augment.js";
export type { Batches, BatchRule, HostBatch } from "./batches.js";
export { type BatchesOptions, Dataset, type Row, type RowLike, type ShuffleOptions, type Tensors } from "./dataset.js";
export { type DrawnDigitsOptions, drawnDigits } from "./digits.js";
export { idx } from "./idx.js";
export { type DecodeImageOptions, decodeImage } from "./images/decode.js";
export type { ImageFile } from "./images/files.js";
export { type FromPixelsOptions, fromPixels, type PixelSource } from "./images/from-pixels.js";
export { type CanvasLike, toPixels } from "./images/to-pixels.js";
export { type ImageFolder, type ImagesOptions, images } from "./images.js";
export { fashionMnist, type ImageClasses, type MnistOptions, mnist } from "./mnist.js";
export {
  type MinMaxConfig,
  type MinMaxOptions,
  type MinMaxScaler,
  minMaxScale,
  type NormalizeOptions,
  type Normalizer,
  type NormalizerConfig,
  normalizer,
  type StandardizeConfig,
  type Standardizer,
  standardize,
} from "./normalize.js";
export { npy, npyBytes } from "./npy.js";
export { oneHot } from "./one-hot.js";
export { type Preprocessor, type PreprocessorConfig, preprocessor } from "./preprocessor.js";
export { type BatchSizeAdvice, recommendBatchSize } from "./recommend-batch-size.js";
export { recommendSplit, type SplitAdvice } from "./recommend-split.js";
export { type Fold, kFold, type Parts, type SplitOptions, split } from "./split.js";
export type { Arrays, ScaledBytes } from "./store.js";
export type { CategoryConfig, CategoryOptions } from "./tables/category-encoder.js";
export type { DateStyle } from "./tables/cells.js";
export type {
  Cell,
  ColumnType,
  ColumnValues,
  DateColumn,
  NumberColumn,
  StringColumn,
  TableColumn,
  TableRow,
} from "./tables/columns.js";
export { csv } from "./tables/csv.js";
export type { CsvOptions } from "./tables/csv-options.js";
export type { DateConfig, DateOptions, DatePart } from "./tables/date-encoder.js";
export type { Labels } from "./tables/labels.js";
export type { NumberConfig, NumberOptions, Scale } from "./tables/number-encoder.js";
export { Table } from "./tables/table.js";
export type { TableDatasetOptions } from "./tables/table-dataset.js";
export type { TableSplitOptions } from "./tables/table-split.js";
export {
  type ColumnOptions,
  type EncoderConfig,
  type Tabular,
  type TabularConfig,
  type TabularOptions,
  tabular,
} from "./tables/tabular.js";
