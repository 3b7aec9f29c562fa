import { layers as kerasLayers } from "../formats/keras/layers.js";
import { layerWriters } from "../formats/onnx/export/layers.js";
import { operationRules } from "../formats/onnx/export/operation.js";
import { operators as onnxOperators } from "../formats/onnx/operators/index.js";
import { operators as tensorflowOperators } from "../formats/tfjs/graph/operators/index.js";
import * as layers from "../nn/layers/index.js";
import { operations } from "../nn/operations.js";

type Table = Readonly<Record<string, unknown>>;

/** What a format's own tables say of it. */
interface FormatTables {
  readonly title: string;
  /** What it reads, by the format's names. */
  readonly reads: Table;
  /** The layers and the operations that it writes, by ours. */
  readonly writesLayers?: Table;
  readonly writesOperations?: Table;
}

const formats: readonly FormatTables[] = [
  { title: "ONNX", reads: onnxOperators, writesLayers: layerWriters, writesOperations: operationRules },
  { title: "Keras", reads: kerasLayers },
  { title: "TensorFlow.js, graph models", reads: tensorflowOperators },
];

const sorted = (table: Table): string[] => Object.keys(table).sort((a, b) => (a < b ? -1 : 1));
const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

/** One row for each name, with the formats that write it. */
function written(what: string, names: readonly string[], tableOf: (format: FormatTables) => Table | undefined): string {
  const writers = formats.filter((format) => tableOf(format));
  const rows = names.map((name) => {
    const marks = writers.map((format) => (Object.hasOwn(tableOf(format) as Table, name) ? "yes" : ""));
    return `| \`${name}\` | ${marks.join(" | ")} |`;
  });
  const titles = writers.map(({ title }) => title).join(" | ");
  return [`| ${what} | ${titles} |`, `|---|${writers.map(() => "---|").join("")}`, ...rows].join("\n");
}

/** The text of docs/operators.md. */
export function operatorsPage(): string {
  const parts = [
    "# Operators and layers",
    "What each format of another framework reads and writes. `npm run docs` makes this page from the tables of the code; wasmgrad's own\n`.safetensors` keeps every layer but `lambda`. How files are opened and what they are compared with is in [frameworks.md](frameworks.md).",
    "## Read",
    ...formats.map(({ title, reads }) => `${title}, ${Object.keys(reads).length}: ${code(sorted(reads))}.`),
    "## Written: layers",
    written("layer", sorted(layers), ({ writesLayers }) => writesLayers),
    "## Written: operations",
    "The functions of `wg` that `layers.operation` takes.",
    written("operation", sorted(operations), ({ writesOperations }) => writesOperations),
  ];
  return `${parts.join("\n\n")}\n`;
}
