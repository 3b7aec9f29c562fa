import { fromLink, toLink } from "../link.js";
import type { LabState, Shown } from "./lab.js";

/** Between the parts of a link: a character that a URL keeps as it is, and that no settings hold. */
const BETWEEN = "~";
const PARTS = [0, 1, 2] as const;

/** The whole page as the part of a URL behind its `#`: one configuration, or two that race, and where they have come to. */
export function pageLink({ a, b, at, log, shown }: LabState): string {
  const hidden = PARTS.filter((part) => shown?.[part] === false);
  const view = [
    ...(at ? [`at=${at}`] : []),
    ...(log ? ["log=1"] : []),
    ...(hidden.length > 0 ? [`hide=${hidden.join("")}`] : []),
  ].join("&");
  return [toLink(a), ...(b ? [toLink(b)] : []), ...(view ? [view] : [])].join(BETWEEN);
}

export function fromPageLink(link: string): LabState {
  const parts = link.replace(/^#/, "").split(BETWEEN);
  const isView = (part: string): boolean => /^(at|log|hide)=/.test(part);
  const [a = "", b] = parts.filter((part) => !isView(part));
  const view = new URLSearchParams(parts.find(isView));
  const at = Number(view.get("at"));
  const hidden = view.get("hide");
  const settings = fromLink(a);
  return {
    a: settings,
    ...(b === undefined ? {} : { b: fromLink(b) }),
    ...(at > 0 ? { at: Math.min(Math.round(at), settings.training.epochs) } : {}),
    ...(view.get("log") === "1" ? { log: true } : {}),
    ...(hidden ? { shown: PARTS.map((part) => !hidden.includes(String(part))) as unknown as Shown } : {}),
  };
}
