import type { Kernels } from "#kernels/kernels";

export type Kernel = (...args: number[]) => unknown;

/** The kernels of one dtype: as functions, and as calls that can be repeated without garbage. */
export interface Table {
  readonly kernels: Kernels;
  /** The call of a kernel with these arguments, which does not last longer than `owner`. */
  bind(name: string, args: readonly number[], owner: object): () => unknown;
}

export function plainTable(kernels: Kernels): Table {
  const byName = kernels as unknown as Record<string, Kernel>;
  return { kernels, bind: (name, args) => (byName[name] as Kernel).bind(null, ...args) };
}

/**
 * A training step or a prediction as a list of kernel calls with fixed addresses. It is made by running the ordinary code once while
 * every kernel call is noted, and run again from then on with no shapes to check, no tensors to make and no garbage. What changes
 * from step to step (data, learning rate, random counters) is read from memory by the kernels.
 */
export class Program {
  private readonly calls: (() => unknown)[] = [];
  private readonly kept: object[] = [];

  /** Runs every call again, in order. */
  run(): void {
    const { calls } = this;
    for (let i = 0; i < calls.length; i++) (calls[i] as () => unknown)();
  }

  /** Keeps alive what the calls point to: constants that were written once, from outside, while recording. */
  keep(owner: object): void {
    this.kept.push(owner);
  }

  /** The same kernels, each noted here as it runs. */
  recorder({ kernels, bind }: Table): Kernels {
    const table = {} as Record<string, Kernel>;
    for (const [name, kernel] of Object.entries(kernels) as [string, Kernel][]) {
      table[name] = (...args) => {
        this.calls.push(bind(name, args, this));
        return kernel(...args);
      };
    }
    return table as unknown as Kernels;
  }
}
