import type { HostBatch } from "../data/batches.js";
import type { BatchesOptions, Dataset } from "../data/dataset.js";
import type { HostArray } from "../util/host-array.js";
import type { OpenedPass } from "./page-dataset.js";

/** The page's side of datasets that stay there. */
export class PageData {
  private readonly datasets = new Map<number, Dataset>();
  private readonly passes = new Map<number, AsyncIterator<HostBatch>>();
  private count = 0;

  readonly handlers = {
    openPass: async (number: number, options: BatchesOptions): Promise<OpenedPass> => {
      const batches = await (this.datasets.get(number) as Dataset).batches(options);
      const pass = this.count++;
      this.passes.set(pass, batches[Symbol.asyncIterator]());
      return { pass, steps: batches.steps };
    },
    nextBatch: async (pass: number): Promise<HostBatch | undefined> => {
      const { done, value } = (await this.passes.get(pass)?.next()) ?? { done: true, value: undefined };
      return done ? undefined : ownBatch(value);
    },
    closePass: async (pass: number): Promise<void> => {
      const found = this.passes.get(pass);
      this.passes.delete(pass);
      await found?.return?.();
    },
  };

  keep(dataset: Dataset): number {
    this.datasets.set(this.count, dataset);
    return this.count++;
  }

  forget(number: number): void {
    this.datasets.delete(number);
  }
}

/** A dataset fills the same arrays again. */
function ownBatch({ layout, fields, size, x, y }: HostBatch): HostBatch {
  const own = (field: HostArray): HostArray => ({ ...field, data: field.data.slice() });
  const copies = new Map([...x, ...y].map((field) => [field, own(field)]));
  const copied = (list: readonly HostArray[]) => list.map((field) => copies.get(field) as HostArray);
  return { layout, size, fields: copied(fields), x: copied(x), y: copied(y) };
}
