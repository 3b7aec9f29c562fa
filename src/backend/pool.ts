import type { Jobs } from "#kernels/kernels";
import { platform } from "#platform";
import { maySleep, startWorker } from "#worker";
import type { PoolWorker } from "../util/platform/platform.js";
import { JOB_BYTES, SAVED_BYTES, SCRATCH_BYTES } from "./jobs.js";
import type { Memory } from "./memory.js";

// The layout of assembly/threads.ts.
const SLOT_COUNT = 76;
const NAPS = 80;
const SLOTS = 704;
const SLOT = 64;
const UP = 8;
const ASLEEP = 12;
const SCRATCH = 16;
const SAVED = 20;
const ENDED = 24;
const DONE_COUNT = 28;

/** A worker that ends so often before it was up once is not tried again, until `init` asks anew. */
const TRIES = 3;

/** A kernel binary that jobs run on, by its number. */
export interface Binary {
  readonly number: number;
  readonly jobs: Jobs;
}

interface Slot {
  worker: PoolWorker | undefined;
  wasUp: boolean;
  /** How many workers in a row ended before they were up. */
  failures: number;
}

/**
 * The worker threads and the block through which they are given work. They start in the background, one with each job that is worth it;
 * a job runs on those that are up.
 */
export class Pool {
  private readonly control: number;
  private readonly slots: Slot[] = [];
  private readonly modules: WebAssembly.Module[] = [];
  private wanted = 0;
  /** Whether every worker that is wanted was started. */
  private begun = true;
  /** Where a call that is not recorded has its job. */
  readonly job: number;
  /** Workers that have ended by themselves. */
  lost = 0;
  /** Why there are none, where one could not even begin. */
  failure: string | undefined;
  /** The script of a page's workers, if it does not lie beside the library. */
  script: string | undefined;

  constructor(
    readonly memory: Memory,
    mostThreads: number,
  ) {
    const bytes = SLOTS + mostThreads * SLOT;
    this.control = memory.take(bytes);
    this.job = memory.take(JOB_BYTES);
    memory.u8.fill(0, this.control, this.control + bytes);
    this.setWord(NAPS, Number(maySleep()));
  }

  /** The binary of a module; workers learn of a new one with the next job. */
  binary(module: WebAssembly.Module, jobs: Jobs): Binary {
    const known = this.modules.indexOf(module) + 1;
    if (known) return { number: known, jobs };
    const number = this.modules.push(module);
    for (const { worker } of this.slots) worker?.post({ number, module });
    return { number, jobs };
  }

  /** Changes the number of threads, the main one included. A worker too many sleeps: it may have a chunk of a job that was cut for more. */
  resize(threads: number): void {
    this.wanted = threads - 1;
    this.begun = this.wanted === 0;
    this.failure = undefined;
    for (const slot of this.slots) slot.failures = 0;
    this.setWord(SLOT_COUNT, Math.min(this.wanted, this.slots.length));
  }

  /** Workers that take jobs. */
  get up(): number {
    let count = 0;
    for (let i = 0; i < Math.min(this.wanted, this.slots.length); i++) count += Number(this.isUp(i));
    return count;
  }

  /** Chunks of jobs that workers have done. */
  get done(): number {
    return this.slots.reduce((sum, _, i) => sum + this.word(this.slotAt(i) + DONE_COUNT), 0);
  }

  /** Runs the job at `at`. It makes no garbage. */
  run(at: number, binary: Binary): void {
    if (!this.begun) this.start();
    try {
      let busy = binary.jobs.job_run(this.control, at, binary.number);
      while (busy !== 0) {
        if (!this.isAlive(busy - 1)) this.redo(busy - 1, binary);
        busy = binary.jobs.job_finish(this.control);
      }
    } catch (error) {
      // A kernel trapped, and its chunks are nobody's: from here on one thread does all.
      this.resize(1);
      throw error;
    }
  }

  /** Does what a worker that has ended had begun. */
  redo(i: number, binary: Binary): void {
    (this.slots[i] as Slot).wasUp = true;
    this.markDown(i);
    binary.jobs.job_recover(this.control, i);
  }

  /** Starts one worker more: a start takes the main thread about a millisecond. */
  private start(): void {
    let i = this.slots.findIndex(({ worker, failures }) => !worker && failures < TRIES);
    if (i < 0) i = this.slots.length;
    if (i >= this.wanted || !this.makeSlot(i)) this.begun = true;
    else this.begin(i);
  }

  /** Makes the slot where there is none. False: there is no memory for it, and the kernels run on the threads there are. */
  private makeSlot(i: number): boolean {
    if (i < this.slots.length) return true;
    let scratch: number;
    try {
      scratch = this.memory.take(SCRATCH_BYTES + SAVED_BYTES);
    } catch {
      this.wanted = i;
      return false;
    }
    this.setWord(this.slotAt(i) + SCRATCH, scratch);
    this.setWord(this.slotAt(i) + SAVED, scratch + SCRATCH_BYTES);
    this.slots.push({ worker: undefined, wasUp: false, failures: 0 });
    this.setWord(SLOT_COUNT, Math.min(this.wanted, this.slots.length));
    return true;
  }

  private begin(i: number): void {
    const slot = this.slots[i] as Slot;
    const modules = this.modules.map((module, index) => ({ number: index + 1, module }));
    const { control, memory } = this;
    const worker = startWorker({ memory: memory.wasm, control, slot: i, modules, script: this.script });
    slot.worker = worker;
    if (!worker) slot.failures = TRIES;
    worker?.onEnd((reason, began) => {
      slot.failures = slot.wasUp || this.isUp(i) ? 0 : slot.failures + 1;
      slot.wasUp = false;
      slot.worker = undefined;
      this.markDown(i);
      if (!began) return this.giveUp(reason);
      this.lost++;
      const again = i < this.wanted && slot.failures < TRIES;
      platform.warn(
        `threads: worker ${i + 1} ended (${reason}); what it had begun the main thread does again` +
          (again ? ", and another one starts in its place" : ""),
      );
      if (again) this.begin(i);
    });
  }

  /** Where the script of one worker does not run, no other does. */
  private giveUp(reason: string): void {
    if (this.failure !== undefined) return;
    this.resize(1);
    this.failure = reason;
    platform.warn(`threads: the script of a worker did not run (${reason}), so kernels run on one thread`);
  }

  private isUp(i: number): boolean {
    return this.word(this.slotAt(i) + UP) === 1;
  }

  private isAlive(i: number): boolean {
    const at = this.slotAt(i);
    // The last bits of the number of the job, and how far the worker is in it.
    const doing = (this.word(0) & 0xfffff) * 2 ** 32 + ((this.word(at) * 31 + this.word(at + 4)) >>> 0);
    return this.word(at + ENDED) !== 1 && this.slots[i]?.worker?.isAlive(doing) === true;
  }

  private markDown(i: number): void {
    this.setWord(this.slotAt(i) + UP, 0);
    this.setWord(this.slotAt(i) + ASLEEP, 0);
    this.setWord(this.slotAt(i) + ENDED, 0);
  }

  private slotAt(i: number): number {
    return SLOTS + i * SLOT;
  }

  private word(offset: number): number {
    return Atomics.load(this.memory.u32, (this.control + offset) >>> 2);
  }

  /** Writes a word of the control block. */
  private setWord(offset: number, value: number): void {
    Atomics.store(this.memory.u32, (this.control + offset) >>> 2, value);
  }
}
