import { FormatError } from "../../util/errors.js";
import type { Field, Fields, Kind, Schema } from "../protobuf.js";
import { isMessage } from "../protobuf.js";

// Protocol Buffers' text format (protobuf.dev/reference/protobuf/textformat-spec), as prototxt files are written:
//
//   layer { name: "conv1" type: "Convolution" convolution_param { num_output: 20 pad: [1, 1] pool: MAX } }  # a comment

interface Token {
  readonly kind: "name" | "number" | "text" | "sign" | "end";
  readonly text: string;
  /** Of its first character. */
  readonly at: number;
}

const DEEPEST = 100;

/**
 * A message in text form, by its schema. Fields that the schema does not know are read by what they look like: numbers, texts, names,
 * messages; several of one name as an array.
 *
 * @param name begins errors: "load: m.prototxt"
 * @throws FormatError that names line and column
 */
export function parseText(name: string, text: string, schema: Schema): Fields {
  return new Parser(name, text).message(schema, "end", 0);
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

class Parser {
  private position = 0;
  private token: Token;

  constructor(
    private readonly name: string,
    private readonly text: string,
  ) {
    this.token = this.scan();
  }

  private bad(expected: string, token = this.token): FormatError {
    const before = this.text.slice(0, token.at).split("\n");
    const got = token.kind === "end" ? "the end" : JSON.stringify(token.text.slice(0, 40));
    return new FormatError(
      `${this.name}: line ${before.length}, column ${(before.at(-1) as string).length + 1}: ${expected} expected, got ${got}`,
    );
  }

  private scan(): Token {
    const { text } = this;
    let at = this.position;
    for (; at < text.length; at++) {
      if (text[at] === "#") at = endOfLine(text, at);
      else if (!/\s/.test(text[at] as string)) break;
    }
    if (at >= text.length) return { kind: "end", text: "", at };
    const first = text[at] as string;
    if (first === '"' || first === "'") return this.quoted(at, first);
    const pattern =
      /([A-Za-z_][\w.]*)|([+-]?(?:0[xX][\dA-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?f?))|([-{}<>[\]:;,])/y;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) throw this.bad("a name, a number, a text or one of {}[]:", { kind: "sign", text: first, at });
    this.position = pattern.lastIndex;
    return { kind: match[1] ? "name" : match[2] ? "number" : "sign", text: match[0], at };
  }

  private quoted(at: number, quote: string): Token {
    const { text } = this;
    for (let end = at + 1; end < text.length && text[end] !== "\n"; end++) {
      if (text[end] === "\\") end++;
      else if (text[end] === quote) {
        this.position = end + 1;
        return { kind: "text", text: text.slice(at, end + 1), at };
      }
    }
    throw this.bad(`a text ended by ${quote}`, { kind: "text", text: text.slice(at, at + 40), at });
  }

  private next(): Token {
    const { token } = this;
    this.token = this.scan();
    return token;
  }

  private take(...signs: string[]): boolean {
    if (this.token.kind !== "sign" || !signs.includes(this.token.text)) return false;
    this.next();
    return true;
  }

  message(schema: Schema | undefined, close: string, depth: number): Fields {
    if (depth > DEEPEST) throw this.bad(`messages at most ${DEEPEST} deep`);
    const fields = new Map(Object.values(schema?.fields() ?? {}).map((field) => [field.name, field]));
    const out: Fields = {};
    for (const { name, kind, repeated } of fields.values()) {
      if (repeated && kind !== "floats" && kind !== "doubles") out[name] = [];
    }
    for (;;) {
      if (close === "end" ? this.token.kind === "end" : this.take(close)) break;
      if (this.token.kind !== "name") throw this.bad(close === "end" ? "a field's name" : `a field's name or ${close}`);
      const name = this.next();
      const field = fields.get(name.text);
      const colon = this.take(":");
      if (this.take("[")) {
        if (field && !field.repeated) throw this.bad(`one value for ${name.text}`, name);
        if (!this.take("]")) {
          do this.put(out, name, field, true, depth);
          while (this.take(","));
          if (!this.take("]")) throw this.bad("] or ,");
        }
      } else this.put(out, name, field, colon, depth);
      this.take(";", ",");
    }
    return withNumbers(out, fields);
  }

  private put(out: Fields, name: Token, field: Field | undefined, colon: boolean, depth: number): void {
    const isOpen = this.token.kind === "sign" && (this.token.text === "{" || this.token.text === "<");
    const kind = field?.kind;
    let value: unknown;
    if (isOpen && (kind === undefined || isMessage(kind))) {
      value = this.message(kind, this.next().text === "{" ? "}" : ">", depth + 1);
    } else if (kind !== undefined && isMessage(kind)) throw this.bad("{");
    else {
      if (!colon) throw this.bad(": or {");
      value = this.value(kind);
    }
    const key = name.text;
    const there = Object.hasOwn(out, key) ? out[key] : undefined;
    const isList = field ? field.repeated : there !== undefined;
    if (!isList) {
      if (field && there !== undefined) throw this.bad(`${key} once`, name);
      set(out, key, value);
    } else if (Array.isArray(there)) there.push(value);
    else set(out, key, there === undefined ? [value] : [there, value]);
  }

  private value(kind: Kind | undefined): unknown {
    const negative = this.token.text === "-" && this.take("-");
    const token = this.next();
    if (token.kind === "text" && !negative && (kind === undefined || kind === "string")) {
      let text = unquoted(token.text);
      while (this.token.kind === "text") text += unquoted(this.next().text);
      return text;
    }
    const number = numberOf(token, negative);
    if (kind === undefined)
      return number ?? (token.text === "true" ? true : token.text === "false" ? false : token.text);
    if (typeof kind === "object" && "values" in kind) {
      const isKnown = Object.values(kind.values).includes(token.text);
      if (token.kind === "name" && isKnown) return token.text;
      if (number !== undefined && Number.isInteger(number)) return kind.values[number] ?? number;
      throw this.bad(`one of ${Object.values(kind.values).join(", ")}`, token);
    }
    if (kind === "bool") {
      if (["true", "True", "t", "1"].includes(token.text)) return true;
      if (["false", "False", "f", "0"].includes(token.text)) return false;
      throw this.bad("true or false", token);
    }
    if (kind === "float" || kind === "floats") {
      if (number !== undefined) return Math.fround(number);
      throw this.bad("a number", token);
    }
    if (kind === "double" || kind === "doubles") {
      if (number !== undefined) return number;
      throw this.bad("a number", token);
    }
    if (kind === "string") throw this.bad("a text in quotes", token);
    const [min, max] =
      kind === "uint32" ? [0, 2 ** 32 - 1] : kind === "int32" ? [-(2 ** 31), 2 ** 31 - 1] : [-(2 ** 53), 2 ** 53];
    if (number !== undefined && Number.isInteger(number) && number >= min && number <= max) return number;
    throw this.bad(`a whole number from ${min} to ${max}`, token);
  }
}

/** As an own property, whatever its name. */
function set(out: Fields, key: string, value: unknown): void {
  Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
}

function numberOf({ kind, text }: Token, negative: boolean): number | undefined {
  const sign = negative ? -1 : 1;
  if (kind === "name" && /^(inf|infinity)$/i.test(text)) return sign * Number.POSITIVE_INFINITY;
  if (kind === "name" && /^nan$/i.test(text)) return Number.NaN;
  if (kind !== "number") return undefined;
  const plain = /^[+-]?0[xX]/.test(text) ? text : text.replace(/f$/, "");
  return sign * (plain.startsWith("-") ? -Number(plain.slice(1)) : Number(plain.replace(/^\+/, "")));
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b", f: "\f", v: "\v" };

function unquoted(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\(?:([0-7]{1,3})|[xX]([\dA-Fa-f]{1,2})|(.))/g, (_, octal?: string, hex?: string, other?: string) => {
      if (octal) return String.fromCharCode(Number.parseInt(octal, 8));
      if (hex) return String.fromCharCode(Number.parseInt(hex, 16));
      return escapes[other as string] ?? (other as string);
    });
}

/** Numbers that a binary file has as bytes. */
function withNumbers(message: Fields, fields: ReadonlyMap<string, Field>): Fields {
  for (const { name, kind } of fields.values()) {
    const list = message[name];
    if ((kind !== "floats" && kind !== "doubles") || !Array.isArray(list)) continue;
    const item = kind === "floats" ? 4 : 8;
    const view = new DataView(new ArrayBuffer(item * list.length));
    list.forEach((value, i) => {
      if (item === 4) view.setFloat32(4 * i, value, true);
      else view.setFloat64(8 * i, value, true);
    });
    message[name] = new Uint8Array(view.buffer);
  }
  return message;
}

/** A message as text. Fields that its schema does not know, and numbers that are kept as bytes, are left out. */
export function printText(schema: Schema, message: object, indent = ""): string {
  let out = "";
  for (const { name, kind, repeated } of Object.values(schema.fields())) {
    const value = (message as Fields)[name];
    if (value === undefined || kind === "floats" || kind === "doubles") continue;
    for (const each of repeated ? (value as unknown[]) : [value]) {
      if (isMessage(kind)) out += `${indent}${name} {\n${printText(kind, each as object, `${indent}  `)}${indent}}\n`;
      else out += `${indent}${name}: ${printed(kind, each)}\n`;
    }
  }
  return out;
}

function printed(kind: Kind, value: unknown): string {
  if (kind === "string") return `"${String(value).replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
  if (kind !== "float" && kind !== "double") return String(value);
  const number = value as number;
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
  if (kind === "double") return String(number);
  // The shortest that is the same in single precision.
  for (let digits = 1; digits < 9; digits++) {
    const text = number.toPrecision(digits);
    if (Math.fround(Number(text)) === Math.fround(number)) return String(Number(text));
  }
  return String(number);
}
