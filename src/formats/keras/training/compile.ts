import type { CompileOptions } from "../../../model/compile.js";
import type { Functional } from "../../../model/functional.js";
import * as code from "../../../model/training.js";
import { provideTraining } from "../../../model/training-code.js";
import { FormatError, WasmgradError } from "../../../util/errors.js";
import { Unsupported, UnsupportedModel } from "../../graph/unsupported.js";
import { importKeras } from "../import.js";
import type { Imported } from "../imported.js";
import type { KerasFile, KerasTraining } from "../read.js";
import { references } from "../references.js";
import { isObject, type Json } from "../saved.js";
import { lossOf } from "./losses.js";
import { metricOf } from "./metrics.js";
import { isNothing, kerasOptimizers } from "./optimizers.js";
import { restoreState } from "./state.js";

/**
 * The model of a file, compiled as the file says.
 *
 * @param compile false where it is not to be compiled, true where nothing may be left out
 * @throws as `importKeras` and `compileAsSaved`
 */
export function trained(file: KerasFile, name: string, compile: boolean | undefined): Functional {
  const imported = importKeras(file, name);
  if (compile !== false) compileAsSaved(imported, file, name, compile === true);
  return imported.model;
}

/**
 * Compiles a model as its file says, and gives it what the file's optimizer keeps. Where we have no equal of optimizer or loss it stays as it
 * is, ready to predict; a metric of which we have none is left out, and an optimizer whose state does not fit begins anew, as in Keras.
 *
 * @param whole true where nothing may be left out
 * @returns what was left out, one line each; undefined where the file says nothing of training
 * @throws FormatError where that part of the file is damaged, or something would be left out of what must be whole
 */
export function compileAsSaved(
  imported: Imported,
  file: KerasFile,
  name: string,
  whole: boolean,
): readonly string[] | undefined {
  const training = file.training();
  if (!training) {
    if (whole) throw new FormatError(`${name}: a compiled model expected with compile: true, got one that is not`);
    return undefined;
  }
  const problems: string[] = [];
  const { model } = imported;
  provideTraining(code);
  const isCompiled = tried(problems, () => {
    model.compile(optionsOf(training, imported, file, problems));
  });
  if (isCompiled) tried(problems, () => restoreState(imported, file, training, name));
  if (whole && problems.length > 0) throw new UnsupportedModel(name, problems);
  return problems;
}

/** Runs what may ask for something that we do not have. @throws what is wrong with the file itself */
function tried(problems: string[], run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    const isDamage = error instanceof FormatError && !(error instanceof Unsupported);
    if (!(error instanceof WasmgradError) || isDamage) throw error;
    problems.push(error.message);
    return false;
  }
}

function optionsOf(training: KerasTraining, { model }: Imported, file: KerasFile, problems: string[]): CompileOptions {
  const { config, optimizers = kerasOptimizers, metric = metricOf } = training;
  const names = model.outputNames;
  const theirs = outputsOf(file) ?? names;
  const several = names.length > 1;
  const losses = byOutput("loss", config.loss, theirs).map(lossOf);
  const weights = isNothing(config.loss_weights)
    ? names.map(() => 1)
    : (byOutput("loss_weights", config.loss_weights, theirs) as number[]);
  const columns = model.outputShapes.map((shape) => shape.at(-1) ?? 1);
  const metrics = metricLists(config.metrics, theirs).map((list, i) =>
    list.flatMap((saved) => {
      let found: ReturnType<typeof metricOf>[] = [];
      tried(problems, () => {
        found = [metric(saved, columns[i] as number)];
      });
      return found;
    }),
  );
  const weighted = metricLists(config.weighted_metrics, theirs).flat();
  if (weighted.length > 0) problems.push("weighted_metrics: metrics count each row once here");
  return {
    optimizer: optimizers.of(config.optimizer, file.dialect),
    loss: several ? losses : (losses[0] as (typeof losses)[number]),
    lossWeights: weights,
    metrics: several ? Object.fromEntries(names.map((name, i) => [name, metrics[i] ?? []])) : (metrics[0] ?? []),
  };
}

/** The outputs by Keras's names; undefined of a stack. */
function outputsOf({ config }: KerasFile): string[] | undefined {
  const inner = (config as Json | null)?.config;
  const ends = isObject(inner) ? references(inner.output_layers).map(([name]) => name) : [];
  return ends.length > 0 ? ends : undefined;
}

/** One entry for each output, of one for all, a list or a record by the outputs' names. @throws Unsupported where one has none */
function byOutput(what: string, saved: unknown, names: readonly string[]): unknown[] {
  const isOne = typeof saved === "string" || (isObject(saved) && typeof saved.class_name === "string");
  const list = isOne ? names.map(() => saved) : Array.isArray(saved) ? saved : inRecord(saved, names);
  if (list.length === names.length && !list.some(isNothing)) return list;
  throw new Unsupported(`${what} ${JSON.stringify(saved ?? null).slice(0, 200)} for the outputs ${names.join(", ")}`);
}

function inRecord(saved: unknown, names: readonly string[]): unknown[] {
  if (!isObject(saved)) return [];
  const values = Object.values(saved);
  // A stack's one output has a name that is not in its config.
  return names.length === 1 && values.length === 1 ? values : names.map((name) => saved[name]);
}

/** The metrics of each output. */
function metricLists(saved: unknown, names: readonly string[]): unknown[][] {
  if (isNothing(saved)) return names.map(() => []);
  if (isObject(saved) && typeof saved.class_name !== "string") return inRecord(saved, names).map(listOf);
  const list = listOf(saved);
  // A list of as many lists as there are outputs; before Keras 3 also one for all.
  if (names.length > 1 && list.length === names.length) return list.map(listOf);
  return names.map(() => list.flat(2));
}

const listOf = (saved: unknown): unknown[] => (Array.isArray(saved) ? saved : isNothing(saved) ? [] : [saved]);
