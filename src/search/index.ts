export { Trial } from "./active-trial.js";
export { type ImportanceOptions, importance, type Studied } from "./importance.js";
export { type LoadedStudy, type LoadStudyOptions, loadStudy } from "./load-study.js";
export { study } from "./open-study.js";
export type { OptimizeOptions } from "./optimize.js";
export type {
  Choice,
  ChoiceParameter,
  Condition,
  NumberParameter,
  Parameter,
  Params,
  Space,
  Values,
} from "./parameter.js";
export { choice, int, logInt, logUniform, oneMinusLogUniform, quantized, uniform, when } from "./parameters.js";
export type { Pruner, Pruning } from "./pruner.js";
export { asha, type HalvingOptions, hyperband, successiveHalving } from "./pruners/halving.js";
export { type PatienceOptions, patience } from "./pruners/patience.js";
export { median, type PercentileOptions, percentile } from "./pruners/percentile.js";
export { pruningCallback } from "./pruning-callback.js";
export type { Direction, Sampler, Sampling } from "./sampler.js";
export { type BayesianOptions, bayesian } from "./samplers/bayesian.js";
export { type CmaEsOptions, cmaEs } from "./samplers/cma-es.js";
export { type CoarseToFineOptions, coarseToFine } from "./samplers/coarse-to-fine.js";
export { type GridOptions, grid } from "./samplers/grid.js";
export { type Nsga2Options, nsga2 } from "./samplers/nsga2.js";
export { random } from "./samplers/random.js";
export { sobol } from "./samplers/sobol.js";
export { type TpeOptions, tpe } from "./samplers/tpe.js";
export { memoryStorage } from "./storage/memory.js";
export { postgresStorage } from "./storage/postgres.js";
export type { StorageOptions } from "./storage/relational/patience.js";
export { sqliteStorage } from "./storage/sqlite.js";
export type { Storage, StoredStudy, StudyHead } from "./storage/storage.js";
export { type Best, Study } from "./study.js";
export { defineStudy, type Objective, type Outcome, type StudyOptions } from "./study-options.js";
export type { FrozenTrial, TrialState } from "./trial.js";
