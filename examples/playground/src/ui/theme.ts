import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const KEY = "wasmgrad-theme";
const media = (query: string): MediaQueryList | undefined =>
  typeof matchMedia === "undefined" ? undefined : matchMedia(query);
const darkSystem = media("(prefers-color-scheme: dark)");

function remembered(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

export const theme = signal<Theme>("system");
/** What is on the screen; pictures on a canvas are painted anew when it changes. */
export const dark = signal(false);

function apply(): void {
  dark.value = theme.value === "dark" || (theme.value === "system" && darkSystem?.matches === true);
  document.documentElement.dataset.theme = dark.value ? "dark" : "light";
}

export function choose(next: Theme): void {
  theme.value = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // A page that may store nothing forgets the choice when it is closed.
  }
  apply();
}

export function beginTheme(): void {
  theme.value = remembered();
  darkSystem?.addEventListener("change", apply);
  apply();
}

/** Whether the visitor asked for less motion. */
export const calm = (): boolean => media("(prefers-reduced-motion: reduce)")?.matches === true;
