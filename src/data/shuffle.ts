import { type StreamKey, streamKey, Words } from "./words.js";

/** The stream of a shuffle: its seed, and how many shuffles come before it in the same dataset. */
export function shuffleKey(seed: number | undefined, level: number): StreamKey {
  return streamKey(seed ?? 0, `shuffle/${level}`);
}

/** Fisher–Yates: every order is as likely as any other. The same key and epoch give the same one everywhere. */
export function shuffleInPlace(order: Int32Array, key: StreamKey, epoch: number): void {
  const words = new Words(key, epoch);
  for (let i = order.length - 1; i > 0; i--) {
    const j = words.below(i + 1);
    const moved = order[i] as number;
    order[i] = order[j] as number;
    order[j] = moved;
  }
}
