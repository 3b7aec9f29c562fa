import type { Entry, Kind } from "./journal.js";
import type { Options } from "./options.js";
import type { Verdict } from "./verdict.js";

/** Prints what a run has shown. */
export function show(
  options: Options,
  verdict: Verdict,
  entries: readonly Entry[],
  { throughput, bytes }: { readonly throughput: number; readonly bytes: number | undefined },
): void {
  const latencies = (kind: Kind): string => {
    const sorted = entries
      .filter(([each]) => each === kind)
      .map(([, , ms]) => ms as number)
      .sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]?.toFixed(1);
    return `${at(0.5)} / ${at(0.95)} / ${at(0.99)} ms`;
  };
  const listed = (numbers: readonly number[]) =>
    `${numbers.length}${numbers.length ? `: ${numbers.slice(0, 20).join(", ")}${numbers.length > 20 ? ", …" : ""}` : ""}`;
  const possible = options.workers / options.trial;
  const rows: [string, string | number][] = [
    ["workers", options.workers],
    ["throughput", `${throughput.toFixed(1)} trials/s (${possible.toFixed(1)} where the storage takes no time)`],
    ["ask, p50 / p95 / p99", latencies("ask")],
    ["tell, p50 / p95 / p99", latencies("tell")],
    ["trials", `${verdict.trials}, ${verdict.complete} complete`],
    ["workers that died", entries.filter(([kind]) => kind === "died").length],
    ["retries", verdict.retries],
    ["taken for dead alive", verdict.mistaken],
    ...(bytes === undefined ? [] : [["bytes of a trial", Math.round(bytes / verdict.trials)] as [string, number]]),
    ["duplicates", listed(verdict.duplicates)],
    ["lost trials", listed(verdict.lost)],
    ["holes", listed(verdict.holes)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) console.log(`${name.padEnd(width)}  ${value}`);
}
