let channel: MessageChannel | undefined;
const waiting: (() => void)[] = [];

/** Milliseconds of work before others have their turn. */
const TURN = 50;

/**
 * Lets timers, finalizers, messages and input have their turn. By a message to itself where there is no `setImmediate`: browsers let nested timers
 * wait for 4 ms.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else {
      channel ??= opened();
      waiting.push(resolve);
      channel.port2.postMessage(undefined);
    }
  });
}

/** For long work in short pieces: asked after each piece, it answers what to wait for once the others' turn has come. */
export function turns(): () => Promise<void> | undefined {
  let begun = performance.now();
  return () => {
    if (performance.now() - begun < TURN) return undefined;
    return nextTurn().then(() => {
      begun = performance.now();
    });
  };
}

function opened(): MessageChannel {
  const made = new MessageChannel();
  made.port1.onmessage = () => waiting.shift()?.();
  return made;
}
