import { colorOf } from "../../report/palette.js";

/** Colours by name, in the light and in the dark; charts take theirs from here too. States have Okabe and Ito's, as every chart of the library. */
const colors: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  page: ["#f4f5f7", "#0f1216"],
  surface: ["#ffffff", "#171b22"],
  ink: ["#171b22", "#eef1f6"],
  muted: ["#565e6c", "#a6afbd"],
  line: ["#e0e4eb", "#2a303a"],
  control: ["#838c9b", "#7c8798"],
  complete: [colorOf(0), "#4db2f0"],
  best: [colorOf(2), "#35cf9f"],
  pruned: [colorOf(4), "#f5b83d"],
  failed: [colorOf(1), "#f58345"],
  running: [colorOf(5), "#a1d8fa"],
  waiting: ["#838c9b", "#7c8798"],
  far: ["#d3dae4", "#353f4d"],
  near: ["#005f96", "#62c0ff"],
};

const declared = (scheme: 0 | 1): string =>
  Object.entries(colors)
    .map(([name, pair]) => `--${name}: ${pair[scheme]};`)
    .join(" ");

export const style = `:root {
  color-scheme: light dark;
  ${declared(0)}
  --font: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", sans-serif;
  font: 16px / 1.5 var(--font);
}
@media (prefers-color-scheme: dark) {
  :root { ${declared(1)} }
}
* { box-sizing: border-box; }
body { max-width: 1280px; margin: 0 auto; padding: 24px 16px 48px; background: var(--page); color: var(--ink); font-variant-numeric: tabular-nums; }
h1 { margin: 0; font-size: 1.5rem; letter-spacing: -0.015em; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0; font-size: 1.05rem; }
h3 { margin: 12px 0 0; font-size: 0.9rem; overflow-wrap: anywhere; }
p { margin: 4px 0 0; }
.muted { color: var(--muted); font-size: 0.9rem; }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; margin-top: 16px; }
section, .head { min-width: 0; padding: 18px 20px; border: 1px solid var(--line); border-radius: 14px; background: var(--surface); }
.counts { display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 10px 0 0; padding: 0; list-style: none; }
.counts li::before { content: ""; display: inline-block; width: 10px; height: 10px; margin-right: 7px; border-radius: 3px; background: var(--state); }
.best { display: flex; flex-wrap: wrap; gap: 10px 28px; margin: 14px 0 0; }
.best div { min-width: 0; }
.best dt { color: var(--muted); font-size: 0.8rem; overflow-wrap: anywhere; }
.best dd { margin: 0; font-size: 1.05rem; font-weight: 600; overflow-wrap: anywhere; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 4px 24px; }
.scroll { overflow-x: auto; margin-top: 8px; }
figure { min-width: 0; margin: 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { padding: 6px 10px; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; max-width: 260px; overflow: hidden; text-overflow: ellipsis; }
th { color: var(--muted); font-weight: 600; }
td.number, th.number { text-align: right; }
th:first-child, td:first-child { padding-left: 0; }
tr:last-child td { border-bottom: 0; }
@media print { section { break-inside: avoid; } }
@media (min-width: 720px) { body { padding-top: 32px; } }`;
