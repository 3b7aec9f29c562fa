import type { Command } from "../commands.js";
import type { Terminal } from "../terminal.js";
import { exitCodes, parsed, UsageError } from "../usage.js";
import { withStudy } from "./storage-options.js";
import { trialsText } from "./text.js";

const usage = `Usage: wasmgrad search delete NAME [options]

Deletes a study and all of its trials, once it was asked whether to.

  --storage ADDRESS  a SQLite file, or postgres://user@host/database; default: NAME.sqlite in this folder
  --yes              does not ask, which it cannot without a terminal
  --json             says what was done as JSON`;

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { words, values } = parsed(args, ["NAME"], {
    storage: { type: "string" },
    yes: { type: "boolean" },
    json: { type: "boolean" },
  });
  const [name] = words as [string];
  return withStudy("delete", { ...values, name }, async (study, storage) => {
    const trials = await study.trials();
    const running = trials.filter(({ state }) => state === "running").length;
    const runs = running ? `, of which ${running} ${running === 1 ? "runs" : "run"}` : "";
    const what = `study "${name}" with ${trialsText(trials.length)}${runs}`;
    if (!values.yes) {
      const answer = await terminal.ask(`Delete ${what}? [y/N] `);
      if (answer === undefined) {
        throw new UsageError(`--yes expected where there is no terminal to ask on, to delete ${what}, got none`);
      }
      if (!/^y(es)?$/i.test(answer.trim())) {
        terminal.note(`Nothing was deleted.`);
        return exitCodes.fine;
      }
    }
    await storage.delete(name);
    if (values.json) terminal.print(JSON.stringify({ deleted: name, trials: trials.length }));
    else terminal.print(`${terminal.style("green", "✓")} deleted ${what}`);
    return exitCodes.fine;
  });
}

export const deleteStudy: Command = { usage, does: "deletes a study, once it has asked", run };
