import type { Kernels } from "#kernels/kernels";
import names from "#kernels/names";
import { ruleOf } from "./cuts.js";
import { JOB_BYTES, writeJob } from "./jobs.js";
import type { Binary, Pool } from "./pool.js";
import { type Kernel, plainTable, type Table } from "./program.js";

export { Pool } from "./pool.js";

/** The kernels of a binary, those calls shared out over the pool that are large enough. */
export function sharedTable(kernels: Kernels, pool: Pool, binary: Binary, bytesEach: number): Table {
  const { memory } = pool;
  const plain = plainTable(kernels);
  const table = { ...kernels } as unknown as Record<string, Kernel>;
  const numbers = new Map(names.map((name, number) => [name, number]));
  const writes = (at: number, name: string, args: readonly number[]) =>
    writeJob(memory, at, numbers.get(name) as number, name, args, bytesEach);

  for (const name of names) {
    const kernel = table[name];
    if (!kernel || !ruleOf(name)) continue;
    table[name] = (...args) => {
      if (writes(pool.job, name, args)) pool.run(pool.job, binary);
      else kernel(...args);
    };
  }
  return {
    kernels: table as unknown as Kernels,
    bind(name, args, owner) {
      if (!ruleOf(name) || !writes(pool.job, name, args)) return plain.bind(name, args, owner);
      const at = memory.takeFor(owner, JOB_BYTES);
      memory.u8.copyWithin(at, pool.job, pool.job + JOB_BYTES);
      return pool.run.bind(pool, at, binary);
    },
  };
}
