import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connect, type WorkerLike } from "../../../examples/playground/src/connect.js";
import { defaults } from "../../../examples/playground/src/defaults.js";
import type { Command, Report } from "../../../examples/playground/src/protocol.js";

class FakeWorker implements WorkerLike {
  readonly heard: Command[] = [];
  isTerminated = false;
  private readonly listeners = new Map<string, (event: Event) => void>();
  postMessage(message: unknown): void {
    this.heard.push(message as Command);
  }
  terminate(): void {
    this.isTerminated = true;
  }
  addEventListener(type: string, listener: (event: Event) => void): void {
    this.listeners.set(type, listener);
  }
  say(report: Partial<Report>): void {
    this.listeners.get("message")?.({ data: report } as never);
  }
  die(message: string): void {
    this.listeners.get("error")?.({ message, preventDefault: () => undefined } as never);
  }
}

const workers: FakeWorker[] = [];
const reports: Report[] = [];
const last = (): FakeWorker => workers.at(-1) as FakeWorker;
const start = { type: "start", run: 1, settings: defaults } as const;

function connected(memory?: number) {
  const create = () => {
    workers.push(new FakeWorker());
    return last();
  };
  const connection = connect({ create, patience: 1000, memory });
  connection.onReport = (report) => reports.push(report);
  return connection;
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  workers.length = reports.length = 0;
});

test("a worker begins with the first command, and what it says is passed on", () => {
  const connection = connected();
  expect(workers).toHaveLength(0);
  connection.send(start);
  last().say({ type: "ended", run: 1, why: "done" });
  expect(last().heard).toEqual([start]);
  expect(reports).toEqual([{ type: "ended", run: 1, why: "done" }]);
});

test("a worker that died is replaced, and begins with the same settings", () => {
  const connection = connected();
  connection.send(start);
  connection.send({ type: "play", run: 1 });
  last().die("out of memory");
  expect(workers).toHaveLength(2);
  expect(workers[0]?.isTerminated).toBe(true);
  expect(last().heard).toEqual([start]);
  expect(reports[0]).toMatchObject({ type: "failed", run: 1, message: expect.stringContaining("out of memory") });
  workers[0]?.say({ type: "ended", run: 1, why: "late" });
  expect(reports.some((report) => report.type === "ended")).toBe(false);
});

test("what had been trained is trained anew, as far as it had come, even where that kills the next one", () => {
  const connection = connected();
  const heard = (epoch: number) => last().say({ type: "progress", run: 1, epoch, playing: true });
  connection.send(start);
  heard(7);
  last().die("killed");
  const again = { type: "step", run: 1, epochs: 7 };
  expect(last().heard).toEqual([start, again]);
  expect(reports.at(-2)).toMatchObject({ message: expect.stringMatching(/anew up to epoch 7.+Press play/) });
  heard(5);
  last().die("killed");
  expect(last().heard).toEqual([start, again]);
  heard(6);
  last().die("killed");
  expect(workers).toHaveLength(3);
  expect(reports.at(-2)).toMatchObject({ message: expect.stringContaining("smaller network") });
});

test("memory is capped in each worker, before anything else", () => {
  const connection = connected(64);
  connection.send(start);
  last().die("");
  for (const worker of workers) expect(worker.heard).toEqual([{ type: "limit", megabytes: 64 }, start]);
});

test("one that owes an answer and says nothing is replaced; one that rests is not", () => {
  const connection = connected();
  connection.send(start);
  vi.advanceTimersByTime(900);
  last().say({ type: "ready", run: 1 });
  vi.advanceTimersByTime(100_000);
  expect(workers).toHaveLength(1);
  connection.send({ type: "play", run: 1 });
  vi.advanceTimersByTime(1100);
  expect(workers).toHaveLength(2);
  expect(reports.at(-2)).toMatchObject({ type: "failed", message: expect.stringContaining("does not answer") });
});

test("a run that was dropped is not begun again", () => {
  const connection = connected();
  connection.send(start);
  connection.send({ ...start, run: 2 });
  connection.send({ type: "drop", run: 1 });
  last().die("");
  expect(last().heard).toEqual([{ ...start, run: 2 }]);
});

test("one that dies again and again is let be, until the visitor acts", () => {
  const connection = connected();
  connection.send(start);
  for (let i = 0; i < 3; i++) last().die("");
  expect(workers).toHaveLength(3);
  expect(reports.at(-2)).toMatchObject({ message: expect.stringContaining("smaller network") });
  connection.send(start);
  expect(workers).toHaveLength(4);
});
