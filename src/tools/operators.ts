import { layerWriters as caffeLayers } from "../formats/caffe/export/layers.js";
import { operationWriters as caffeOperations } from "../formats/caffe/export/operations.js";
import { operators as caffeOperators } from "../formats/caffe/operators/index.js";
import { layers as dl4jLayers } from "../formats/dl4j/layers.js";
import { layerWriters as kerasWriters, sinceKeras3 } from "../formats/keras/export/layers.js";
import { layers as kerasLayers } from "../formats/keras/layers.js";
import { operators as mxnetOperators } from "../formats/mxnet/operators.js";
import { layerWriters } from "../formats/onnx/export/layers.js";
import { operationRules } from "../formats/onnx/export/operation.js";
import { operators as onnxOperators } from "../formats/onnx/operators/all.js";
import { notInTfjs } from "../formats/tfjs/export/lacking.js";
import { operators as tensorflowOperators } from "../formats/tfjs/graph/operators/index.js";
import * as layers from "../nn/layers/index.js";
import { operations } from "../nn/operations/index.js";
import { hasGradient } from "./gradients.js";

type Table = Readonly<Record<string, unknown>>;

/** What a format's own tables say of it. */
interface FormatTables {
  readonly title: string;
  /** What it reads, by the format's names; undefined where another one's are read. */
  readonly reads?: Table;
  /** What the list of these is called. Default: `title`. */
  readonly readsTitle?: string;
  /** The layers and the operations that it writes, by ours. */
  readonly writesLayers?: Table;
  readonly writesOperations?: Table;
}

const formats: readonly FormatTables[] = [
  { title: "ONNX", reads: onnxOperators, writesLayers: layerWriters, writesOperations: operationRules },
  {
    title: "Keras 3",
    reads: kerasLayers,
    readsTitle: "Keras of every version, and TensorFlow.js's layers models",
    writesLayers: kerasWriters,
  },
  { title: "Keras 2", writesLayers: without(kerasWriters, (kind) => sinceKeras3.has(kind)) },
  { title: "TensorFlow.js", writesLayers: without(kerasWriters, isNotInTfjs) },
  { title: "Caffe", reads: caffeOperators, writesLayers: caffeLayers, writesOperations: caffeOperations },
  { title: "TensorFlow.js, graph models", reads: tensorflowOperators },
  { title: "DL4J", reads: dl4jLayers, readsTitle: "DL4J, in small letters" },
  { title: "MXNet", reads: mxnetOperators, readsTitle: "MXNet, in small letters without underscores" },
];

function without(table: Table, isOut: (name: string) => boolean): Table {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !isOut(name)));
}

/** Of a class of Keras 2 that TensorFlow.js does not have, whatever its options. */
function isNotInTfjs(kind: string): boolean {
  const className = kind.charAt(0).toUpperCase() + kind.slice(1);
  return sinceKeras3.has(kind) || notInTfjs.has(className);
}

const sorted = (table: Table): string[] => Object.keys(table).sort((a, b) => (a < b ? -1 : 1));
const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

/** A column of yes and nothing. */
interface Column {
  readonly title: string;
  has(name: string): boolean;
}

/** The formats that write something of a kind. */
function writers(tableOf: (format: FormatTables) => Table | undefined): Column[] {
  return formats.flatMap((format) => {
    const table = tableOf(format);
    return table ? [{ title: format.title, has: (name) => Object.hasOwn(table, name) }] : [];
  });
}

/** One row for each name. */
function rows(what: string, names: readonly string[], columns: readonly Column[]): string {
  const lines = names.map((name) => {
    const marks = columns.map((column) => (column.has(name) ? "yes" : ""));
    return `| \`${name}\` | ${marks.join(" | ")} |`;
  });
  const titles = columns.map(({ title }) => title).join(" | ");
  return [`| ${what} | ${titles} |`, `|---|${columns.map(() => "---|").join("")}`, ...lines].join("\n");
}

/** The text of docs/operators.md. */
export function operatorsPage(): string {
  const parts = [
    "# Operators and layers",
    "What each format of another framework reads and writes. `npm run docs` makes this page from the tables of the code; wasmgrad's own\n`.safetensors` keeps every layer but `lambda`. How files are opened and what they are compared with is in [frameworks.md](frameworks.md).",
    "## Read",
    ...formats.flatMap(({ title, reads, readsTitle = title }) =>
      reads ? [`${readsTitle}, ${Object.keys(reads).length}: ${code(sorted(reads))}.`] : [],
    ),
    "## Written: layers",
    "Options that a format has no equal of are refused by name. Layers are made of operations with a gradient.",
    rows(
      "layer",
      sorted(layers),
      writers(({ writesLayers }) => writesLayers),
    ),
    "## Written: operations",
    "The functions of `wg` that `layers.operation` takes, and whether a gradient comes back through them, which is found by running each.",
    rows("operation", sorted(operations), [
      { title: "gradient", has: hasGradient },
      ...writers(({ writesOperations }) => writesOperations),
    ]),
  ];
  return `${parts.join("\n\n")}\n`;
}
