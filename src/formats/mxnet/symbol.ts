import { FormatError } from "../../util/errors.js";
import type { NamedBytes } from "../../util/file-source.js";
import { parseJson } from "../../util/json.js";

/** A node of a symbol: an operator, or, where `op` is "null", a variable. */
export interface MxnetNode {
  readonly op: string;
  readonly name: string;
  /** As texts, whatever the version calls them. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly inputs: readonly Entry[];
}

/** An output of a node. */
export interface Entry {
  readonly node: number;
  readonly output: number;
}

export interface MxnetSymbol {
  readonly nodes: readonly MxnetNode[];
  readonly heads: readonly Entry[];
  /** Of the MXNet that wrote it: 10901; 800 where the file does not say. */
  readonly version: number;
}

type Json = { readonly [name: string]: unknown };

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The graph in a `-symbol.json` file of MXNet 0.8 to 1.9: nodes with `param`, later `attr`, then `attrs`, in an order in which they can run.
 *
 * @throws FormatError where it is none
 */
export function decodeSymbol(given: NamedBytes): MxnetSymbol {
  const file = given.name;
  const json = parseJson(given);
  if (!isObject(json) || !Array.isArray(json.nodes) || !Array.isArray(json.heads)) {
    throw new FormatError(`${file}: nodes and heads expected; it is no symbol of MXNet`);
  }
  const nodes = json.nodes.map((each: unknown, i): MxnetNode => {
    if (!isObject(each) || typeof each.op !== "string" || typeof each.name !== "string") {
      throw new FormatError(`${file}: node ${i}: op and name expected, got none`);
    }
    const given = [each.param, each.attr, each.attrs].filter(isObject);
    const attributes = new Map(
      given.flatMap((list) => Object.entries(list)).map(([key, value]) => [key, String(value)]),
    );
    return {
      op: each.op,
      name: each.name,
      attributes,
      inputs: entries(each.inputs ?? [], i, `${file}: node "${each.name}"`),
    };
  });
  const { attrs } = json;
  const version = isObject(attrs) && Array.isArray(attrs.mxnet_version) ? Number(attrs.mxnet_version[1]) : 800;
  return { nodes, heads: entries(json.heads, nodes.length, `${file}: heads`), version };
}

/** @param before a node is fed by those in front of it alone, so that there is no cycle */
function entries(value: unknown, before: number, where: string): Entry[] {
  if (!Array.isArray(value)) throw new FormatError(`${where}: a list of inputs expected, got ${typeof value}`);
  return value.map((each) => {
    const [node, output] = Array.isArray(each) ? each : [];
    const isCount = (n: unknown) => Number.isInteger(n) && (n as number) >= 0;
    if (isCount(node) && isCount(output) && node < before) return { node, output };
    throw new FormatError(
      `${where}: a node before number ${before} expected, got ${JSON.stringify(each)?.slice(0, 80)}`,
    );
  });
}
