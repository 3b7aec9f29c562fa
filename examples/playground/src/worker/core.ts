import * as wg from "wasmgrad";
import { prepare } from "../data/prepare.js";
import { checked } from "../defaults.js";
import type { Command, Report } from "../protocol.js";
import { messageOf } from "./failure.js";
import { recognizer } from "./recognize.js";
import { type Run, startRun } from "./run.js";
import { search } from "./search.js";

interface CoreOptions {
  /** The file of the model that `npm start` has saved. */
  readonly digitsModel: () => Promise<Uint8Array>;
  /** Milliseconds between two pictures of a run at least. Default: 80. */
  readonly pictureEvery?: number;
}

/**
 * All that the worker does, as a function of a command: what comes of it is posted. What the promise waits for is that the command was
 * taken, not that a run has ended.
 */
export function createCore(
  post: (report: Report) => void,
  { digitsModel, pictureEvery = 80 }: CoreOptions,
): (command: Command) => Promise<void> {
  // Strict arithmetic: a link trains the same bits in every browser.
  let begun = wg.init({ numerics: "strict" });
  const runs = new Map<number, Promise<Run>>();
  const recognize = recognizer(digitsModel);
  let searching: { isStopped: boolean } | undefined;

  const drop = (run: number): void => {
    // Of one that could not begin there is nothing to drop.
    runs.get(run)?.then(
      (dropped) => dropped.drop(),
      () => undefined,
    );
    runs.delete(run);
  };

  const start = ({ run, settings, ...own }: Command & { type: "start" }): void => {
    drop(run);
    const isCurrent = () => runs.get(run) === made;
    const make = async (): Promise<Run> => {
      await begun;
      const given = checked(settings);
      const data = await prepare(given, own);
      const report = (each: Report) => isCurrent() && post(each);
      return startRun(run, given, data, { report, pictureEvery });
    };
    const made = make();
    runs.set(run, made);
  };

  const take = async (command: Command): Promise<void> => {
    switch (command.type) {
      case "limit":
        begun = begun.then(() => wg.init({ memoryLimit: command.megabytes * 2 ** 20 }));
        return begun;
      case "start":
        start(command);
        break;
      case "drop":
        return drop(command.run);
      case "search": {
        const own = { isStopped: false };
        searching = own;
        const isCurrent = () => searching === own;
        await begun;
        return search(
          { ...command, settings: checked(command.settings) },
          (report) => isCurrent() && post(report),
          () => own.isStopped || !isCurrent(),
        );
      }
      case "stopSearch":
        if (searching) searching.isStopped = true;
        return;
      case "recognize":
        await begun;
        return post({ type: "recognized", probabilities: await recognize(command.pixels) });
      default:
        break;
    }
    const made = runs.get(command.run);
    const run = await made?.catch((error) => {
      // What is asked of a run that could not begin gets the same answer again.
      if (runs.get(command.run) === made) throw error;
      return undefined;
    });
    if (!run) return;
    if (command.type === "play") run.play();
    else if (command.type === "pause") run.pause();
    else if (command.type === "step") run.step(command.epochs);
    else if (command.type === "gradientCheck") await run.checkGradient();
  };

  return (command) =>
    take(command).catch((error) => {
      post({ type: "failed", run: "run" in command ? command.run : undefined, message: messageOf(error) });
    });
}
