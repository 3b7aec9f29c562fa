/** Steps of a logarithmic slider: a third of a power of ten, rounded as people say it. */
const STEPS = [1, 2, 5];

/** 1, 2, 5 for each power of ten from 10^`from` to 10^`to`. */
export function ladder(from: number, to: number): number[] {
  const rungs: number[] = [];
  for (let power = from; power < to; power++) for (const step of STEPS) rungs.push(Number(`${step}e${power}`));
  rungs.push(Number(`1e${to}`));
  return rungs;
}

/** A slider over the rungs: its position is the number of the nearest one, by ratio. */
export function rungScale(rungs: readonly number[]) {
  const distance = (a: number, b: number): number =>
    a === 0 || b === 0 ? (a === b ? 0 : 1e3) : Math.abs(Math.log(a / b));
  return {
    to: (position: number): number => rungs[Math.min(rungs.length - 1, Math.max(0, Math.round(position)))] as number,
    from: (value: number): number =>
      rungs.reduce((best, rung, i) => (distance(rung, value) < distance(rungs[best] as number, value) ? i : best), 0),
  };
}
