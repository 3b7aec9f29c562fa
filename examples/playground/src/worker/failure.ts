/** What the page says of an error. Those of the library and of the playground say what to do; the others are mistakes in a program. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `${error}. Press reset to begin anew.`;
  const { name, message } = error;
  if (name === "NumericError") return `Training went out of bounds: ${message}. Press reset to begin anew.`;
  if (name === "OutOfMemoryError") return "There is not enough memory: choose fewer rows, or fewer and smaller layers.";
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) {
    return `This should not have happened (${message}). Press reset to begin anew; if it comes back, load the page again.`;
  }
  return message;
}
