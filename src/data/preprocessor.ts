import { checkName } from "../util/check.js";
import {
  type MinMaxConfig,
  type MinMaxScaler,
  normalizer,
  type StandardizeConfig,
  type Standardizer,
} from "./normalize.js";
import { type Tabular, type TabularConfig, tabularOf } from "./tables/tabular.js";
import { checkTabularConfig } from "./tables/tabular-config.js";

/** What was fitted on training data and belongs to a model as its weights do. */
export type Preprocessor = Tabular | Standardizer | MinMaxScaler;

export type PreprocessorConfig = TabularConfig | StandardizeConfig | MinMaxConfig;

/**
 * The preprocessing that a `config` describes, as it was fitted: of `tabular`, `standardize` or `minMaxScale`.
 *
 * @throws ValueError, ShapeError where it is no such config
 * @example
 * const fitted = tabular(Table.fromColumns({ age: [20, 40] }));
 * const again = preprocessor(JSON.parse(JSON.stringify(fitted.config)));
 * again.config.kind; // "tabular"
 */
export function preprocessor(config: TabularConfig): Tabular;
export function preprocessor(config: StandardizeConfig): Standardizer;
export function preprocessor(config: MinMaxConfig): MinMaxScaler;
export function preprocessor(config: PreprocessorConfig): Preprocessor;
export function preprocessor(config: PreprocessorConfig): Preprocessor {
  const kind = checkName("preprocessor", "config.kind", config?.kind, ["tabular", "standardize", "minMaxScale"]);
  if (kind === "tabular") return tabularOf(checkTabularConfig("preprocessor", config));
  return normalizer(config as StandardizeConfig & MinMaxConfig);
}
