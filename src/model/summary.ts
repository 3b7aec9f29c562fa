import { showShape } from "../util/shapes.js";
import type { Step } from "./graph.js";
import type { Network } from "./network.js";

/** A table of layers, output shapes, parameter counts and, where the model is no plain stack, what each layer is fed, as text. */
export function summaryText(name: string, { graph, parameters }: Network): string {
  const { steps, inputs } = graph;
  const isStack = inputs.length === 1 && steps.every((step, i) => step.inputs.length === 1 && step.inputs[0] === i);
  const sources = new Map<number, string>(inputs.map((each, value) => [value, each.name]));
  const seen = new Set<string>();
  const rows = steps.map((step) => {
    for (const value of step.outputs) sources.set(value, step.name);
    const count = seen.has(step.name) ? "shared" : countOf(step).toLocaleString("en");
    seen.add(step.name);
    const cells = [
      `${step.name} (${step.layer.kind})`,
      step.outputShapes.map((shape) => showShape([null, ...shape])).join(" "),
      count,
    ];
    return isStack ? cells : [...cells, step.inputs.map((value) => sources.get(value)).join(", ")];
  });
  const entries = isStack
    ? []
    : inputs.map((each) => [`${each.name} (input)`, showShape([null, ...each.shape]), "0", ""]);
  function countOf({ name: layer }: Step): number {
    return parameters.list
      .filter((parameter) => parameter.name.startsWith(`${layer}/`))
      .reduce((sum, { variable }) => sum + variable.size, 0);
  }
  const table = [...entries, ...rows];
  const heads = ["layer", "output shape", "parameters", ...(isStack ? [] : ["connected to"])];
  const widths = heads.map((head, i) => Math.max(head.length, ...table.map((row) => (row[i] as string).length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 2 ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number)))
      .join("   ")
      .trimEnd();
  const rule = "─".repeat(widths.reduce((sum, w) => sum + w + 3, -3));
  const total = parameters.list.reduce((sum, { variable }) => sum + variable.size, 0);
  const trained = parameters.trained.reduce((sum, { variable }) => sum + variable.size, 0);
  const counts = [
    `total ${total.toLocaleString("en")}`,
    `trained ${trained.toLocaleString("en")}`,
    `kept ${(total - trained).toLocaleString("en")}`,
  ];
  return [name, rule, line(heads), rule, ...table.map(line), rule, counts.join(", ")].join("\n");
}
