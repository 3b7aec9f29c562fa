import type { Command } from "../commands.js";
import { UsageError } from "../usage.js";
import { searching, searchingUsage } from "./searching.js";

const usage = `Usage: wasmgrad search worker STUDY --storage ADDRESS [options]

Joins the processes that run the trials of a study, on as many machines as reach the storage. Workers come, go and die freely: the trials of
the dead are run again, and where the database is away for a while, all wait and go on.

  --storage ADDRESS  postgres://user@host/database, its password in PGPASSWORD; a SQLite file for the processes of one machine
${searchingUsage}`;

export const worker: Command = {
  usage,
  does: "joins a study that other processes run, on this machine or on others",
  run: (args, terminal) =>
    searching(args, terminal, {
      storageOf: () => {
        throw new UsageError("--storage expected an address that all workers reach, such as postgres://…, got none");
      },
      goesOn: "is joined",
    }),
};
