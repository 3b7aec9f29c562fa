import { stat } from "node:fs/promises";
import { type Inspection, inspect, load } from "../formats/index.js";
import { type Format, formats, registry } from "../formats/registry.js";
import type { BaseModel } from "../model/base.js";
import { savedAs } from "../util/named.js";
import { sizeOfShape } from "../util/shapes.js";
import type { Terminal } from "./terminal.js";
import { exitCodes, parsed, UsageError } from "./usage.js";

const usage = `Usage: wasmgrad inspect FILE [options]

Says what a model's file holds: its format, its graph, its parameters and their sizes, how it is trained, and what of it no model can be made of, and where.

  --format NAME   ${formats.join(", ")}; default: by the file's ending
  --weights FILE  the weights, where they lie in a file that FILE does not name
  --tensors       lists every tensor of the file
  --json          all of it as JSON`;

/** Sizes as people say them. */
const bytesText = (n: number): string =>
  n < 1000
    ? `${n} bytes`
    : n < 1e6
      ? `${(n / 1e3).toFixed(1)} kB`
      : n < 1e9
        ? `${(n / 1e6).toFixed(1)} MB`
        : `${(n / 1e9).toFixed(2)} GB`;

const widths: Readonly<Record<string, number>> = { 64: 8, 32: 4, 16: 2, 8: 1 };
const itemBytes = (dtype: string): number => widths[/\d+$/.exec(dtype)?.[0] ?? ""] ?? 1;

/** A format by its name on the command line. @throws UsageError */
export function formatNamed(option: string, name: string | undefined): { format?: Format } {
  if (name === undefined) return {};
  if (Object.hasOwn(registry, name)) return { format: name as Format };
  throw new UsageError(`--${option} expected ${formats.join(", ")}, got "${name}"`);
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { words, values } = parsed(args, ["FILE"], {
    format: { type: "string" },
    weights: { type: "string" },
    tensors: { type: "boolean" },
    json: { type: "boolean" },
  });
  const [file] = words as [string];
  const options = {
    ...formatNamed("format", values.format),
    ...(values.weights === undefined ? {} : { weights: values.weights }),
    onProgress: terminal.progress,
  };
  const found = await inspect(file, options);
  const model = found.unsupported.length > 0 ? undefined : await modelOf(file, found, options);
  const size = await stat(file).then(
    (each) => each.size,
    () => undefined, // a URL
  );
  terminal.clear();
  if (values.json) terminal.print(JSON.stringify(asJson(file, size, found, model), null, 2));
  else terminal.print(asText(terminal, file, size, found, model, values.tensors === true));
  return found.unsupported.length > 0 ? exitCodes.unsupported : exitCodes.fine;
}

/** The model, where the file has an architecture. */
async function modelOf(file: string, { format }: Inspection, options: object): Promise<BaseModel | undefined> {
  const { load: decode } = await registry[format].open();
  return decode ? load(file, { ...options, format }) : undefined;
}

function countsOf({ tensors }: Inspection) {
  const sizes = tensors.map(({ shape, dtype }) => ({ size: sizeOfShape(shape), each: itemBytes(dtype) }));
  return {
    tensors: tensors.length,
    numbers: sizes.reduce((sum, { size }) => sum + size, 0),
    bytes: sizes.reduce((sum, { size, each }) => sum + size * each, 0),
  };
}

function asJson(file: string, size: number | undefined, found: Inspection, model: BaseModel | undefined) {
  const graph = model && {
    inputs: model.network.graph.inputs.map(({ name, shape, dtype = "float32" }) => ({ name, shape, dtype })),
    layers: model.network.graph.steps.map((step) => ({
      name: step.name,
      kind: step.layer.kind,
      inputs: step.inputs,
      outputs: step.outputs,
      shapes: step.outputShapes,
    })),
    outputs: model.network.graph.outputs,
    parameters: model.variables.reduce((sum, each) => sum + each.size, 0),
  };
  const { compiled } = model ?? {};
  const settings = compiled && {
    optimizer: savedAs(compiled.optimizer),
    outputs: compiled.heads.map(({ name, loss, weight, metrics }) => ({
      name,
      loss: { name: loss.name, config: loss.config },
      weight,
      metrics: metrics.map((each) => ({ name: each.name, config: each.config })),
    })),
    step: model?.position.step,
  };
  const more = { ...(graph ? { graph } : {}), ...(settings ? { compiled: settings } : {}) };
  return { file, size, ...found, counts: countsOf(found), ...more };
}

/** How a model is trained, as people say it. */
function trainingOf({ compiled, position, outputNames }: BaseModel): [string, string][] {
  if (!compiled) return [];
  const { optimizer, heads } = compiled;
  const { learningRate } = optimizer;
  const rate = typeof learningRate === "number" ? `${learningRate}` : learningRate.name;
  const each = (text: (head: (typeof heads)[number]) => string) =>
    heads
      .map((head) => [head.name, text(head)])
      .filter(([, said]) => said !== "")
      .map(([name, said]) => (outputNames.length > 1 ? `${name}: ${said}` : said))
      .join("; ");
  return [
    ["optimizer", `${optimizer.name}, learning rate ${rate}, ${position.step.toLocaleString("en")} steps done`],
    ["loss", each(({ loss, weight }) => `${loss.name}${weight === 1 ? "" : ` × ${weight}`}`)],
    ["metrics", each(({ metrics }) => metrics.map(({ name }) => name).join(", "))],
  ];
}

function asText(
  { style }: Terminal,
  file: string,
  size: number | undefined,
  found: Inspection,
  model: BaseModel | undefined,
  everyTensor: boolean,
): string {
  const { format, metadata, preprocessing, tensors, unsupported, training = [] } = found;
  const counts = countsOf(found);
  // The architecture as JSON is what the graph below shows.
  const said = Object.entries(metadata).filter(([key, value]) => key !== "format" && !/^([[{]|$)/.test(value));
  const facts: [string, string][] = [
    ["format", format],
    ["size", size === undefined ? "" : bytesText(size)],
    ...said.map(([key, value]): [string, string] => [key, value]),
    [
      "preprocessing",
      Object.entries(preprocessing)
        .map(([name, { kind }]) => `${name}: ${kind}`)
        .join(", "),
    ],
    ...(model ? trainingOf(model) : []),
    ["tensors", `${counts.tensors}, ${counts.numbers.toLocaleString("en")} numbers, ${bytesText(counts.bytes)}`],
  ];
  const shown = facts.filter(([, value]) => value !== "");
  const width = Math.max(...shown.map(([key]) => key.length));
  const parts = [
    `${style("bold", file)}\n${shown.map(([key, value]) => `  ${style("dim", key.padEnd(width))}  ${value}`).join("\n")}`,
  ];
  if (model) model.summary({ print: (text) => void parts.push(text) });
  if (everyTensor || (!model && unsupported.length === 0)) {
    const longest = Math.max(0, ...tensors.map(({ name }) => name.length));
    parts.push(
      tensors.map(({ name, dtype, shape }) => `  ${name.padEnd(longest)}  ${dtype} [${shape.join(", ")}]`).join("\n"),
    );
  }
  if (training.length > 0) {
    const lines = training.map((each) => `  ${style("yellow", "–")} ${each}`);
    parts.push(`${style("yellow", "Left out of how it is trained")}\n${lines.join("\n")}`);
  }
  if (unsupported.length > 0) {
    const lines = unsupported.map((each) => `  ${style("red", "✗")} ${each}`);
    parts.push(`${style("red", "No model can be made of")}\n${lines.join("\n")}`);
  } else if (model) parts.push(style("green", "✓ everything in it is supported"));
  return parts.join("\n\n");
}

export const inspectFile = { usage, does: "what is in a model's file, and what is not supported", run };
