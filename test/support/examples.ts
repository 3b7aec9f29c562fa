import ts from "typescript";
import { Tensor } from "../../src/tensor/tensor.js";
import { isTypedArray } from "../../src/util/dtypes.js";

/** Its first line keeps an example from running, and says why: `// not run: downloads 11 MB`. */
const NOT_RUN = /^\s*\/\/ not run: (.+)/;

/** Why an example is not to be run, if so. */
export function reasonNotToRun(code: string): string | undefined {
  return NOT_RUN.exec(code)?.[1];
}

/**
 * An example as a module that runs itself. `wg` needs no import, nor do the names that `entry` exports; a statement with a comment behind
 * it becomes a check of its value against that comment.
 */
export function toModule(code: string, entry: string, exported: readonly string[], support: string): string {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  const imports: string[] = [`import { expectComment } from ${JSON.stringify(support)};`];
  const body: string[] = [];
  const declared = new Set<string>();
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
      const names = ts.isBindingElement(parent) || ts.isVariableDeclaration(parent) || ts.isParameter(parent);
      if ((names || ts.isImportSpecifier(parent) || ts.isNamespaceImport(parent)) && parent.name === node) {
        declared.add(node.text);
      } else if (!isMember) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const statement of source.statements) {
    const text = statement.getText(source);
    if (ts.isImportDeclaration(statement)) imports.push(text);
    else body.push(withCheck(statement, text, commentBehind(code, statement.end)));
  }
  if (!declared.has("wg")) imports.push('import * as wg from "wasmgrad";');
  const free = exported.filter((name) => used.has(name) && !declared.has(name));
  if (entry !== "wasmgrad" && free.length > 0) imports.push(`import { ${free.join(", ")} } from "${entry}";`);
  return `${[...imports, ...body].join("\n")}\n`;
}

/** The text of a `//` comment on the rest of the line. */
function commentBehind(code: string, end: number): string | undefined {
  return /^[;,]?[ \t]*\/\/[ \t]*(.*)/.exec(code.slice(end))?.[1]?.trim();
}

function withCheck(statement: ts.Statement, text: string, comment: string | undefined): string {
  if (comment === undefined) return text;
  const against = JSON.stringify(comment);
  if (ts.isExpressionStatement(statement)) {
    let value: ts.Node = statement.expression;
    if (ts.isCallExpression(value) && value.expression.getText() === "console.log" && value.arguments.length === 1) {
      value = value.arguments[0] as ts.Node;
    }
    return `await expectComment(async () => (${value.getText()}), ${against});`;
  }
  const names = ts.isVariableStatement(statement) ? statement.declarationList.declarations.map(({ name }) => name) : [];
  const name = names[0];
  if (names.length !== 1 || !name || !ts.isIdentifier(name)) return text;
  return `${text}\nawait expectComment(async () => ${name.text}, ${against});`;
}

/** Holds a value against the comment behind it; a comment that is no value (`// the weights`) says nothing to hold it against. */
export async function expectComment(value: () => Promise<unknown>, comment: string): Promise<void> {
  const throws = /^throws (\w+)/.exec(comment)?.[1];
  if (throws !== undefined) {
    const error = await value().then(
      () => undefined,
      (cause: Error) => cause,
    );
    if (error?.name !== throws) throw new Error(`expected ${throws} to be thrown, got ${error ?? "none"}`);
    return;
  }
  const got = await value();
  if (comment.startsWith("Tensor ")) {
    if (String(got) !== comment) throw new Error(`expected ${comment}, got ${got}`);
    return;
  }
  const want = readValue(comment);
  if (want !== undefined && !matches(got, want)) {
    throw new Error(`expected ${comment}, got ${show(got)}`);
  }
}

/** What a comment says: a value as far as it is written down. `rest` stands for `…` in an array. */
type Want =
  | { kind: "number"; value: number; tolerance: number }
  | { kind: "other"; value: unknown }
  | { kind: "array"; items: Want[]; open: boolean }
  | { kind: "object"; fields: [string, Want][] };

/** The value that a comment begins with. @throws Error where it begins like one and cannot be read, so that no check is lost silently. */
export function readValue(comment: string): Want | undefined {
  const about = /^(≈|~|about )\s*/.exec(comment);
  const text = comment
    .slice(about?.[0].length ?? 0)
    .replaceAll(/\b(Float32|Float64|Int32|Uint8)Array(\(\d+\))?\s*(?=\[)/g, "");
  if (!/^([[{"'`\d.-]|(NaN|Infinity|true|false|null|undefined)\b)/.test(text)) return undefined;
  let p = 0;
  const unreadable = (): never => {
    throw new Error(`the comment "${comment}" begins like a value and cannot be read as one, at "${text.slice(p)}"`);
  };
  const skip = (pattern: RegExp): string | undefined => {
    const match = pattern.exec(text.slice(p));
    if (match?.index !== 0) return undefined;
    p += match[0].length;
    return match[0];
  };
  const space = () => skip(/\s+/);
  const list = (close: string, item: () => void): void => {
    for (space(); !skip(new RegExp(`\\${close}`)); space()) {
      item();
      space();
      if (!skip(/,/) && text[p] !== close) unreadable();
    }
  };
  const value = (): Want => {
    const number = skip(/-?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?/);
    if (number !== undefined) return numberWant(number, skip(/…/) !== undefined || about !== null);
    const word = skip(/-?(NaN|Infinity|true|false|null|undefined)\b/);
    if (word !== undefined) return { kind: "other", value: words[word] };
    const string = skip(/"[^"]*"|'[^']*'|`[^`]*`/);
    if (string !== undefined) return { kind: "other", value: string.slice(1, -1) };
    if (skip(/\[/)) {
      const items: Want[] = [];
      let open = false;
      list("]", () => {
        if (skip(/…|\.\.\./)) open = true;
        else items.push(value());
      });
      return { kind: "array", items, open };
    }
    if (skip(/\{/)) {
      const fields: [string, Want][] = [];
      list("}", () => {
        if (skip(/…|\.\.\./)) return;
        const key = skip(/[\w$]+|"[^"]*"/) ?? unreadable();
        space();
        if (!skip(/:/)) unreadable();
        space();
        fields.push([key.replaceAll('"', ""), value()]);
      });
      return { kind: "object", fields };
    }
    return unreadable();
  };
  const want = value();
  if (p < text.length && !/^(\s*[,;(–:]|\s+-)/.test(text.slice(p))) unreadable();
  return want;
}

const words: Record<string, unknown> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  true: true,
  false: false,
  null: null,
  undefined: undefined,
};

/** Three decimals or more, or a `…`, are as many digits as the value is known to; else the number is meant exactly, as f32 can hold it. */
function numberWant(text: string, approximate: boolean): Want {
  const value = Number(text);
  const [mantissa = "", exponent = "0"] = text.split("e");
  const decimals = mantissa.includes(".") ? mantissa.length - mantissa.indexOf(".") - 1 : 0;
  const unit = 10 ** (Number(exponent) - decimals);
  const written = approximate ? unit : decimals >= 3 ? unit * 0.51 : 0;
  return { kind: "number", value, tolerance: Math.max(written, Math.abs(value) * 1e-6, 1e-12) };
}

function matches(got: unknown, want: Want): boolean {
  if (got instanceof Tensor) return matches(got.toArray(), want);
  if (isTypedArray(got)) return matches(Array.from(got), want);
  switch (want.kind) {
    case "number":
      if (typeof got !== "number") return false;
      return Object.is(want.value, -0) ? Object.is(got, -0) : Math.abs(got - want.value) <= want.tolerance;
    case "other":
      return Object.is(got, want.value);
    case "array":
      return (
        Array.isArray(got) &&
        (want.open ? got.length >= want.items.length : got.length === want.items.length) &&
        want.items.every((item, i) => matches(got[i], item))
      );
    case "object":
      return (
        got !== null &&
        typeof got === "object" &&
        want.fields.every(([key, field]) => key in got && matches((got as Record<string, unknown>)[key], field))
      );
  }
}

function show(got: unknown): string {
  if (got instanceof Tensor) return `Tensor ${JSON.stringify(got.toArray())}`;
  if (isTypedArray(got)) return JSON.stringify(Array.from(got));
  return typeof got === "object" ? JSON.stringify(got) : String(got);
}
