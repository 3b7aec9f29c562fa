/** One thing to time. */
export interface Case {
  name: string;
  run: () => void;
  /** Calls in one sample, so that a sample lasts about as long as those it takes turns with. */
  calls?: number;
}

/** Seconds of processor time that this process has had: unlike the clock, it stands still while other processes run. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * Median seconds of one call of each case, in processor time, so of work on one thread. The cases take turns, so that a busy moment of
 * the machine meets all of them; two rounds go before the ones that count. A sample should last a millisecond or more.
 */
export function interleave(cases: readonly Case[], rounds: number): number[] {
  const samples = cases.map(() => [] as number[]);
  for (let round = -2; round < rounds; round++) {
    cases.forEach(({ run, calls = 1 }, i) => {
      run(); // brings its data back into the caches
      const start = processorTime();
      for (let call = 0; call < calls; call++) run();
      if (round >= 0) samples[i]?.push((processorTime() - start) / calls);
    });
  }
  return samples.map((each) => each.sort((p, q) => p - q)[each.length >> 1] as number);
}

/** Lines of columns: the first to the left, the others to the right. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  for (const row of all) {
    console.log(
      row
        .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    );
  }
}

/** `0.853` → `"85 %"`. */
export const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
