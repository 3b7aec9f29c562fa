import { platform } from "#platform";
import { csv, decodeImage, npy, npyBytes, type Table, type Tabular } from "../data/index.js";
import { load } from "../formats/index.js";
import { formats } from "../formats/registry.js";
import type { BaseModel } from "../model/base.js";
import type { Tensor } from "../tensor/tensor.js";
import { ShapeError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { type Shape, showShape } from "../util/shapes.js";
import { formatNamed } from "./inspect.js";
import type { Terminal } from "./terminal.js";
import { exitCodes, parsed, UsageError, whole } from "./usage.js";

const usage = `Usage: wasmgrad predict MODEL INPUT [options]

Runs a model on the rows of a CSV or NPY file, or on an image (PNG, JPEG), which is brought to the model's size.
What was fitted on the training data and saved with the model is done to the input first.

  --format NAME    of MODEL: ${formats.join(", ")}; default: by its ending
  --weights FILE   the weights, where they lie in a file that MODEL does not name
  --pixels RANGE   of images: "unit" (0 to 1, default), "signed" (−1 to 1) or "bytes" (0 to 255)
  --classes NAMES  what the outputs stand for, parted by commas
  --top N          how many classes are shown of each row; default 3
  --output FILE    writes every number to a .npy, .csv or .json file
  --json           every number as JSON`;

/** Rows that are shown. */
const SHOWN = 20;

const ranges: Readonly<Record<string, (byte: number) => number>> = {
  unit: (byte) => byte / 255,
  signed: (byte) => byte / 127.5 - 1,
  bytes: (byte) => byte,
};

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { words, values } = parsed(args, ["MODEL", "INPUT"], {
    format: { type: "string" },
    weights: { type: "string" },
    pixels: { type: "string", default: "unit" },
    classes: { type: "string" },
    top: { type: "string" },
    output: { type: "string" },
    json: { type: "boolean" },
  });
  const [file, input] = words as [string, string];
  const pixels = values.pixels as string;
  if (!Object.hasOwn(ranges, pixels)) {
    throw new UsageError(`--pixels expected ${Object.keys(ranges).join(", ")}, got "${pixels}"`);
  }
  const output = values.output as string | undefined;
  if (output !== undefined && !/\.(npy|csv|json)$/.test(output)) {
    throw new UsageError(`--output expected a file that ends in .npy, .csv or .json, got "${output}"`);
  }
  const top = whole("top", values.top, 1) ?? 3;
  const model = await load(file, {
    ...formatNamed("format", values.format),
    ...(values.weights === undefined ? {} : { weights: values.weights as string }),
    onProgress: terminal.progress,
  });
  terminal.clear();
  const rows = await rowsOf(model, input, ranges[pixels] as (byte: number) => number);
  const made = model.predictAll(rows);
  const named = Object.fromEntries(model.outputNames.map((name, i) => [name, (made[i] as Tensor).toArray()]));
  if (output !== undefined) {
    await platform.writeFiles([{ path: output, parts: [bytesOf(output, made, named)] }]);
  }
  if (values.json) terminal.print(JSON.stringify(named));
  else if (output !== undefined) terminal.note(`${terminal.style("green", "✓")} ${output}`);
  else {
    const classes = values.classes?.split(",");
    made.forEach((y, i) => {
      if (made.length > 1) terminal.print(terminal.style("bold", model.outputNames[i] as string));
      terminal.print(asText(terminal, y, classes, top));
    });
  }
  return exitCodes.fine;
}

/** The rows of the input, as the model takes them. */
async function rowsOf(model: BaseModel, input: string, scaled: (byte: number) => number): Promise<HostArray> {
  const shapes = model.network.graph.inputs.map(({ shape }) => shape);
  if (shapes.length !== 1) {
    throw new ShapeError(
      `predict: a model with one input expected, got ${shapes.length}; call its predict from a program`,
    );
  }
  const shape = shapes[0] as Shape;
  const fitted = Object.values(model.preprocessing);
  if (/\.(csv|tsv|txt)(\.gz)?$/i.test(input)) {
    const table = await csv(input);
    const tabular = fitted.find((each): each is Tabular => each.config.kind === "tabular");
    return tabular ? transformed(tabular, table) : prepared(model, numbersOf(table, input));
  }
  if (/\.npy(\.gz)?$/i.test(input)) return prepared(model, inRows(await npy(input), shape));
  if (!/\.(png|jpe?g)$/i.test(input)) {
    throw new UsageError(`INPUT expected a .csv, .npy, .png or .jpg file, got "${input}"`);
  }
  const isFlat = shape.length === 1 && Number.isInteger(Math.sqrt(shape[0] as number));
  const side = Math.sqrt(shape[0] as number);
  const [height, width, channels] = isFlat ? [side, side, 1] : shape;
  if ((shape.length !== 3 && !isFlat) || ![1, 3, 4].includes(channels as number)) {
    throw new ShapeError(
      `predict: a model that takes images [height, width, 1, 3 or 4] expected for "${input}", got one that takes ${showShape(shape)}`,
    );
  }
  const size: [number, number] = [height as number, width as number];
  const { data } = await decodeImage(input, { size, crop: "aspect", channels: channels as 1 | 3 | 4 });
  return prepared(model, { data: Float32Array.from(data, scaled), shape: [1, ...shape] });
}

/** A file of one row may leave the batch out. */
function inRows(array: HostArray, shape: Shape): HostArray {
  return array.shape.length === shape.length ? { ...array, shape: [1, ...array.shape] } : array;
}

/** With what was fitted on the training data for arrays. */
function prepared({ preprocessing }: BaseModel, rows: HostArray): HostArray {
  return Object.values(preprocessing).reduce<HostArray>(
    (x, each) => (each.config.kind === "tabular" ? x : (each as { transform(x: HostArray): HostArray }).transform(x)),
    rows,
  );
}

async function transformed(tabular: Tabular, table: Table): Promise<HostArray> {
  for await (const { x } of tabular.transform(table).batch(table.size)) {
    return { data: x.toTypedArray(), shape: x.shape };
  }
  return { data: new Float32Array(0), shape: [0] };
}

function numbersOf({ columns, size }: Table, file: string): HostArray {
  const text = columns.find(({ type }) => type !== "number");
  if (text) {
    throw new ShapeError(
      `predict: columns of numbers expected in "${file}", got ${text.type} in "${text.name}"; save the model with what tabular(…) fitted: save(model, file, { preprocessing: { x } })`,
    );
  }
  const data = new Float32Array(size * columns.length);
  columns.forEach((column, c) => {
    for (let r = 0; r < size; r++) data[r * columns.length + c] = column.values[r] as number;
  });
  return { data, shape: [size, columns.length] };
}

function bytesOf(file: string, made: readonly Tensor[], named: object): Uint8Array {
  if (file.endsWith(".json")) return new TextEncoder().encode(`${JSON.stringify(named)}\n`);
  if (made.length > 1) throw new UsageError(`--output expected a .json file, as the model has ${made.length} outputs`);
  const [y] = made as [Tensor];
  if (file.endsWith(".npy")) return npyBytes({ data: y.toTypedArray(), shape: y.shape });
  return new TextEncoder().encode(
    `${linesOf(y)
      .map((row) => row.join(","))
      .join("\n")}\n`,
  );
}

/** The numbers of each row, one behind the other. */
function linesOf(y: Tensor): number[][] {
  const data = y.toTypedArray();
  const each = data.length / (y.shape[0] as number);
  return Array.from({ length: y.shape[0] as number }, (_, r) => [...data.subarray(r * each, (r + 1) * each)]);
}

function asText({ style }: Terminal, y: Tensor, classes: readonly string[] | undefined, top: number): string {
  const rows = linesOf(y);
  const lines = rows.slice(0, SHOWN).map((row, r) => {
    const sum = row.reduce((a, b) => a + b, 0);
    const isDistribution =
      y.shape.length === 2 && row.length > 1 && row.every((p) => p >= 0) && Math.abs(sum - 1) < 1e-3;
    const what = isDistribution || classes ? ranked(style, row, classes, top) : shortened(row);
    return `${style("dim", `row ${r}`.padEnd(8))} ${what}`;
  });
  if (rows.length > SHOWN)
    lines.push(style("dim", `… and ${rows.length - SHOWN} more; --output or --json has all of them`));
  return lines.join("\n");
}

function ranked(style: Terminal["style"], row: readonly number[], classes: readonly string[] | undefined, top: number) {
  const order = row.map((p, i) => ({ p, name: classes?.[i] ?? String(i) })).sort((a, b) => b.p - a.p);
  return order
    .slice(0, top)
    .map(({ p, name }, i) => (i === 0 ? style("green", `${name} ${p.toFixed(4)}`) : `${name} ${p.toFixed(4)}`))
    .join("   ");
}

const shortened = (row: readonly number[]): string =>
  `${row
    .slice(0, 10)
    .map((v) => Number(v.toPrecision(6)))
    .join("  ")}${row.length > 10 ? `  … ${row.length} numbers` : ""}`;

export const predictFile = { usage, does: "runs a model on a CSV or NPY file, or an image", run };
