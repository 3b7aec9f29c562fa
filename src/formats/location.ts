import type { BlobLike } from "../util/file-source.js";

/** The path of a file that a model's file names beside itself. */
export const inFolderOf = (path: string, location: string): string =>
  `${path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1)}${location}`;

/** The path or URL of what has one. */
export function pathOf(place: unknown): string | undefined {
  const path = place !== null && typeof place === "object" && "href" in place ? place.href : place;
  return typeof path === "string" ? path : undefined;
}

/** What a `File` is called: where it lies is the user's secret. */
export const nameOf = (place: unknown): string | undefined => (place as Partial<BlobLike> | null)?.name;
