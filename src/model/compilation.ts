import type { Blocks } from "./blocks.js";
import type { Compiled, CompileOptions } from "./compile.js";
import type { Network } from "./network.js";
import { trainingCode } from "./training-code.js";

type Next = (compiled: Compiled, blocks: Blocks) => void;

/** What `compile` was told, and what comes of it: at once where the code for that is there, else as soon as it is asked for with that code there. */
export class Compilation {
  /** As they were when `compile` was called. */
  readonly options: CompileOptions;
  /** What came of it, where it is carried out. */
  done: Compiled | undefined;
  private next: Next | undefined;

  /**
   * @param original that of the model which this one is a copy of
   * @throws as `compileOptions`, where the code is there
   */
  constructor(
    private readonly network: Network,
    options: CompileOptions,
    private original?: Compilation,
  ) {
    this.options = options;
    void this.result;
    this.options = { ...options };
  }

  /** Carries it out where that can be. @throws as `compileOptions`, each time */
  get result(): Compiled | undefined {
    const code = this.done ? undefined : trainingCode();
    if (!code) return this.done;
    const { graph, parameters } = this.network;
    const original = this.original?.result;
    const options = original ? code.compileAgain(this.options, original) : this.options;
    const compiled = code.compileOptions(options, graph);
    const blocks = code.blocksOf(parameters);
    blocks.dropSlots(compiled.optimizer.starts);
    this.next?.(compiled, blocks);
    this.original = undefined;
    this.next = undefined;
    this.done = compiled;
    return compiled;
  }

  /** What is to be done as soon as it is carried out, and now if it is. */
  whenDone(next: Next): void {
    const code = trainingCode();
    if (this.done && code) next(this.done, code.blocksOf(this.network.parameters));
    else this.next = next;
  }
}
