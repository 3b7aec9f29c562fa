import { vi } from "vitest";
import names from "#kernels/names";
import { memory } from "../../src/backend/engine.js";
import { Pool } from "../../src/backend/pool.js";

// The layout of assembly/threads.ts.
const OUTPUT = 40;
const ARGUMENTS = 80;

type Numbers = [number, number, number, number, number];
type Kernel = (...args: number[]) => unknown;

/**
 * From here on a job runs on this thread in another order of its chunks, and every block twice: once as by a worker that ends right after
 * it, then, when what the job says that it adds into was put back, again. A rule that cuts where results hang together, or that forgets an
 * output, changes bits every time, not only when two threads happen to meet. `init` must ask for two threads or more.
 *
 * @returns the kernels that were shared since, and what brings the threads back
 */
export function redoneJobs(): { shared: Set<string>; restore: () => void } {
  const shared = new Set<string>();
  const run = vi.spyOn(Pool.prototype, "run").mockImplementation((at, { jobs }) => {
    const { u8, u32, f64 } = memory();
    const word = at >>> 2;
    const [number, begin, end, step, chunks] = [0, 1, 2, 3, 4].map((i) => u32[word + i]) as Numbers;
    const [block, outputs, per, tail] = [7, 8, 9, 18].map((i) => u32[word + i]) as Numbers;
    const name = names[number] as string;
    const kernel = (jobs as unknown as Record<string, Kernel>)[name] as Kernel;
    const args = Array.from(f64.subarray((at + ARGUMENTS) >>> 3, ((at + ARGUMENTS) >>> 3) + kernel.length - 2));
    shared.add(name);
    const regions = (p: number, q: number) =>
      Array.from({ length: outputs }, (_, i) => {
        const output = (at + OUTPUT + 8 * i) >>> 2;
        const [address, bytes] = [u32[output] as number, u32[output + 1] as number];
        const from = address + (p / per) * bytes;
        return [from, from + ((q - p) / per) * bytes - tail] as const;
      });
    // All the odd chunks, backwards, then the even ones.
    const order = Array.from({ length: chunks }, (_, i) => i).sort((i, j) => (j % 2) - (i % 2) || j - i);
    for (const chunk of order) {
      const stop = Math.min(end, begin + (chunk + 1) * step);
      for (let p = begin + chunk * step, q = p; p < stop; p = q) {
        q = Math.min(stop, p + block);
        const saved = regions(p, q).map(([from, to]) => [from, u8.slice(from, to)] as const);
        kernel(...args, p, q);
        for (const [from, bytes] of saved) u8.set(bytes, from);
        kernel(...args, p, q);
      }
    }
  });
  return { shared, restore: () => run.mockRestore() };
}
