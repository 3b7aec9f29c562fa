import type { Kernels } from "#kernels/kernels";
import { Workspace } from "./workspace.js";

export type Kernel = (...args: number[]) => unknown;

/** The kernels of one dtype: as functions, and as calls that can be repeated without garbage. */
export interface Table {
  readonly kernels: Kernels;
  /** The call of a kernel with these arguments, which does not last longer than `owner`. */
  bind(name: string, args: readonly number[], owner: object): () => unknown;
}

export function plainTable(kernels: Kernels): Table {
  return { kernels, bind: (name, args) => kernelOf(kernels, name).bind(null, ...args) };
}

/** The kernels of a binary in parts. Those of another part than the first are loaded with the first call of one of them. */
export function joinedTable(first: Table, partOf: (name: string) => number, load: (part: number) => Table): Table {
  const tables = [first];
  const tableOf = (name: string): Table => {
    const part = name in first.kernels ? 0 : partOf(name);
    const known = tables[part];
    if (known) return known;
    const table = load(part);
    Object.assign(kernels, table.kernels);
    tables[part] = table;
    return table;
  };
  const kernels = kernelsMade(
    (name) =>
      (...args) =>
        kernelOf(tableOf(name).kernels, name)(...args),
  );
  Object.assign(kernels, first.kernels);
  return { kernels, bind: (name, args, owner) => tableOf(name).bind(name, args, owner) };
}

const kernelOf = (kernels: Kernels, name: string): Kernel => kernels[name as keyof Kernels] as Kernel;

/** Kernels each of which is made when it is asked for, so that no list of them all is needed. */
function kernelsMade(make: (name: string) => Kernel): Kernels {
  const made: Record<string, Kernel> = Object.create(
    new Proxy({}, { get: (_, name: string) => (made[name] = make(name)) }),
  );
  return made as unknown as Kernels;
}

interface Noted {
  readonly args: readonly number[];
  bind(args: readonly number[], owner: object): () => unknown;
}

/**
 * A training step or a prediction as a list of kernel calls with fixed addresses. It is made by the ordinary code while every kernel call is
 * noted instead of made, and run from then on with no shapes to check, no tensors to make and no garbage. What changes from step to step
 * (data, learning rate, random counters) is read from memory by the kernels.
 */
export class Program {
  /** Where tensors lie that are made while it is recorded. */
  readonly workspace = new Workspace();
  private readonly noted: Noted[] = [];
  private readonly kept: object[] = [];
  private calls: (() => unknown)[] | undefined;

  /** Runs every call, in order. A program whose workspace is not empty needs a place before. */
  run(): void {
    if (!this.calls) this.place(0);
    const calls = this.calls as (() => unknown)[];
    for (let i = 0; i < calls.length; i++) (calls[i] as () => unknown)();
  }

  /** Puts the workspace at a real address, where it has `workspace.bytes` for itself while the program runs. May be done again. */
  place(base: number): void {
    // The list owns what its calls hold, which goes with it when there are new addresses.
    const calls: (() => unknown)[] = [];
    for (const { args, bind } of this.noted) calls.push(bind(this.workspace.placed(base, args), calls));
    this.calls = calls;
    this.workspace.place(base);
  }

  /** Keeps alive what the calls point to: constants that were written once, from outside, while recording. */
  keep(owner: object): void {
    this.kept.push(owner);
  }

  /** In each run, after the calls before and ahead of those behind: calls `look` with the place of what has the address `at` now. */
  look(at: number, look: (at: number) => void): void {
    this.note([at], ([place]) => look.bind(null, place as number));
  }

  /** The same kernels, each noted here when it is called. */
  recorder({ bind }: Table): Kernels {
    return kernelsMade(
      (name) =>
        (...args) =>
          this.note(args, (placed, owner) => bind(name, placed, owner)),
    );
  }

  private note(args: readonly number[], bind: Noted["bind"]): void {
    this.workspace.use(this.noted.length, args);
    this.noted.push({ args, bind });
  }
}
