import { signal } from "@preact/signals";
import type { Lab } from "./lab.js";

/** Single keys can be switched off: who speaks to the computer would press them by accident. */
export const shortcuts = signal(true);

const TYPED = "input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, dialog[open] *";

export function listen(lab: Lab): void {
  const keys: Readonly<Record<string, () => void>> = {
    p: lab.toggle,
    s: () => !lab.playing.value && lab.step(),
    r: lab.reset,
    c: () => lab.race(!lab.racing.value),
    x: () => (lab.editing.value = lab.editing.value === "A" ? "B" : "A"),
  };
  addEventListener("keydown", (event) => {
    if (!shortcuts.value || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if ((event.target as Element | null)?.matches?.(TYPED)) return;
    const act = keys[event.key.toLowerCase()];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}
