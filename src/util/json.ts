import { FormatError } from "./errors.js";
import type { NamedBytes } from "./file-source.js";

/**
 * The value of a JSON text.
 *
 * @param file begins errors
 * @param at where the text begins in the file that has the name
 * @throws FormatError that names the byte where it is none
 */
export function parseJson({ name, bytes }: NamedBytes, at = 0): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const fault = faultIn(bytes);
    const got = fault < bytes.length ? JSON.stringify(String.fromCharCode(bytes[fault] as number)) : "its end";
    throw new FormatError(`${name}: byte ${at + fault}: JSON expected, got ${got}; the file is damaged`, { cause });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CLOSING: Readonly<Record<string, number>> = { "{": 0x7d, "[": 0x5d };

/** The byte at which a text stops being JSON: engines tell it in words of their own, or not at all. */
function faultIn(bytes: Uint8Array): number {
  const open: number[] = [];
  let at = 0;
  const skip = (): void => {
    while ([0x20, 0x09, 0x0a, 0x0d].includes(bytes[at] ?? -1)) at++;
  };
  const take = (byte: number): boolean => bytes[at] === byte && ++at > 0;
  /** From a quote to the next; false with `at` at the fault. */
  const text = (): boolean => {
    if (!take(QUOTE)) return false;
    while (at < bytes.length && (bytes[at] as number) >= 0x20) {
      if (take(QUOTE)) return true;
      if (!take(BACKSLASH)) at++;
      else if (take(0x75))
        for (let i = 0; i < 4; i++)
          if (!/[\da-fA-F]/.test(letter(bytes, at++))) return false;
          else if (!/["\\/bfnrt]/.test(letter(bytes, at++))) return false;
    }
    return false;
  };
  const scalar = (): boolean => {
    if (bytes[at] === QUOTE) return text();
    const word = String.fromCharCode(...bytes.subarray(at, at + 400));
    const found = /^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)/.exec(word)?.[0] ?? "";
    at += found.length;
    return found !== "";
  };
  const label = (): boolean => {
    skip();
    if (!text()) return false;
    skip();
    return take(0x3a);
  };
  for (;;) {
    skip();
    const closing = CLOSING[letter(bytes, at)];
    if (closing !== undefined) {
      at++;
      skip();
      open.push(closing);
      if (bytes[at] !== closing) {
        if (closing === CLOSING["{"] && !label()) return at;
        continue;
      }
    } else if (!scalar()) return at;
    skip();
    while (open.length > 0 && take(open.at(-1) as number)) {
      open.pop();
      skip();
    }
    if (open.length === 0 || !take(0x2c)) return at;
    if (open.at(-1) === CLOSING["{"] && !label()) return at;
  }
}

const letter = (bytes: Uint8Array, at: number): string => String.fromCharCode(bytes[at] ?? 0);
