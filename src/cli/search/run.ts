import type { Command } from "../commands.js";
import { searching, searchingUsage } from "./searching.js";
import { fileOf } from "./storage-options.js";

const usage = `Usage: wasmgrad search run STUDY [options]

Runs the trials of a study: a file of JavaScript or TypeScript whose default export is defineStudy({ name, space, objective, … }). Each that
ends is kept in its storage; run again, it goes on where it was.

  --storage ADDRESS  a SQLite file, or postgres://user@host/database; default: NAME.sqlite in this folder
${searchingUsage}`;

export const runStudy: Command = {
  usage,
  does: "runs the trials of a study; again, it goes on",
  run: (args, terminal) => searching(args, terminal, { storageOf: (name) => fileOf(name), goesOn: "goes on" }),
};
