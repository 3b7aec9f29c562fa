import type { AnyLayer } from "../nn/layer.js";
import type { Metric } from "../nn/metric.js";
import { copyOptimizer } from "../optim/by-name.js";
import { checkName, checkOptions, show } from "../util/check.js";
import type { FloatDType } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import { savedAs } from "../util/named.js";
import type { Compiled, CompileOptions, Head } from "./compile.js";

export interface CopyOptions {
  /** Default: that of the original; weights are converted. */
  dtype?: FloatDType;
  /** Default: that of the original. */
  name?: string;
}

/** @throws ValueError for an unknown option or value */
export function checkCopy(options: CopyOptions): void {
  checkOptions("copy", options, ["dtype", "name"]);
  if (options.dtype !== undefined) checkName("copy", "dtype", options.dtype, ["float32", "float64"]);
  if (options.name !== undefined && typeof options.name !== "string") {
    throw new ValueError(`copy: name expected a string, got ${show(options.name)}`);
  }
}

/** The layer as an object of its own: freezing one leaves the other. */
export function copyLayer<L extends AnyLayer>(layer: L): L {
  const trainable = { value: layer.trainable, writable: true, enumerable: true, configurable: true };
  const { input, output, ...own } = Object.getOwnPropertyDescriptors(layer);
  return Object.create(Object.getPrototypeOf(layer), { ...own, trainable });
}

/** What compiles a second model alike, with nothing that a run of the first would change. */
export function compileAgain(given: CompileOptions, { optimizer, heads }: Compiled): CompileOptions {
  const [head, ...others] = heads as [Head, ...Head[]];
  const metrics =
    others.length === 0
      ? head.metrics.map(copyMetric)
      : Object.fromEntries(heads.map((each) => [each.name, each.metrics.map(copyMetric)]));
  return { ...given, optimizer: copyOptimizer(optimizer), metrics };
}

/** A metric of the user's own is shared. */
function copyMetric(metric: Metric) {
  const { name, config } = metric;
  return config ? savedAs({ name, config }) : metric;
}
