import type { Batches, HostBatch } from "../data/batches.js";
import { type BatchesOptions, Dataset } from "../data/dataset.js";
import type { Element } from "../data/fields.js";
import type { Pass } from "../data/rows.js";
import type { HostArray } from "../util/host-array.js";
import type { Line } from "./line.js";
import type { PageRows } from "./parcel.js";

/** A pass that the page has opened. */
export interface OpenedPass {
  readonly pass: number;
  readonly steps: number | undefined;
}

/** Batches that are on their way while one is used: the page may be busy for the time of a few steps. */
const AHEAD = 8;

/** A dataset that stayed in the page: each pass asks there for its batches, some ahead. So generators and functions of rows run where they were written. */
export class PageDataset extends Dataset {
  constructor(
    private readonly line: Line,
    private readonly rows: PageRows,
  ) {
    const { rows: size, batched } = rows;
    super({
      kind: "stream",
      open: (pass) => this.elements(pass),
      extent: { rows: size, elements: batched && size !== undefined ? Math.ceil(size / batched) : size },
      batch: batched ? { size: batched, dropRemainder: false } : undefined,
      shuffles: 0,
    });
  }

  override async batches(options: BatchesOptions = {}): Promise<Batches> {
    const { pass, steps } = await this.line.call<OpenedPass>("openPass", this.rows.datasetOfPage, options);
    return { steps, sync: undefined, [Symbol.asyncIterator]: () => this.read(pass) };
  }

  private async *read(pass: number): AsyncGenerator<HostBatch, void, undefined> {
    const next = () => {
      const batch = this.line.call<HostBatch | undefined>("nextBatch", pass);
      batch.catch(() => undefined); // it is reported when its turn comes, not before
      return batch;
    };
    const coming = Array.from({ length: AHEAD }, next);
    try {
      for (;;) {
        const batch = await (coming.shift() as Promise<HostBatch | undefined>);
        if (!batch) return;
        coming.push(next());
        yield batch;
      }
    } finally {
      await this.line.call("closePass", pass);
    }
  }

  private async *elements({ epoch, seed }: Pass): AsyncGenerator<Element, void, undefined> {
    const pass = { epoch, ...(seed === undefined ? {} : { seed }) };
    if (this.batched) return yield* await this.batches(pass);
    for await (const { layout, fields } of await this.batches({ ...pass, batchSize: 1 })) {
      yield { layout, fields: fields.map(rowOf) };
    }
  }
}

const rowOf = (field: HostArray): HostArray => ({ ...field, shape: field.shape.slice(1) });
