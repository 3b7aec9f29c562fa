import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useLab } from "./context.js";
import { pageLink } from "./page-link.js";
import { shortcuts } from "./shortcuts.js";
import { choose, type Theme, theme } from "./theme.js";

const THEMES: readonly (readonly [Theme, string, string])[] = [
  ["system", "As the system", "M4 5h16v11H4zM9 19.500h6M12 16v3.500"],
  [
    "light",
    "Light",
    "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600l1.400 1.400M17 17l1.400 1.400M5.600 18.400L7 17M17 7l1.400-1.400",
  ],
  ["dark", "Dark", "M19.500 14A8 8 0 0 1 10 4.500 8 8 0 1 0 19.500 14z"],
];

function Themes() {
  return (
    <fieldset class="themes">
      <legend class="hidden">Colour scheme</legend>
      {THEMES.map(([value, label, path]) => (
        <label key={value} title={label}>
          <input type="radio" name="theme" checked={theme.value === value} onChange={() => choose(value)} />
          <span class="theme-face">
            <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
              <path
                d={path}
                fill="none"
                stroke="currentColor"
                stroke-width="1.700"
                stroke-linecap="round"
                stroke-linejoin="round"
              />
            </svg>
            <span class="hidden">{label}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Shortcuts() {
  const dialog = useRef<HTMLDialogElement>(null);
  const keys = [
    ["p", "Play or pause"],
    ["s", "Step one epoch"],
    ["r", "Reset to epoch 0"],
    ["c", "Race two settings, or stop it"],
    ["x", "Edit the other of the two"],
  ] as const;
  return (
    <>
      <button type="button" class="button keys-button" onClick={() => dialog.current?.showModal()}>
        Keys
      </button>
      <dialog ref={dialog} aria-labelledby="keys-title">
        <form method="dialog">
          <h2 id="keys-title">Keys</h2>
          <dl class="shortcuts">
            {keys.map(([key, what]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <label class="switch-line">
            <input
              type="checkbox"
              class="switch"
              checked={shortcuts.value}
              onChange={(event) => (shortcuts.value = event.currentTarget.checked)}
            />
            Keys are on
          </label>
          <button type="submit" class="button wide">
            Close
          </button>
        </form>
      </dialog>
    </>
  );
}

export function Header() {
  const lab = useLab();
  const copied = useSignal("");
  const copy = async (): Promise<void> => {
    const link = Object.assign(new URL(location.href), { hash: pageLink(lab.now()) }).href;
    history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      copied.value = "Copied";
    } catch {
      copied.value = "Copy it from the address bar";
    }
    setTimeout(() => (copied.value = ""), 2500);
  };
  return (
    <header class="header">
      <div class="brand">
        <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
          <rect width="32" height="32" rx="8" class="brand-tile" />
          <path d="M6 22C12 22 12 9 17 9s4 13 9 13" fill="none" class="brand-line" />
          <circle cx="9" cy="11" r="3" fill="#e69f00" />
          <path d="M20 3.500h6v6h-6z" fill="#56b4e9" />
        </svg>
        <h1>
          wasmgrad <span>playground</span>
        </h1>
      </div>
      <div class="header-tools">
        <button type="button" class="button" onClick={copy}>
          <span aria-live="polite">
            {copied.value || (
              <>
                <span class="roomy">Copy link</span>
                <span class="narrow">Link</span>
              </>
            )}
          </span>
        </button>
        <Shortcuts />
        <Themes />
      </div>
    </header>
  );
}
