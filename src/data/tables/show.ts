import { cellOf, cellText, type TableColumn } from "./columns.js";

/** Wider cells are cut, and lines longer than this leave out columns. */
const CELL = 24;
const LINE = 120;

/** Names, types and the first rows, aligned: numbers right, all else left. */
export function showTable(columns: readonly TableColumn[], size: number, rows: number): string {
  const shown = Math.min(rows, size);
  const blocks: string[][] = [];
  let length = 0;
  for (const column of columns) {
    const cells = Array.from({ length: shown }, (_, i) => cut(textOf(column, i)));
    const head = [cut(column.name), column.type];
    const width = Math.max(...[...head, ...cells].map((text) => text.length));
    if (length + width > LINE && blocks.length > 0) break;
    length += width + 2;
    const right = column.type === "number";
    blocks.push([...head, ...cells].map((text) => (right ? text.padStart(width) : text.padEnd(width))));
  }
  const lines = Array.from({ length: shown + 2 }, (_, i) =>
    blocks
      .map((block) => block[i])
      .join("  ")
      .trimEnd(),
  );
  const left = columns.slice(blocks.length).map(({ name }) => name);
  if (left.length > 0) lines.push(`and ${left.join(", ")}`);
  const counts = `${size} row${size === 1 ? "" : "s"} × ${columns.length} column${columns.length === 1 ? "" : "s"}`;
  return [...lines, counts].join("\n");
}

function textOf(column: TableColumn, row: number): string {
  const cell = cellOf(column, row);
  if (typeof cell === "number" && !Number.isInteger(cell))
    return Number.isNaN(cell) ? "" : String(Number(cell.toPrecision(6)));
  return cellText(cell).replace(/\s+/g, " ");
}

function cut(text: string): string {
  return text.length <= CELL ? text : `${text.slice(0, CELL - 1)}…`;
}
