import type { DrawnDigit } from "../../protocol.js";

const KEY = "wasmgrad-drawings";

/** Drawings outlive the page, in the browser alone. */
export function rememberDrawings(drawings: readonly DrawnDigit[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(drawings));
  } catch {
    // A page that may store nothing forgets them when it is closed.
  }
}

export function rememberedDrawings(): readonly DrawnDigit[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter(isDrawing) : [];
  } catch {
    return [];
  }
}

function isDrawing(each: unknown): each is DrawnDigit {
  const { digit, strokes } = (each ?? {}) as Partial<DrawnDigit>;
  const isPoint = (point: unknown) =>
    Array.isArray(point) && point.length === 2 && point.every((value) => Number.isFinite(value));
  return (
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].includes(digit as number) &&
    Array.isArray(strokes) &&
    strokes.length > 0 &&
    strokes.every((stroke) => Array.isArray(stroke) && stroke.every(isPoint))
  );
}
