import { FormatError } from "../../util/errors.js";
import { fromKeras1 } from "./config.js";

type Json = { readonly [name: string]: unknown };

/** A layer as the config lists it. */
export interface Listed {
  readonly className: string;
  readonly name: string;
  readonly config: Json;
  readonly inbound: readonly unknown[];
}

/** @throws FormatError where it is none */
export function listed(saved: unknown, version: number, file: string): Listed {
  const { class_name, config, inbound_nodes, name } = (saved ?? {}) as Json;
  if (typeof class_name !== "string") throw new FormatError(`${file}: a layer with a class_name expected, got none`);
  const list = Array.isArray(config) ? { layers: config } : ((config ?? {}) as Json);
  const [className, converted] = version === 1 ? fromKeras1(class_name, list) : [class_name, list];
  const inbound = Array.isArray(inbound_nodes) ? inbound_nodes : [];
  return {
    className,
    name: String(name ?? converted.name ?? className.toLowerCase()),
    config: { ...converted, ...calledWith(className, inbound) },
    inbound,
  };
}

/** Which output of which use of a layer. */
export type Reference = readonly [name: string, node: number, tensor: number, named?: Json];

export const key = ([name, node, output]: Reference): string => `${name}\n${node}\n${output}`;

const isReference = (value: unknown): value is Reference => Array.isArray(value) && typeof value[0] === "string";

/** Keras 3 writes one by itself, Keras 2 a list. */
export function references(saved: unknown): Reference[] {
  if (isReference(saved)) return [saved];
  return Array.isArray(saved) ? saved.flatMap(references) : [];
}

/** What one use of a layer is fed: a list of references, or in Keras 3 the arguments of its call; tensors that have names come behind the others. */
export function feeds(node: unknown): Reference[] {
  const given = Array.isArray(node) ? node.filter(isReference) : tensorsIn((node as Json | null)?.args);
  const named = namedIn(node);
  return [...given, ...TENSORS.flatMap((name) => tensorsIn(named[name]))];
}

/** The named arguments that are tensors and no masks, in their order. */
const TENSORS = ["query", "value", "key", "attention_mask", "sequence", "sequences", "initial_state"];

/** The named arguments of one use of a layer. */
function namedIn(node: unknown): Json {
  if (!Array.isArray(node)) return ((node as Json | null)?.kwargs ?? {}) as Json;
  return (node.find(isReference)?.[3] ?? {}) as Json;
}

/** What Keras says of attention where it is called and not where it is made, as entries of its config. */
export function calledWith(className: string, inbound: readonly unknown[]): Json {
  if (!/^(MultiHead|Additive|)Attention$/.test(className)) return {};
  const uses = inbound.map(namedIn).map((named) => ({
    use_attention_mask: tensorsIn(named.attention_mask).length > 0,
    ...Object.fromEntries(Object.entries(named).filter(([name]) => name !== "mask" && !TENSORS.includes(name))),
  }));
  const alike = uses.every((use) => JSON.stringify(use) === JSON.stringify(uses[0]));
  return alike ? (uses[0] ?? {}) : { called: uses };
}

function tensorsIn(value: unknown): Reference[] {
  if (isReference(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  const { class_name, config } = (value ?? {}) as Json;
  const history = class_name === "__keras_tensor__" ? (config as Json).keras_history : undefined;
  return isReference(history) ? [history] : [];
}

/** What the first use of a model within one is called: 1 in TensorFlow.js and early Keras 2, which count its making as 0; else 0. */
export function firstNodes(children: readonly Listed[], ends: readonly Reference[]): Map<string, number> {
  const last = new Map<string, number>();
  const all = [...children.flatMap(({ inbound }) => inbound.flatMap(feeds)), ...ends];
  for (const [name, node] of all) last.set(name, Math.max(node, last.get(name) ?? 0));
  const models = children.filter(({ config }) => config.layers);
  return new Map(models.map(({ name, inbound }) => [name, (last.get(name) ?? 0) >= inbound.length ? 1 : 0]));
}

/** One use of a layer. */
interface Use {
  readonly child: Listed;
  readonly i: number;
  readonly node: unknown;
}

/** The uses that outputs need, in the order of the list: the operations by which Keras 3 writes masks down are not among them. */
export function neededFor(
  outputs: readonly Reference[],
  children: readonly Listed[],
  firsts: ReadonlyMap<string, number>,
): Use[] {
  const byName = new Map(children.map((child) => [child.name, child]));
  const needed = new Set<unknown>();
  const stack = [...outputs];
  while (stack.length > 0) {
    const [name, i] = stack.pop() as Reference;
    const node = byName.get(name)?.inbound[i - (firsts.get(name) ?? 0)];
    if (node === undefined || needed.has(node)) continue;
    needed.add(node);
    stack.push(...feeds(node));
  }
  return children.flatMap((child) =>
    child.inbound.map((node, i) => ({ child, i, node })).filter(({ node }) => needed.has(node)),
  );
}

/** The masks that one use of a layer is told of. */
export const masksOf = (node: unknown): Reference[] => tensorsIn(namedIn(node).mask);

/** Of masks alone. */
const COMBINED = new Set(["Any", "LogicalOr", "ExpandDims", "Concatenate"]);

/** Whether a mask is one that layers make by themselves: Keras 3 writes it as operations on what `mask_zero` or `Masking` is fed. */
export function isOwnMask(
  mask: Reference,
  children: readonly Listed[],
  known: Map<string, boolean> = new Map(),
): boolean {
  const found = known.get(key(mask));
  if (found !== undefined) return found;
  // While it is looked at: one that is made of itself is none.
  known.set(key(mask), false);
  const isOwn = isMadeOfLayers(mask, children, known);
  known.set(key(mask), isOwn);
  return isOwn;
}

function isMadeOfLayers([name, i]: Reference, children: readonly Listed[], known: Map<string, boolean>): boolean {
  const source = children.find((child) => child.name === name);
  const from = feeds(source?.inbound[i]);
  if (source?.className !== "NotEqual") {
    const isCombined = COMBINED.has(String(source?.className)) && from.length > 0;
    return isCombined && from.every((each) => isOwnMask(each, children, known));
  }
  const fed = new Set(from.map(key));
  const makers = children.filter(
    ({ className, config }) => className === "Masking" || (className === "Embedding" && config.mask_zero === true),
  );
  return makers.some(({ inbound }) => inbound.some((node) => feeds(node).some((each) => fed.has(key(each)))));
}
