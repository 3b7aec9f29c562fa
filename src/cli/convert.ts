import { stat } from "node:fs/promises";
import { load, save } from "../formats/index.js";
import { formats } from "../formats/registry.js";
import { formatNamed } from "./inspect.js";
import type { Terminal } from "./terminal.js";
import { exitCodes, parsed, whole } from "./usage.js";

const usage = `Usage: wasmgrad convert IN OUT [options]

Reads a model of one format and writes it in another, told by the files' endings.

  --from NAME     ${formats.join(", ")}; default: by the ending of IN
  --to NAME       the same of OUT
  --weights FILE  the weights, where they lie in a file that IN does not name
  --opset N       of ONNX: the operator set, 9 to 20; default 17
  --json          says what was done as JSON`;

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { words, values } = parsed(args, ["IN", "OUT"], {
    from: { type: "string" },
    to: { type: "string" },
    weights: { type: "string" },
    opset: { type: "string" },
    json: { type: "boolean" },
  });
  const [from, to] = words as [string, string];
  const opset = whole("opset", values.opset, 1);
  const target = { ...formatNamed("to", values.to), ...(opset === undefined ? {} : { opset }) };
  const model = await load(from, {
    ...formatNamed("from", values.from),
    ...(values.weights === undefined ? {} : { weights: values.weights }),
    onProgress: terminal.progress,
  });
  terminal.clear();
  await save(model, to, target);
  const parameters = model.variables.reduce((sum, each) => sum + each.size, 0);
  const { size } = await stat(to);
  if (values.json) terminal.print(JSON.stringify({ from, to, layers: model.layers.length, parameters, size }));
  else {
    const what = `${model.layers.length} layers, ${parameters.toLocaleString("en")} parameters`;
    terminal.print(`${terminal.style("green", "✓")} ${from} → ${terminal.style("bold", to)}  ${what}`);
  }
  return exitCodes.fine;
}

export const convert = { usage, does: "from one framework's file to another's", run };
