/** Drawings that wait for their turn. Each has a task of its own: all at once they would keep the page from answering. */
const waiting = new Set<() => void>();
let isDue = false;

/** Draws soon; what waits already is not drawn twice. */
export function inTurn(draw: () => void): void {
  waiting.add(draw);
  if (isDue) return;
  isDue = true;
  setTimeout(next);
}

export const outOfTurn = (draw: () => void): void => {
  waiting.delete(draw);
};

function next(): void {
  const [draw] = waiting;
  isDue = waiting.size > 1;
  if (isDue) setTimeout(next);
  if (draw === undefined) return;
  waiting.delete(draw);
  draw();
}
