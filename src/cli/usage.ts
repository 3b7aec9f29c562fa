import { parseArgs } from "node:util";

/** What the process ends with. */
export const exitCodes = { fine: 0, failed: 1, usage: 2, unsupported: 3, interrupted: 130 } as const;

/** A command line that asks for nothing that there is. */
export class UsageError extends Error {}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>;

/**
 * The words and options of a command.
 *
 * @param words what it takes, as the help calls them
 * @throws UsageError
 */
export function parsed<O extends Options>(args: readonly string[], words: readonly string[], options: O) {
  let found: ReturnType<typeof parseArgs<{ args: string[]; allowPositionals: true; options: O }>>;
  try {
    found = parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (cause) {
    throw new UsageError((cause as Error).message.replace(/\.?( To specify a positional argument.*)?$/, ""), { cause });
  }
  const { positionals, values } = found;
  if (positionals.length !== words.length) {
    throw new UsageError(`expected ${words.join(" ") || "nothing more"}, got ${positionals.join(" ") || "nothing"}`);
  }
  return { words: positionals, values };
}

/** A whole number of the command line. @throws UsageError */
export function whole(option: string, value: string | undefined, least: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value) && Number(value) >= least) return Number(value);
  throw new UsageError(`--${option} expected a whole number from ${least} on, got "${value}"`);
}

/** A number above 0 of the command line, such as seconds. @throws UsageError */
export function positive(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() !== "" && Number.isFinite(number) && number > 0) return number;
  throw new UsageError(`--${option} expected a number above 0, got "${value}"`);
}
