// One job on every thread that is up: a kernel call whose range is cut into at most 64 chunks, whose bounds follow from the call alone.
//
//   control    0  epoch u64, the number of the last job; workers spin on it, then wait
//             64  job u32, its address   68  module u32, which binary runs it   72  threads u32   76  slots u32
//             80  naps u32: 1 where the main thread may sleep, which that of a page may not
//            128  waiting u32: 1 while the main thread sleeps
//            192  chunks: 64 words of u64, epoch · 2^16 + who: 0 free, else the thread that has it, or DONE
//            704  slots: 64 bytes for each worker: progress u64, up u32, asleep u32, scratch u32, saved u32, ended u32, chunks done u32
//   job        0  kernel u32   4  begin   8  end   12  elements a chunk   16  chunks   20  least   24  most chunks a claim   28  block
//             32  how many outputs are added into, and for each from 40 on: address u32, bytes for one of the range u32, or for as many
//                 as 36 says; the last of so many bytes are not the output's: 72
//             80  the kernel's arguments before its range, each a double
//
// A thread claims a run of chunks by compare-and-swap on their words, beginning with its own share of them: from kernel to kernel it
// meets the same rows. A word holds the job's number, so that a thread that comes late can claim nothing of a later job, whatever it
// read before; and it says who has the chunk, at once.
//
// A worker may end at any instruction that loops. What it has claimed is then done by the main thread: again from the start where the
// kernel only writes, and where it adds, from the block that the worker was in, after that block's outputs were put back. For that a
// worker copies them before it begins a block, and `progress` says how far it is: (p, p) up to p, (p, q) inside of the block from p to q.
// (Weighed against it: adding on the main thread alone, which loses half of every backward pass; a private sum for each worker, which
// changes bits; and the whole step again, which an operation outside of `fit` does not have.)

const JOB: usize = 64;
const MODULE: usize = 68;
const THREADS: usize = 72;
const SLOT_COUNT: usize = 76;
const NAPS: usize = 80;
const WAITING: usize = 128;
const CHUNKS: usize = 192;
const SLOTS: usize = 704;
const SLOT: usize = 64;

const UP: usize = 8;
const ASLEEP: usize = 12;
const SCRATCH: usize = 16;
const SAVED: usize = 20;
const ENDED: usize = 24;
const DONE_COUNT: usize = 28;

const BEGIN: usize = 4;
const END: usize = 8;
const STEP: usize = 12;
const COUNT: usize = 16;
const LEAST: usize = 20;
const MOST: usize = 24;
const BLOCK: usize = 28;
const OUTPUTS: usize = 32;
const PER: usize = 36;
const OUTPUT: usize = 40;
const TAIL: usize = 72;
const ARGUMENTS: usize = 80;

const MOST_CHUNKS: u32 = 64;
const MAIN: u64 = 0xfffe;
const DONE: u64 = 0xffff;
const NOWHERE: u64 = ~(<u64>0);

/** Some 50 µs: longer than the gap between two kernels of a training step, shorter than anyone would notice. */
const IDLE_SPINS: u32 = 40000;
/** Some 20 µs. */
const FINISH_SPINS: u32 = 16000;
/** Then the main thread sleeps, where it may, and looks every 5 ms whether the worker that it waits for is there. */
const NAP: i64 = 5_000_000;

@inline
function slotAt(control: usize, slot: u32): usize {
  return control + SLOTS + <usize>slot * SLOT;
}

@inline
function chunkAt(control: usize, chunk: u32): usize {
  return control + CHUNKS + (<usize>chunk << 3);
}

/** Copies the outputs of p … q to `saved`, or back. */
function copyOutputs(job: usize, saved: usize, p: u32, q: u32, back: bool): void {
  const outputs = load<u32>(job, OUTPUTS);
  const per = load<u32>(job, PER);
  const tail = load<u32>(job, TAIL);
  for (let i: u32 = 0; i < outputs; i++) {
    const bytes = load<u32>(job + OUTPUT + 8 * i, 4);
    const from = <usize>load<u32>(job + OUTPUT + 8 * i) + (p / per) * bytes;
    const size = ((q - p) / per) * bytes - tail;
    if (back) memory.copy(from, saved, size);
    else memory.copy(saved, from, size);
    saved += size;
  }
}

/** The range b … e on a worker, so that it can be taken up by another thread. */
function careful<C>(job: usize, own: usize, b: u32, e: u32): void {
  const kernel = load<u32>(job);
  const scratch = load<u32>(own, SCRATCH);
  if (!load<u32>(job, OUTPUTS)) {
    changetype<C>(0).call(kernel, job + ARGUMENTS, b, e, scratch);
    return;
  }
  const block = load<u32>(job, BLOCK);
  for (let p = b; p < e; ) {
    const q = min(e, p + block);
    copyOutputs(job, load<u32>(own, SAVED), p, q, false);
    atomic.store<u64>(own, ((<u64>p) << 32) | q);
    changetype<C>(0).call(kernel, job + ARGUMENTS, p, q, scratch);
    atomic.store<u64>(own, ((<u64>q) << 32) | q);
    p = q;
  }
}

/** Claims chunks and does them until none is free. `own` is the worker's slot, or 0 on the main thread. */
function work<C>(control: usize, epoch: u64, who: u64, place: u32, own: usize): void {
  const job = <usize>load<u32>(control, JOB);
  const count = min(load<u32>(job, COUNT), MOST_CHUNKS);
  const threads = max(load<u32>(control, THREADS), 1);
  const begin = load<u32>(job, BEGIN);
  const step = load<u32>(job, STEP);
  const least = load<u32>(job, LEAST);
  const most = load<u32>(job, MOST);
  const free = epoch << 16;
  let share = place % threads;
  for (let n: u32 = 0; n < threads; n++) {
    let i = (share * count) / threads;
    const stop = ((share + 1) * count) / threads;
    while (i < stop) {
      if (own) atomic.store<u64>(own, NOWHERE);
      // Half of what is left: few calls, and no thread waits long for the last one.
      let wanted = max(least, (stop - i + 1) / 2);
      if (stop - i < wanted + least) wanted = stop - i;
      wanted = min(wanted, most);
      let j = i;
      while (j < stop && j - i < wanted && atomic.cmpxchg<u64>(chunkAt(control, j), free, free | who) == free) j++;
      if (j == i) {
        i++;
        continue;
      }
      const b = begin + i * step;
      const e = min(load<u32>(job, END), begin + j * step);
      if (own) {
        atomic.store<u64>(own, ((<u64>b) << 32) | b);
        careful<C>(job, own, b, e);
      } else changetype<C>(0).call(load<u32>(job), job + ARGUMENTS, b, e, 0);
      if (own) store<u32>(own, load<u32>(own, DONE_COUNT) + j - i, DONE_COUNT);
      for (; i < j; i++) atomic.store<u64>(chunkAt(control, i), free | DONE);
      if (own && atomic.load<u32>(control, WAITING)) {
        atomic.store<u32>(control, 0, WAITING);
        atomic.notify(control + WAITING, 1);
      }
    }
    share = share + 1 == threads ? 0 : share + 1;
  }
}

/** A worker's life. Returns when a job is for another binary than `module`: the number of that one. */
@inline
export function serve<C>(control: usize, slot: u32, module: u32): u32 {
  const own = slotAt(control, slot);
  atomic.store<u32>(own, 1, UP);
  let seen: u64 = 0;
  while (true) {
    let epoch = atomic.load<u64>(control);
    for (let spins: u32 = 0; epoch == seen; epoch = atomic.load<u64>(control)) {
      if (++spins < IDLE_SPINS && slot < atomic.load<u32>(control, SLOT_COUNT)) continue;
      atomic.store<u32>(own, 1, ASLEEP);
      atomic.wait<i64>(control, seen, -1);
      atomic.store<u32>(own, 0, ASLEEP);
      spins = 0;
    }
    seen = epoch;
    const wanted = atomic.load<u32>(control, MODULE);
    if (wanted != module) return wanted;
    if (slot < atomic.load<u32>(control, SLOT_COUNT)) work<C>(control, epoch, slot + 1, slot + 1, own);
  }
}

/** Notes that an error has ended the worker of `slot`. */
export function end(control: usize, slot: u32): void {
  atomic.store<u32>(slotAt(control, slot), 1, ENDED);
}

/** Runs a job on the threads that are up. Returns as `finish`. */
@inline
export function run<C>(control: usize, job: usize, module: u32): u32 {
  const slots = load<u32>(control, SLOT_COUNT);
  let threads: u32 = 1;
  let asleep: u32 = 0;
  for (let slot: u32 = 0; slot < slots; slot++) threads += atomic.load<u32>(slotAt(control, slot), UP);
  if (threads == 1) {
    changetype<C>(0).call(load<u32>(job), job + ARGUMENTS, load<u32>(job, BEGIN), load<u32>(job, END), 0);
    return 0;
  }
  const epoch = atomic.load<u64>(control) + 1;
  store<u32>(control, <u32>job, JOB);
  atomic.store<u32>(control, module, MODULE);
  store<u32>(control, threads, THREADS);
  const count = load<u32>(job, COUNT);
  for (let i: u32 = 0; i < count; i++) store<u64>(chunkAt(control, i), epoch << 16);
  atomic.store<u64>(control, epoch);
  for (let slot: u32 = 0; slot < slots; slot++) asleep |= atomic.load<u32>(slotAt(control, slot), ASLEEP);
  if (asleep) atomic.notify(control, -1);
  work<C>(control, epoch, MAIN, 0, 0);
  return finish(control);
}

/** Waits for the chunks that workers have. Returns 0 when all are done, or 1 + the slot of a worker that takes long. */
export function finish(control: usize): u32 {
  const done = (atomic.load<u64>(control) << 16) | DONE;
  const count = load<u32>(<usize>load<u32>(control, JOB), COUNT);
  for (let i: u32 = 0; i < count; i++) {
    const word = chunkAt(control, i);
    for (let spins: u32 = 0; atomic.load<u64>(word) != done; spins++) {
      if (spins < FINISH_SPINS) continue;
      if (load<u32>(control, NAPS)) {
        atomic.store<u32>(control, 1, WAITING);
        if (atomic.load<u64>(word) != done) atomic.wait<i32>(control + WAITING, 1, NAP);
        atomic.store<u32>(control, 0, WAITING);
      }
      const state = atomic.load<u64>(word);
      if (state != done) return <u32>(state & 0xffff);
    }
  }
  return 0;
}

/** Does what the worker of `slot`, which has ended, left undone. */
@inline
export function recover<C>(control: usize, slot: u32): void {
  const own = slotAt(control, slot);
  const job = <usize>load<u32>(control, JOB);
  const epoch = atomic.load<u64>(control);
  const progress = atomic.load<u64>(own);
  const p = <u32>(progress >> 32);
  const q = <u32>progress;
  if (progress != NOWHERE && q > p) copyOutputs(job, load<u32>(own, SAVED), p, q, true);
  const count = load<u32>(job, COUNT);
  const step = load<u32>(job, STEP);
  for (let i: u32 = 0; i < count; i++) {
    const word = chunkAt(control, i);
    if (atomic.load<u64>(word) != ((epoch << 16) | (slot + 1))) continue;
    const b = load<u32>(job, BEGIN) + i * step;
    const e = min(load<u32>(job, END), b + step);
    const from = progress == NOWHERE ? b : max(b, p);
    if (from < e) changetype<C>(0).call(load<u32>(job), job + ARGUMENTS, from, e, 0);
    atomic.store<u64>(word, (epoch << 16) | DONE);
  }
  store<u64>(own, NOWHERE);
}
