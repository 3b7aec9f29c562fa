import { memory } from "../backend/engine.js";
import type { Metric } from "../nn/metric.js";
import type { Tensor } from "../tensor/tensor.js";
import type { HostArray } from "../util/host-array.js";
import type { Logs } from "./callback.js";

/** The running means of one epoch: the loss by rows, and each metric in its own way. */
export class Meter {
  private sum = 0;
  private rows = 0;

  constructor(private readonly metrics: readonly Metric[]) {}

  reset(): void {
    this.sum = 0;
    this.rows = 0;
    for (let i = 0; i < this.metrics.length; i++) (this.metrics[i] as Metric).reset();
  }

  add(loss: number, rows: number, y: HostArray, output: Tensor): void {
    this.sum += loss * rows;
    this.rows += rows;
    if (this.metrics.length === 0) return;
    const predicted = { data: memory().view(output.at, output.size, output.dtype), shape: output.shape };
    // By number, here and below: V8 makes an iterator each time until it has compiled a function for good.
    for (let i = 0; i < this.metrics.length; i++) (this.metrics[i] as Metric).update(y, predicted);
  }

  /** The means so far. */
  logs(): Logs {
    const logs: Logs = { loss: this.sum / this.rows };
    for (let i = 0; i < this.metrics.length; i++) {
      const metric = this.metrics[i] as Metric;
      logs[metric.name] = metric.result();
    }
    return logs;
  }

  /** The same, each value worked out only when read. */
  lazyLogs(): Logs {
    const logs = {} as Logs;
    const define = (name: string, get: () => number) => Object.defineProperty(logs, name, { enumerable: true, get });
    define("loss", () => this.sum / this.rows);
    for (const metric of this.metrics) define(metric.name, () => metric.result());
    return logs;
  }
}
