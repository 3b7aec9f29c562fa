import { checkText, nearest, show } from "../../util/check.js";
import { FormatError, ValueError } from "../../util/errors.js";
import type { FileArray } from "../../util/file-array.js";
import { sameShape, showShape } from "../../util/shapes.js";
import { type Held, theirShapes } from "../layouts/layout.js";

/** What a state dict has of a module: its entries, by their names without the module's. */
export type Modules = ReadonlyMap<string, ReadonlyMap<string, FileArray>>;

/** Which module each layer is, by their names. */
export type Names = Readonly<Record<string, string>>;

/** What torch.compile and torch.nn.DataParallel put in front of all names. */
const wrappers = ["_orig_mod.", "module."];

const LEVEL = /^((?:weight|bias)_[a-z]+_l)(\d+)(_reverse)?$/;

/** The modules of a state dict in its order. A layer of a recurrent module that has several is `lstm:1` and so on. */
export function modulesOf(state: ReadonlyMap<string, FileArray>): Modules {
  const modules = new Map<string, Map<string, FileArray>>();
  const keys = [...state.keys()];
  let skipped = 0;
  for (let wrapper: string | undefined = ""; wrapper !== undefined; ) {
    skipped += wrapper.length;
    wrapper = wrappers.find((each) => keys.length > 0 && keys.every((key) => key.startsWith(each, skipped)));
  }
  for (const [key, array] of state) {
    const dot = key.lastIndexOf(".");
    const entry = key.slice(Math.max(dot + 1, skipped));
    const [, kind, level, reverse = ""] = LEVEL.exec(entry) ?? [];
    const module = key.slice(skipped, Math.max(dot, skipped));
    const name = level === undefined || Number(level) === 0 ? module : `${module}:${Number(level)}`;
    const entries = modules.get(name) ?? new Map<string, FileArray>();
    entries.set(kind === undefined ? entry : `${kind}0${reverse}`, array);
    modules.set(name, entries);
  }
  return modules;
}

/** What a state dict calls an entry of a module. */
export function keyOf(module: string, entry: string): string {
  const [, name = module, level] = /^(.*):(\d+)$/.exec(module) ?? [];
  const own = level === undefined ? entry : entry.replace(/_l0(_reverse)?$/, `_l${level}$1`);
  return name === "" ? own : `${name}.${own}`;
}

/** The names that the caller gave. @throws ValueError where one is of no layer, or two layers have one */
export function checkNames(operation: string, names: unknown, held: readonly Held[]): Names {
  if (names === undefined) return {};
  if (names === null || typeof names !== "object" || Array.isArray(names)) {
    throw new ValueError(`${operation}: names expected modules by the names of layers, got ${show(names)}`);
  }
  const layers = held.map(({ name }) => name);
  const taken = new Set<string>();
  for (const [layer, module] of Object.entries(names as Record<string, unknown>)) {
    if (!layers.includes(layer)) {
      const near = nearest(layer, layers);
      throw new ValueError(
        `${operation}: names expected layers with weights, ${layers.join(", ")}, got ${show(layer)}${near ? `; did you mean "${near}"?` : ""}`,
      );
    }
    const text = checkText(operation, `names.${layer}`, module);
    if (taken.has(text)) throw new ValueError(`${operation}: names expected modules that differ, got "${text}" twice`);
    taken.add(text);
  }
  return names as Names;
}

/**
 * Which module each layer is: the one that the caller named, else the one with the layer's own name; the others in their order.
 *
 * @param isOrdered false where the file's order says nothing: then the modules that fit, in the order of their numbers
 * @throws FormatError where modules are missing or too many, or it is not clear which is meant
 */
export function matched(
  held: readonly Held[],
  modules: Modules,
  given: Names,
  { file, isOrdered }: { file: string; isOrdered: boolean },
): Map<Held, string> {
  const left = new Set(modules.keys());
  const found = new Map<Held, string>();
  const wrong: string[] = [];
  const take = (layer: Held, module: string) => {
    found.set(layer, module);
    left.delete(module);
  };
  for (const layer of held) {
    const module = given[layer.name];
    if (module !== undefined && modules.has(module)) take(layer, module);
    else if (module !== undefined) wrong.push(`module "${module}", named for ${textOf(layer)}, is missing`);
  }
  if (wrong.length === 0) {
    for (const layer of held) if (!found.has(layer) && left.has(layer.name)) take(layer, layer.name);
  }
  const missing = held.filter((layer) => !found.has(layer) && given[layer.name] === undefined);
  if (isOrdered) {
    const rest = [...left];
    for (const [i, layer] of missing.entries()) if (rest[i] !== undefined) take(layer, rest[i]);
  } else {
    const rest = [...left].sort(byNumbers);
    for (const layer of missing) {
      const fitting = rest.filter((module) => left.has(module) && fits(layer, modules, module));
      if (new Set(fitting.map((module) => module.replace(/\d+/g, "#"))).size > 1) {
        wrong.push(
          `${textOf(layer)} fits ${fitting.map((each) => `"${each}"`).join(", ")}; pass { names: { ${layer.name}: … } }`,
        );
      }
      if (fitting[0] !== undefined) take(layer, fitting[0]);
    }
  }
  for (const layer of missing) {
    if (!found.has(layer)) wrong.push(`a module for ${textOf(layer)}, ${expected(layer)}, is missing`);
  }
  for (const module of left) {
    const entries = Array.from(modules.get(module) ?? [], ([entry, { shape }]) => `${entry} ${showShape(shape)}`);
    wrong.push(`module "${module}" (${entries.join(", ")}) belongs to no layer`);
  }
  if (wrong.length === 0) return found;
  const pairs = Array.from(found, ([{ name }, module]) => `${name}: "${module}"`);
  throw new FormatError(
    `${file}: modules expected for the layers: ${wrong.slice(0, 20).join("; ")}${wrong.length > 20 ? `; and ${wrong.length - 20} more` : ""}; matched are ${pairs.slice(0, 40).join(", ") || "none"}; pass { names } where others are meant`,
  );
}

const textOf = ({ kind, name }: Held): string => `${kind} "${name}"`;

const expected = (layer: Held): string =>
  Array.from(theirShapes(layer), ([entry, { shape }]) => `${entry} ${showShape(shape)}`).join(", ");

function fits(layer: Held, modules: Modules, module: string): boolean {
  const entries = modules.get(module) as ReadonlyMap<string, FileArray>;
  const wanted = theirShapes(layer);
  return (
    [...entries.keys()].every((entry) => wanted.has(entry)) &&
    [...wanted].every(([entry, { shape, optional }]) => {
      const found = entries.get(entry);
      return found ? sameShape(found.shape, shape) : optional;
    })
  );
}

/** "a.2" before "a.10". */
function byNumbers(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => text.split(/(\d+)/)) as [string[], string[]];
  for (const [i, part] of x.entries()) {
    const other = y[i];
    if (other === undefined) return 1;
    if (part === other) continue;
    return i % 2 === 1 ? Number(part) - Number(other) : part < other ? -1 : 1;
  }
  return x.length - y.length;
}

/** What does not fit between layers and their modules, a line for each. */
export function misfitsIn(found: ReadonlyMap<Held, string>, modules: Modules): string[] {
  return Array.from(found).flatMap(([layer, module]) => {
    const entries = modules.get(module) as ReadonlyMap<string, FileArray>;
    const wanted = theirShapes(layer);
    const missing = [...wanted].flatMap(([entry, { shape, optional }]) => {
      const got = entries.get(entry);
      if (!got)
        return optional ? [] : [`"${keyOf(module, entry)}" ${showShape(shape)} for ${textOf(layer)} is missing`];
      if (sameShape(got.shape, shape)) return [];
      return [
        `"${keyOf(module, entry)}" expected ${showShape(shape)} for ${textOf(layer)}, got ${showShape(got.shape)}`,
      ];
    });
    const more = [...entries].flatMap(([entry, { shape }]) => {
      if (wanted.has(entry)) return [];
      const remedy = entry.startsWith("bias") ? "; build the layer with { useBias: true }" : "";
      return [`"${keyOf(module, entry)}" ${showShape(shape)} is no weight of ${textOf(layer)}${remedy}`];
    });
    return [...missing, ...more];
  });
}
