/** Milliseconds of training before the worker hears what the page has sent. */
export const TURN = 40;

/** Lets the worker hear what the page has sent, for so many milliseconds at least. */
export function turn(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
