import { asBatch, type Batches, type BatchRule, batchRows, batchView, countBatches } from "./batches.js";
import type { Element } from "./fields.js";
import { concatViews, type Pass, storeView, type View } from "./rows.js";
import { collect, type Open, rowElements, skipStream } from "./stream.js";

/** Sizes as far as they are known before a pass: Infinity for "without end". */
export interface Extent {
  readonly rows: number | undefined;
  /** Rows, or batches once it is batched. */
  readonly elements: number | undefined;
}

export const UNKNOWN: Extent = { rows: undefined, elements: undefined };

/** The sum of two sizes, where both are known. */
export function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

/** A size so many times. */
export function times(a: number | undefined, count: number): number | undefined {
  if (count === 0 || a === 0) return 0;
  return a === undefined ? undefined : a * count;
}

interface Common {
  readonly extent: Extent;
  readonly batch: BatchRule | undefined;
  /** Shuffles so far; each has a stream of its own. */
  readonly shuffles: number;
}

/** Rows that are in memory, or will be once loaded. */
export interface RowSource extends Common {
  readonly kind: "rows";
  /** The rows, where they are in memory by now. */
  view(): View | undefined;
  load(): Promise<View>;
}

/** Elements that come one by one. */
export interface StreamSource extends Common {
  readonly kind: "stream";
  readonly open: Open;
}

export type Source = RowSource | StreamSource;

export function viewSource(view: View): RowSource {
  const extent = { rows: view.size, elements: view.size };
  return { kind: "rows", view: () => view, load: async () => view, extent, batch: undefined, shuffles: 0 };
}

/** The same rows in another view. */
export function deriveRows(source: RowSource, extent: Extent, derive: (view: View) => View): RowSource {
  // Deriving checks and joins; doing it once keeps `view()` cheap.
  let from: View | undefined;
  let made: View | undefined;
  const of = (view: View): View => {
    if (view !== from || !made) {
      made = derive(view);
      from = view;
    }
    return made;
  };
  return {
    ...source,
    extent,
    view: () => {
      const view = source.view();
      return view && of(view);
    },
    load: async () => of(await source.load()),
  };
}

/** The rows of both, once both are in memory. */
export function joinRows(first: RowSource, second: RowSource, extent: Extent): RowSource {
  const load = async () => concatViews(await first.load(), await second.load());
  let joined: View | undefined;
  const view = () => {
    const [a, b] = [first.view(), second.view()];
    return (joined ??= a && b && concatViews(a, b));
  };
  view();
  return { kind: "rows", view, load, extent, batch: undefined, shuffles: Math.max(first.shuffles, second.shuffles) };
}

/** Reads a stream on first use and keeps it: rows column by column, batches as they are. */
export function cacheSource(source: StreamSource): Source {
  if (source.batch) return cacheBatches(source);
  const load = once(async () => storeView(await collect(source.open({ epoch: 0, seed: undefined }))));
  return { ...source, kind: "rows", view: load.value, load: load.get };
}

function cacheBatches(source: StreamSource): StreamSource {
  const load = once(async () => {
    const elements: Element[] = [];
    for await (const element of source.open({ epoch: 0, seed: undefined })) elements.push(element);
    return elements;
  });
  return {
    ...source,
    open: async function* () {
      yield* await load.get();
    },
  };
}

/** A promise asked for once; after a failure, again. */
function once<T>(make: () => Promise<T>): { get(): Promise<T>; value(): T | undefined } {
  let promise: Promise<T> | undefined;
  let value: T | undefined;
  return {
    value: () => value,
    get: () =>
      (promise ??= make().then(
        (made) => (value = made),
        (error) => {
          promise = undefined;
          throw error;
        },
      )),
  };
}

/** Any source as a stream of its elements. */
export function openElements(source: Source, pass: Pass): AsyncIterable<Element> {
  if (source.kind === "stream") return source.open(pass);
  return (async function* () {
    const view = source.view() ?? (await source.load());
    if (source.batch) yield* batchView(view, pass, source.batch, "never");
    else yield* rowElements(view, pass);
  })();
}

/** One pass in batches. A source that is batched keeps its own rule; `skip` counts batches. */
export async function openBatches(source: Source, pass: Pass, rule: BatchRule, skip: number): Promise<Batches> {
  const left = (steps: number | undefined) => (steps === undefined ? undefined : Math.max(0, steps - skip));
  if (source.kind === "rows") {
    const view = source.view() ?? (await source.load());
    const own = source.batch ?? rule;
    const sync = { [Symbol.iterator]: () => batchView(view, pass, own, "alternate", skip) };
    return {
      steps: left(countBatches(view.size, own)),
      sync,
      async *[Symbol.asyncIterator]() {
        yield* sync;
      },
    };
  }
  const { rows, elements } = source.extent;
  if (!source.batch) {
    return {
      steps: left(rows === undefined ? undefined : countBatches(rows, rule)),
      sync: undefined,
      [Symbol.asyncIterator]: () => batchRows(source.open(pass), rule, "alternate", skip),
    };
  }
  return {
    steps: left(elements),
    sync: undefined,
    async *[Symbol.asyncIterator]() {
      for await (const element of skipStream(source.open(pass), skip)) yield asBatch(element);
    },
  };
}
