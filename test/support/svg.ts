/** An element of a drawn SVG. */
export interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  /** All below it, in the order in which they are written. */
  readonly children: readonly Element[];
}

const TOKEN = /<(\/?)([\w:]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;

/** Reads an SVG text. @throws Error where it is not well-formed: so that a test need not look at it */
export function parseSvg(svg: string): Element {
  const root = { tag: "", attributes: {}, text: "", children: [] as Element[] };
  const open: { tag: string; attributes: Record<string, string>; text: string; children: Element[] }[] = [root];
  TOKEN.lastIndex = 0;
  let end = 0;
  for (let match = TOKEN.exec(svg); match; match = TOKEN.exec(svg)) {
    end = TOKEN.lastIndex;
    const [, close, tag, attributes, isEmpty, text] = match;
    const last = open.at(-1) as (typeof open)[0];
    if (text !== undefined) {
      if (/&(?!(amp|lt|gt|quot|#39|#x27);)/.test(text)) throw new Error(`not escaped: ${text}`);
      last.text += plain(text.trim());
    } else if (close) {
      if (last.tag !== tag) throw new Error(`</${tag}> closes <${last.tag}>`);
      open.pop();
    } else {
      const pairs = [...(attributes ?? "").matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
      if (new Set(pairs.map(([key]) => key)).size !== pairs.length) throw new Error(`an attribute twice in <${tag}`);
      const element = { tag: tag as string, attributes: Object.fromEntries(pairs), text: "", children: [] };
      last.children.push(element);
      if (!isEmpty) open.push(element);
    }
  }
  if (end !== svg.length || open.length !== 1) throw new Error(`no XML at ${svg.slice(end, end + 40)}`);
  const [top, ...more] = root.children;
  if (top?.tag !== "svg" || more.length > 0) throw new Error("expected one <svg>");
  return top;
}

/** Every element with the tag, however deep. */
export function all(element: Element, tag: string): Element[] {
  return [...(element.tag === tag ? [element] : []), ...element.children.flatMap((each) => all(each, tag))];
}

export function textsOf(svg: string): string[] {
  return all(parseSvg(svg), "text").map(({ text }) => text);
}

/** The numbers of a path's commands, command by command. */
export function commandsOf(path: Element): { command: string; numbers: number[] }[] {
  return [...(path.attributes.d ?? "").matchAll(/([A-Za-z])([^A-Za-z]*)/g)].map(([, command = "", rest = ""]) => ({
    command,
    numbers: [...rest.matchAll(/-?[\d.]+/g)].map(Number),
  }));
}

function plain(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll(/&#39;|&#x27;/g, "'")
    .replaceAll("&amp;", "&");
}
