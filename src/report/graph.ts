import type { Model } from "../model/model.js";
import { checkOptions, checkText, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { absent } from "../util/peer.js";
import { type Shape, showShape } from "../util/shapes.js";
import { AXIS, colorOf, FAINT } from "./palette.js";
import { cut, escapeXml, textAt, textWidth, wrap } from "./text.js";

export interface GraphOptions {
  /** Default: the model's name. */
  title?: string;
}

/** One box: two lines of text. */
interface Box {
  readonly name: string;
  readonly about: string;
  readonly isEnd: boolean;
  readonly width: number;
}

const MARGIN = 16;
const HEIGHT = 40;
const WIDEST = 320;

/**
 * A model's graph as SVG, from its inputs down to its outputs: each use of a layer is a box with its name, kind, output shape and number of weights.
 *
 * @throws ValueError where model is no model, or for an unknown option; PlatformError where `@dagrejs/dagre` is not installed
 * @example
 * const x = wg.input({ shape: [4], name: "x" });
 * const y = wg.layers.add().apply([x, wg.layers.dense({ units: 4 }).apply(x)]);
 * const svg = await graph(wg.model({ inputs: x, outputs: y }));
 * svg.includes("dense"); // true
 */
export async function graph(model: Model, options: GraphOptions = {}): Promise<string> {
  checkOptions("graph", options, ["title"]);
  if (model === null || typeof model !== "object" || !("network" in model)) {
    throw new ValueError(`graph: model expected what wg.sequential or wg.model returns, got ${show(model)}`);
  }
  const { title = model.name } = options;
  checkText("graph", "title", title);
  const { default: dagre } = await loadDagre();
  const layout = new dagre.graphlib.Graph();
  layout.setGraph({ rankdir: "TB", nodesep: 24, ranksep: 28 });
  layout.setDefaultEdgeLabel(() => ({}));
  const boxes = boxesOf(model);
  for (const [key, { width }] of boxes) layout.setNode(key, { width, height: HEIGHT });
  for (const [from, to] of edgesOf(model)) layout.setEdge(from, to);
  dagre.layout(layout);

  const head = wrap(title, 600, 16, true);
  const top = MARGIN + head.length * 21 + 8;
  const { width: wide = 0, height: high = 0 } = layout.graph();
  const width = Math.ceil(Math.max(wide, ...head.map((line) => textWidth(line, 16, true))) + 2 * MARGIN);
  const height = Math.ceil(top + high + MARGIN);
  const at = (x: number, y: number) => `${round(x + MARGIN)} ${round(y + top)}`;
  const lines = layout.edges().map((edge) => pathOf(layout.edge(edge).points, at));
  const cells = [...boxes].map(([key, box]) => {
    const { x, y } = layout.node(key);
    return cell(box, x + MARGIN, y + top);
  });
  return [
    `<svg role="img" width="${width}" height="${height}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...head.map((line, i) => textAt(line, MARGIN, MARGIN + 13 + i * 21, 16, "start", true)),
    ...lines,
    ...cells,
    "</svg>",
  ].join("\n");
}

async function loadDagre(): Promise<typeof import("@dagrejs/dagre")> {
  try {
    return await import("@dagrejs/dagre");
  } catch (cause) {
    throw absent("graph", "@dagrejs/dagre", cause);
  }
}

const keyOf = (value: number): string => `value ${value}`;

/** A box for each input and each step, by what it puts out first. */
function boxesOf({ network: { graph: whole, parameters } }: Model): Map<string, Box> {
  const counts = new Map<string, number>();
  for (const { name, variable } of parameters.list) {
    const layer = name.slice(0, name.indexOf("/"));
    counts.set(layer, (counts.get(layer) ?? 0) + variable.size);
  }
  const boxes = new Map<string, Box>();
  const put = (value: number, name: string, about: string, isEnd: boolean) => {
    const wanted = Math.max(textWidth(name, 12, true), textWidth(about, 11)) + 20;
    boxes.set(keyOf(value), { name, about, isEnd, width: Math.min(WIDEST, Math.max(80, wanted)) });
  };
  const shapes = (list: readonly Shape[]) => list.map((shape) => showShape([null, ...shape])).join(" ");
  whole.inputs.forEach(({ name, shape }, value) => put(value, name, `input ${shapes([shape])}`, true));
  for (const { name, layer, outputs, outputShapes } of whole.steps) {
    const count = counts.get(name) ?? 0;
    const weights = count > 0 ? `, ${count.toLocaleString("en")}` : "";
    const isEnd = outputs.some((value) => whole.outputs.includes(value));
    put(outputs[0] as number, name, `${layer.kind} ${shapes(outputShapes)}${weights}`, isEnd);
  }
  return boxes;
}

function edgesOf({ network: { graph: whole } }: Model): [from: string, to: string][] {
  const first = new Map(whole.inputs.map((_, value) => [value, value]));
  for (const { outputs } of whole.steps) for (const value of outputs) first.set(value, outputs[0] as number);
  return whole.steps.flatMap(({ inputs, outputs }) =>
    inputs.map((value): [string, string] => [keyOf(first.get(value) as number), keyOf(outputs[0] as number)]),
  );
}

/** A line through points, rounded at each, with an arrow at its end. */
function pathOf(points: readonly { x: number; y: number }[], at: (x: number, y: number) => string): string {
  const [start, ...rest] = points as [{ x: number; y: number }, ...{ x: number; y: number }[]];
  const parts = [`M${at(start.x, start.y)}`];
  for (let i = 0; i < rest.length - 1; i++) {
    const [p, next] = [rest[i], rest[i + 1]] as [{ x: number; y: number }, { x: number; y: number }];
    const isLast = i === rest.length - 2;
    parts.push(`Q${at(p.x, p.y)} ${isLast ? at(next.x, next.y) : at((p.x + next.x) / 2, (p.y + next.y) / 2)}`);
  }
  const end = points.at(-1) as { x: number; y: number };
  const arrow = `M${at(end.x - 4, end.y - 6)}L${at(end.x, end.y)}L${at(end.x + 4, end.y - 6)}`;
  return `<path d="${parts.join("")}${arrow}" fill="none" stroke="${AXIS}" stroke-width="1.2"/>`;
}

function cell({ name, about, isEnd, width }: Box, x: number, y: number): string {
  const [left, above] = [round(x - width / 2), round(y - HEIGHT / 2)];
  const fill = isEnd ? "#eaf3f9" : "#ffffff";
  return [
    `<rect x="${left}" y="${above}" width="${round(width)}" height="${HEIGHT}" rx="6" fill="${fill}" stroke="${isEnd ? colorOf(0) : FAINT}" stroke-width="1.5"/>`,
    textAt(cut(name, width - 12, 12, true), round(x), round(y - 3), 12, "middle", true),
    textAt(cut(about, width - 12, 11), round(x), round(y + 12), 11, "middle"),
  ].join("\n");
}

const round = (n: number): number => Math.round(n * 10) / 10;
