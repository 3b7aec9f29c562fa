import { stat } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { show } from "../../util/check.js";
import { PlatformError, ValueError } from "../../util/errors.js";
import { absent } from "../../util/peer.js";

const ENDINGS = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];

/**
 * The default export of a study's module: what `defineStudy` returned. TypeScript is read by Node itself from 22.18 on, before that by the
 * package `jiti`. For Node alone.
 *
 * @param file a path, from the current folder on, or a file's URL
 * @throws PlatformError where there is no such file, it does not load or `jiti` is missing; ValueError where it ends in something else, or
 *   its default export defines no study
 */
export async function importModule(file: string | URL): Promise<unknown> {
  const path = String(file).startsWith("file:") ? fileURLToPath(file) : resolve(String(file));
  const title = `study module "${path}"`;
  await checkFile(title, path);
  const exported = await loaded(title, path);
  // A module of CommonJS that a compiler made of `export default`.
  const { __esModule: isCompiled, default: inner } = (exported.default ?? {}) as Record<string, unknown>;
  return checkDefinition(title, isCompiled ? { default: inner } : exported);
}

async function checkFile(title: string, path: string): Promise<void> {
  const ending = extname(path);
  if (!ENDINGS.includes(ending)) {
    throw new ValueError(`${title}: a file that ends in ${ENDINGS.join(", ")} expected, got ${show(ending)}`);
  }
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return;
  throw new PlatformError(`${title}: a file expected, got ${found ? "a folder" : "none of that name"}; check the path`);
}

async function loaded(title: string, path: string): Promise<Record<string, unknown>> {
  const { href } = pathToFileURL(path);
  const isForeign = extname(path).endsWith("ts") && !readsTypeScript();
  const load = isForeign ? await transpiler(title, href) : importNatively;
  try {
    return await load(href);
  } catch (cause) {
    throw new PlatformError(`${title}: expected to load, got ${failure(cause, path)}`, { cause });
  }
}

type Load = (href: string) => Promise<Record<string, unknown>>;

const importNatively: Load = (href) => import(/* webpackIgnore: true */ /* @vite-ignore */ href);

function readsTypeScript(): boolean {
  return Boolean((process.features as { readonly typescript?: string | false }).typescript);
}

async function transpiler(title: string, href: string): Promise<Load> {
  try {
    const { createJiti } = await import("jiti");
    // What is transpiled is kept nowhere: threads and processes start at the same moment, and would read what is half written.
    const jiti = createJiti(href, { fsCache: false, interopDefault: false });
    return (file) => jiti.import(file);
  } catch (cause) {
    throw absent(`${title}, in Node before 22.18`, "jiti", cause);
  }
}

/** A line of a file in a stack; not of Node's own modules, `node:…`. */
const PLACE = /(?:^|[\s(]|file:\/\/)((?:\/|[A-Z]:[\\/])[^\s()]+:\d+(?::\d+)?)/g;

/** What a module's code threw, and where: in the module, if it is in there. */
function failure(cause: unknown, path: string): string {
  if (!(cause instanceof Error)) return show(cause);
  const { name, message, stack = "" } = cause;
  const text = `${name}: ${message.trim().replace(/\s+/g, " ")}`;
  const places = [...stack.matchAll(PLACE)].map(([, place]) => place as string);
  const place = places.find((each) => each.startsWith(path)) ?? places[0];
  if (place !== undefined && !text.includes(place)) return `${text} (${place})`;
  return place === undefined && cause instanceof SyntaxError ? `${text}; node --check ${path} shows where` : text;
}

const REMEDY = "write export default defineStudy({ space, objective })";

function checkDefinition(title: string, exported: Record<string, unknown>): unknown {
  const definition = exported.default as Record<string, unknown> | null | undefined;
  if (definition === undefined) {
    const others = Object.keys(exported).filter((name) => name !== "default");
    const got = others.length > 0 ? `${others.slice(0, 8).join(", ")} alone` : "none";
    throw new ValueError(`${title}: a default export expected, got ${got}; ${REMEDY}`);
  }
  if (isStudy(definition)) {
    throw new ValueError(
      `${title}: a default export expected that defines a study, got one that is open already, by study({ … }); ${REMEDY}, which is opened for you`,
    );
  }
  if (definition === null || typeof definition !== "object" || !isObject(definition.space)) {
    throw new ValueError(
      `${title}: a default export expected that defines a study, with space and objective, got ${show(definition)}; ${REMEDY}`,
    );
  }
  if (typeof definition.objective === "function") return definition;
  throw new ValueError(
    `${title}: objective expected a function of a trial, got ${show(definition.objective)}; ${REMEDY}`,
  );
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

/** What `study` returns, or promises. */
function isStudy(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { then, ask } = value as Record<string, unknown>;
  return typeof then === "function" || typeof ask === "function";
}
