/** The buffers of all arrays in a message: handed over, they need not be copied. */
export function buffersIn(message: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(message)) return [message.buffer as ArrayBuffer];
  if (message === null || typeof message !== "object") return [];
  return [...new Set(Object.values(message).flatMap(buffersIn))];
}
