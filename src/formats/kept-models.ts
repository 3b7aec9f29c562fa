import { platform } from "#platform";
import { show } from "../util/check.js";
import { PlatformError, ValueError } from "../util/errors.js";
import type { FileFormat } from "./format.js";
import { inFolderOf } from "./location.js";
import { byEnding, type Format, registry } from "./registry.js";

/** A model that the browser keeps. */
export interface StoredModel {
  readonly format: Format;
  /** Of all of its files. */
  readonly bytes: number;
  readonly dateSaved: Date;
}

/**
 * The models that the browser keeps for this page's origin, by the paths that `save` was given and `load` takes: those in IndexedDB,
 * `indexeddb://…`, and in the origin's private file system, `opfs://…`, where a page may keep other files too: a model's is known by its extension.
 *
 * @throws PlatformError in Node, and where the browser does not let the page at its storage
 * @example
 * // not run: needs a browser
 * await save(wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]), "indexeddb://digits.safetensors");
 * for (const [path, { bytes, dateSaved }] of Object.entries(await listModels())) console.log(path, bytes, dateSaved);
 */
export async function listModels(): Promise<Record<string, StoredModel>> {
  const kept = await (await platform.keptFiles("listModels: storage")).list();
  const files = new Map(kept.map((file) => [file.path, file]));
  const models: [string, StoredModel][] = [];
  const parts = new Set<string>();
  for (const { path, bytes, dateSaved } of kept) {
    const format = byEnding(path)?.format;
    if (!format) continue;
    const beside = (await besideOf(path)).flatMap((each) => files.get(each) ?? []);
    for (const each of beside) parts.add(each.path);
    models.push([path, { format, bytes: beside.reduce((sum, each) => sum + each.bytes, bytes), dateSaved }]);
  }
  return Object.fromEntries(models.filter(([path]) => !parts.has(path)));
}

/**
 * Removes a model that the browser keeps, with the files that `save` wrote beside it.
 *
 * @param path as `listModels` has it
 * @throws PlatformError in Node, and where there is no such file; ValueError for another path
 * @example
 * // not run: needs a browser
 * await removeModel("indexeddb://digits.safetensors");
 */
export async function removeModel(path: string): Promise<void> {
  if (typeof path !== "string" || !/^(indexeddb|opfs):\/\/./.test(path)) {
    throw new ValueError(
      `removeModel: path expected one that listModels() has, such as "indexeddb://m.safetensors", got ${show(path)}`,
    );
  }
  const kept = await platform.keptFiles("removeModel: storage");
  const paths = (await kept.list()).map((file) => file.path);
  if (!paths.includes(path)) {
    throw new PlatformError(
      `removeModel: path expected one of ${paths.join(", ") || "none that there are"}, got ${show(path)}`,
    );
  }
  await kept.remove([...(await besideOf(path)), path]);
}

/** The paths of what belongs to a file of several. */
async function besideOf(path: string): Promise<readonly string[]> {
  const known = byEnding(path);
  if (!known || !("isSeveral" in registry[known.format])) return [];
  const { beside }: FileFormat = await registry[known.format].open();
  const stem = path.slice(path.lastIndexOf("/") + 1, path.length - known.ending.length);
  return (
    beside?.({ name: path, bytes: await platform.readFile(path) }, stem).map((each) => inFolderOf(path, each)) ?? []
  );
}
