import { showShape } from "../util/shapes.js";
import type { Placed } from "./network.js";
import type { Parameters } from "./parameters.js";

/** A table of layers, output shapes and parameter counts, as text. */
export function summaryText(name: string, placed: readonly Placed[], parameters: Parameters): string {
  const countOf = (layerName: string) =>
    parameters.list
      .filter(({ variable }) => variable.name.startsWith(`${layerName}/`))
      .reduce((sum, { variable }) => sum + variable.size, 0);
  const rows = placed.map((each) => [
    `${each.name} (${each.layer.kind})`,
    showShape([null, ...each.outputShape]),
    countOf(each.name).toLocaleString("en"),
  ]);
  const heads = ["layer", "output shape", "parameters"];
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => (row[i] as string).length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 2 ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number)))
      .join("   ")
      .trimEnd();
  const rule = "─".repeat(widths.reduce((sum, w) => sum + w, 6));
  const total = parameters.list.reduce((sum, { variable }) => sum + variable.size, 0);
  const trained = parameters.trained.reduce((sum, { variable }) => sum + variable.size, 0);
  const counts = [
    `total ${total.toLocaleString("en")}`,
    `trained ${trained.toLocaleString("en")}`,
    `kept ${(total - trained).toLocaleString("en")}`,
  ];
  return [name, rule, line(heads), rule, ...rows.map(line), rule, counts.join(", ")].join("\n");
}
