/** The buffers of all arrays in a message: what is sent belongs to the message, so they are handed over and not copied. */
export function buffersIn(message: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    if (ArrayBuffer.isView(value)) {
      // Shared memory stays where it is, seen from both sides.
      if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
    } else if (!isNumbers(value)) Object.values(value).forEach(visit);
  };
  visit(message);
  return [...found];
}

/** Whether it is an array of plain values, in which there is nothing to look for. */
export function isNumbers(value: object): boolean {
  return Array.isArray(value) && value.length > 0 && (value[0] === null || typeof value[0] !== "object");
}
