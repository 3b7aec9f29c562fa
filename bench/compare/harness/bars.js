/**
 * The goals of a workload against what was measured: how many times as fast as another library wasmgrad must be.
 *
 * @returns for each `{ goal, measured, met }`; `measured` says why where there is no number
 */
export function checkBars({ title, bars = [] }, runs, { threads, nodeMajor }) {
  return bars.flatMap(({ threads: count, against, atLeast, node }) => {
    if (node !== undefined && nodeMajor < node) return [];
    const own = count === "many" ? Math.max(threads, 1) : 1;
    const ours = runs.find(({ entry }) => entry.library === "wasmgrad" && entry.threads === own);
    const theirs = runs.find(({ entry }) => entry.library === against && entry.threads === 1);
    if (!ours || !theirs || (count === "many" && threads < 2)) return [];
    const name = own === 1 ? "one thread" : `${own} threads`;
    const goal = `${title}: ${name}, ≥ ${atLeast} × ${theirs.entry.title}`;
    const missing = [ours, theirs].find(({ milliseconds }) => milliseconds === undefined);
    if (missing)
      return [{ goal, measured: `${missing.entry.title}: ${missing.cannot ?? missing.failed}`, met: undefined }];
    const ratio = theirs.milliseconds / ours.milliseconds;
    return [{ goal, measured: `${number(ratio)} ×`, met: ratio >= atLeast }];
  });
}

/** Three significant digits, without an exponent. */
export function number(value) {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(value >= 1 ? 3 : 2);
}
