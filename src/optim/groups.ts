import { checkNumber, checkOptions, nearest, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { Config } from "../util/named.js";
import { clippingNames } from "./clipping.js";
import type { Optimizer } from "./optimizer.js";

/** A layer's name, a weight's (`layer/weight`), or a pattern that is tried on the latter. */
export type Match = string | RegExp | readonly (string | RegExp)[];

/** Weights with settings of their own; what is left out is as for all others. */
export type GroupOf<Options> = Partial<Options> & {
  match: Match;
  /** Their rate is the optimizer's own times this, whatever its schedule. Default: 1. */
  learningRateFactor?: number;
};

/** Weights that an optimizer moves with other settings than the rest. */
export interface Group {
  /** What it matches, as text: patterns between slashes. */
  readonly match: readonly string[];
  /** Its rate as a factor of the optimizer's, or undefined where it has a rate of its own. */
  readonly factor: number | undefined;
  /** The same optimizer with the group's settings. */
  readonly optimizer: Optimizer;
  /** What makes it again. */
  readonly config: Config;
}

/**
 * The groups of an optimizer, each by its own factory, which checks their settings.
 *
 * @throws ValueError
 */
export function groupsFrom(
  operation: string,
  common: object,
  groups: unknown,
  make: (options: never) => Optimizer,
): readonly Group[] {
  if (groups === undefined) return [];
  if (!Array.isArray(groups)) {
    throw new ValueError(
      `${operation}: groups expected an array such as [{ match: "dense_1", learningRate: 1e-4 }], got ${show(groups)}`,
    );
  }
  return groups.map((each, i) => groupFrom(operation, common, each, i, make));
}

function groupFrom(
  operation: string,
  common: object,
  given: unknown,
  i: number,
  make: (options: never) => Optimizer,
): Group {
  const where = `${operation}: groups[${i}]`;
  if (given === null || typeof given !== "object" || Array.isArray(given)) {
    throw new ValueError(`${where} expected { match, … }, got ${show(given)}`);
  }
  const { match, learningRateFactor, ...own } = given as Record<string, unknown>;
  for (const name of [...clippingNames, "groups"]) {
    if (name in own) throw new ValueError(`${where}: ${name} expected outside of groups, which all weights share`);
  }
  if (learningRateFactor !== undefined) {
    checkNumber(where, "learningRateFactor", learningRateFactor, { min: 0 });
    if (own.learningRate !== undefined) {
      throw new ValueError(`${where}: learningRateFactor expected without a learningRate, got both; leave one out`);
    }
  }
  const texts = textsOf(where, match);
  const optimizer = make({ ...common, ...own } as never);
  const ownRate = own.learningRate !== undefined;
  return {
    match: texts,
    factor: ownRate ? undefined : ((learningRateFactor as number | undefined) ?? 1),
    optimizer,
    get config() {
      const rate = ownRate ? { learningRate: optimizer.config.learningRate } : {};
      return { match: texts, ...own, ...rate, ...(learningRateFactor === undefined ? {} : { learningRateFactor }) };
    },
  };
}

function textsOf(where: string, match: unknown): string[] {
  const list = Array.isArray(match) ? match : [match];
  if (list.length === 0 || !list.every((each) => (typeof each === "string" && each !== "") || each instanceof RegExp)) {
    throw new ValueError(
      `${where}: match expected the name of a layer or weight, a pattern such as /bias$/, or an array of them, got ${show(match)}`,
    );
  }
  for (const each of list) patternOf(where, String(each));
  return list.map(String);
}

/** Names hold at most one slash, and not at the beginning: what begins with one is a pattern. */
function patternOf(where: string, text: string): RegExp | undefined {
  if (!text.startsWith("/")) return undefined;
  const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  try {
    if (source !== undefined) return new RegExp(source, flags?.replace(/[gy]/g, ""));
  } catch {}
  throw new ValueError(`${where}: match expected a name, or a pattern between slashes, got ${show(text)}`);
}

/** Whether a text of `match` means the weight `layer/weight`. */
function means(text: string, weight: string): boolean {
  const pattern = patternOf("groups", text);
  return pattern ? pattern.test(weight) : text === weight || text === weight.slice(0, weight.indexOf("/"));
}

/** The number of the first group that takes a weight, or −1. */
export function groupOf({ groups }: Optimizer, weight: string): number {
  return groups.findIndex(({ match }) => match.some((text) => means(text, weight)));
}

/** @throws ValueError where a group names what the model does not have */
export function checkGroups({ groups }: Optimizer, weights: readonly string[]): void {
  groups.forEach(({ match }, i) => {
    for (const text of match) {
      if (weights.some((weight) => means(text, weight))) continue;
      const names = [...new Set(weights.flatMap((weight) => [weight.slice(0, weight.indexOf("/")), weight]))];
      const near = nearest(text, names);
      throw new ValueError(
        `compile: groups[${i}] of the optimizer: match expected to find a trained weight, got ${text.startsWith("/") ? text : show(text)}; ` +
          (near ? `did you mean "${near}"?` : `there are ${names.join(", ")}`),
      );
    }
  });
}

/** Names that every optimizer's options have beside its own. */
export const commonNames = ["learningRate", ...clippingNames, "groups"] as const;

/** Checks the names of an optimizer's options: its own and those of all. @throws ValueError */
export function checkOptimizerOptions(operation: string, options: unknown, own: readonly string[]): void {
  checkOptions(operation, options, [...own, ...commonNames]);
}
