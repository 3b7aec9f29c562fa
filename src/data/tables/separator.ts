/** Fields are between runs of blanks and tabs. */
export const BLANKS = "blanks";

/** The most particular first: text and decimal numbers hold commas more often than tabs. */
const candidates = ["\t", ";", "|", ","];

/** Lines that a guess is made from. */
const LINES = 200;

/**
 * The separator of a text: of tab ; | and comma, the one that stands equally often in every line (outside quotes), else `"blanks"` where
 * runs of them do so, else the one that does so in most lines, else a comma, which makes one column.
 *
 * @param sample the beginning of the text
 * @param whole whether it is all of it, so that its last line is whole
 */
export function guessSeparator(
  sample: string,
  whole: boolean,
  quote: string | null,
  comment: string | undefined,
): string {
  const lines = unquotedLines(sample, quote).filter(
    (line) => line.trim() !== "" && !(comment && line.startsWith(comment)),
  );
  if (!whole && lines.length > 1) lines.pop();
  const used = lines.slice(0, LINES);
  const shares = candidates.map((each) => shareOf(used, (line) => line.split(each).length - 1));
  const even = shares.indexOf(1);
  if (even >= 0) return candidates[even] as string;
  if (shareOf(used, (line) => line.trim().split(/[ \t]+/).length - 1) === 1) return BLANKS;
  const most = Math.max(...shares);
  return most > 0.5 ? (candidates[shares.indexOf(most)] as string) : ",";
}

/** The share of lines that have the most frequent count, where that is not 0. */
function shareOf(lines: readonly string[], count: (line: string) => number): number {
  const seen = new Map<number, number>();
  for (const line of lines) {
    const n = count(line);
    seen.set(n, (seen.get(n) ?? 0) + 1);
  }
  let best = 0;
  for (const [n, times] of seen) if (n > 0) best = Math.max(best, times);
  return lines.length === 0 ? 0 : best / lines.length;
}

/** Lines with each quoted stretch as one letter: what is in quotes separates nothing and ends no line. */
function unquotedLines(text: string, quote: string | null): string[] {
  if (!quote) return text.split("\n");
  const parts = text.split(quote);
  return parts
    .map((part, i) => (i % 2 === 0 ? part : "q"))
    .join("")
    .split("\n");
}
