/** Calls at most once in `interval` milliseconds, with the last arguments; the first call goes through at once. */
export function throttle<A extends readonly unknown[]>(call: (...args: A) => void, interval: number) {
  let last = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: A | undefined;
  const run = (): void => {
    timer = undefined;
    last = Date.now();
    const args = waiting;
    waiting = undefined;
    if (args !== undefined) call(...args);
  };
  const throttled = (...args: A): void => {
    waiting = args;
    if (timer === undefined) {
      const wait = last + interval - Date.now();
      if (wait <= 0) run();
      else timer = setTimeout(run, wait);
    }
  };
  throttled.cancel = (): void => {
    clearTimeout(timer);
    timer = undefined;
    waiting = undefined;
  };
  return throttled;
}
