import { platform } from "#platform";
import type { Command } from "../commands.js";
import { searchReport } from "../search-report/report.js";
import type { Terminal } from "../terminal.js";
import { exitCodes, parsed } from "../usage.js";
import { fileOf, storageOptions, storageUsage, withStudy } from "./storage-options.js";
import { trialsText } from "./text.js";

const usage = `Usage: wasmgrad search report [options]

Writes a study as one HTML file that needs no network: history, Pareto's front, importance of the parameters, parallel coordinates, slices,
contours, what was reported step by step, and when trials ran.

${storageUsage}
  --output FILE      default: NAME.html in this folder
  --json             says what was written as JSON`;

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parsed(args, [], { ...storageOptions, output: { type: "string" }, json: { type: "boolean" } });
  const view = await withStudy("report", values, async (study) => {
    const { name, directions, space } = study.head;
    return { name, directions, space, trials: await study.trials() };
  });
  const output = values.output ?? fileOf(view.name, "html", "output");
  await platform.writeFiles([{ path: output, parts: [new TextEncoder().encode(await searchReport(view))] }]);
  if (values.json) terminal.print(JSON.stringify({ output, trials: view.trials.length }));
  else
    terminal.print(
      `${terminal.style("green", "✓")} ${output}  ${trialsText(view.trials.length)}; open it in a browser`,
    );
  return exitCodes.fine;
}

export const report: Command = { usage, does: "a study as an HTML file with charts", run };
