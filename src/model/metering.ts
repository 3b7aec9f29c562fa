import { memory } from "../backend/engine.js";
import type { Metric } from "../nn/metric.js";
import type { Tensor } from "../tensor/tensor.js";
import type { HostArray } from "../util/host-array.js";
import type { Logs } from "./callback.js";
import type { Head } from "./compile.js";
import type { Fields } from "./fields.js";
import type { Result } from "./plans.js";

/** What logs call a metric: of a model with several outputs the output's name stands in front. */
const keyOf = (heads: readonly Head[], head: Head, metric: Metric): string =>
  heads.length > 1 ? `${head.name}_${metric.name}` : metric.name;

/** All of them, beside `loss`. */
export function metricNames(heads: readonly Head[]): string[] {
  return heads.flatMap((head) => head.metrics.map((metric) => keyOf(heads, head, metric)));
}

/** A metric and the output that it judges. */
interface Counted {
  readonly metric: Metric;
  readonly output: number;
  /** In logs. */
  readonly key: string;
}

/** The running means of one epoch: the loss by rows, and each metric in its own way. */
export class Meter {
  private sum = 0;
  private rows = 0;
  /** Of a model with several outputs, the loss of each. */
  private readonly sums: Float64Array;
  private readonly counted: readonly Counted[];

  constructor(
    private readonly heads: readonly Head[],
    which: "metrics" | "testMetrics",
  ) {
    this.sums = new Float64Array(heads.length > 1 ? heads.length : 0);
    this.counted = heads.flatMap((head, output) =>
      head[which].map((metric) => ({ metric, output, key: keyOf(heads, head, metric) })),
    );
  }

  reset(): void {
    this.sum = 0;
    this.rows = 0;
    this.sums.fill(0);
    for (let i = 0; i < this.counted.length; i++) (this.counted[i] as Counted).metric.reset();
  }

  add({ loss, losses, outputs }: Result, rows: number, y: Fields): void {
    this.sum += loss * rows;
    this.rows += rows;
    for (let i = 0; i < losses.length; i++) (this.sums[i] as number) += (losses[i] as Tensor).item() * rows;
    // By number, here and below: V8 makes an iterator each time until it has compiled a function for good.
    for (let i = 0; i < this.counted.length; i++) {
      const { metric, output } = this.counted[i] as Counted;
      const { at, size, dtype, shape } = outputs[output] as Tensor;
      metric.update(y[output] as HostArray, { data: memory().view(at, size, dtype), shape });
    }
  }

  /** The means so far. */
  logs(): Logs {
    const logs: Logs = { loss: this.sum / this.rows };
    for (let i = 0; i < this.sums.length; i++) {
      logs[`${(this.heads[i] as Head).name}_loss`] = (this.sums[i] as number) / this.rows;
    }
    for (let i = 0; i < this.counted.length; i++) {
      const { metric, key } = this.counted[i] as Counted;
      logs[key] = metric.result();
    }
    return logs;
  }

  /** The same, each value worked out only when read. */
  lazyLogs(): Logs {
    const logs = {} as Logs;
    const define = (name: string, get: () => number) => Object.defineProperty(logs, name, { enumerable: true, get });
    define("loss", () => this.sum / this.rows);
    this.sums.forEach((_, i) => {
      define(`${(this.heads[i] as Head).name}_loss`, () => (this.sums[i] as number) / this.rows);
    });
    for (const { metric, key } of this.counted) define(key, () => metric.result());
    return logs;
  }
}
