// Python writes NaN, Infinity and -Infinity into JSON, which JSON does not have.

const OUTSIDE_TEXTS = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;
const MARK = "\u0001number:";

/** The value of a JSON text that Python may have written. @throws SyntaxError */
export function parsePythonJson(text: string): unknown {
  if (!/NaN|Infinity/.test(text)) return JSON.parse(text);
  const marked = text.replace(OUTSIDE_TEXTS, (token) => (token.startsWith('"') ? token : `"\\u0001number:${token}"`));
  return JSON.parse(marked, (_, value) =>
    typeof value === "string" && value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value,
  );
}
