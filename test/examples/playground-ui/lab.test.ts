import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { defaults } from "../../../examples/playground/src/defaults.js";
import type { Command, Progress, Report } from "../../../examples/playground/src/protocol.js";
import type { Connection } from "../../../examples/playground/src/ui/connection.js";
import { createLab, type LabState } from "../../../examples/playground/src/ui/lab.js";
import { write } from "../../../examples/playground/src/ui/settings-path.js";

const errors = { train: 0.1, dev: 0.2, test: 0.3 };
const progress = (run: number, epoch: number, more: Partial<Progress> = {}): Progress => ({
  type: "progress",
  run,
  epoch,
  step: epoch,
  playing: false,
  since: [],
  learningRate: 0.01,
  loss: errors,
  score: errors,
  weights: [],
  activations: [],
  gradients: [],
  biasVariance: "",
  gradientFlow: "",
  stepsPerSecond: 1,
  ...more,
});

function begun(initial: LabState = { a: defaults }) {
  const sent: Command[] = [];
  const connection: Connection = { send: (command) => sent.push(command), onReport: undefined };
  const lab = createLab(connection, initial);
  lab.begin();
  const say = (report: Report): void => connection.onReport?.(report);
  const types = () => sent.map((command) => `${command.type}${"run" in command ? ` ${command.run}` : ""}`);
  return { lab, sent, say, types };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("a slider that moves starts training anew once, when it rests, and goes on if it was playing", () => {
  const { lab, types } = begun();
  lab.setPace(0);
  lab.toggle();
  for (const rate of [0.02, 0.05, 0.1]) {
    vi.advanceTimersByTime(50);
    lab.change(write(defaults, "training.learningRate", rate));
  }
  vi.advanceTimersByTime(1000);
  expect(types()).toEqual(["start 1", "play 1", "drop 1", "start 2", "play 2"]);
  expect(lab.playing.value).toBe(true);
});

test("at a pace each epoch is asked for when it is due, and pause asks for no more", () => {
  const { lab, say, types } = begun();
  lab.setPace(10);
  lab.toggle();
  say(progress(1, 0));
  vi.advanceTimersByTime(5000);
  expect(types()).toEqual(["start 1", "step 1"]);
  say(progress(1, 1));
  vi.advanceTimersByTime(1);
  say(progress(1, 1));
  say(progress(1, 2));
  vi.advanceTimersByTime(98);
  expect(types()).toEqual(["start 1", "step 1", "step 1"]);
  vi.advanceTimersByTime(2);
  expect(types()).toHaveLength(4);
  say(progress(1, 3));
  lab.toggle();
  vi.advanceTimersByTime(5000);
  expect(types()).toEqual(["start 1", "step 1", "step 1", "step 1"]);
  expect(lab.playing.value).toBe(false);
});

test("a change of pace while it plays goes on at the other", () => {
  const { lab, say, types } = begun();
  lab.setPace(10);
  lab.toggle();
  lab.setPace(0);
  say(progress(1, 1));
  vi.advanceTimersByTime(0);
  lab.setPace(30);
  expect(types()).toEqual(["start 1", "step 1", "play 1", "pause 1", "step 1"]);
});

test("two that race show an epoch when both have reached it, and are asked for the next together", () => {
  for (const pace of [10, 0]) {
    const { lab, say, types } = begun({ a: defaults, b: write(defaults, "training.optimizer", "sgd") });
    const epochs = () => [lab.runs.A.epochs.value, lab.runs.B.epochs.value];
    lab.setPace(pace);
    lab.toggle();
    expect(types()).toEqual(["start 1", "start 2", "step 1", "step 2"]);
    say(progress(2, 1));
    vi.advanceTimersByTime(1000);
    expect([epochs(), types().length]).toEqual([[0, 0], 4]);
    say(progress(1, 1));
    expect(epochs()).toEqual([1, 1]);
    vi.advanceTimersByTime(100);
    expect(types().slice(4)).toEqual(["step 1", "step 2"]);
    // One that ends holds the other up no longer.
    say(progress(1, 2));
    say({ type: "ended", run: 2, why: "early stopping" });
    expect(epochs()).toEqual([2, 1]);
    vi.advanceTimersByTime(1000);
    expect(types().slice(6)).toEqual(["step 1"]);
  }
});

test("in a race at full speed a round grows until it takes as long as a picture", () => {
  const { lab, sent, say } = begun({ a: defaults, b: defaults });
  lab.setPace(0);
  lab.toggle();
  const asked = () => (sent.at(-1) as Command & { type: "step" }).epochs as number;
  const sizes: number[] = [];
  for (let epoch = asked(), rounds = 0; rounds < 6; rounds++, epoch += asked()) {
    sizes.push(asked());
    vi.advanceTimersByTime(asked() * 10);
    for (const run of [1, 2]) say(progress(run, epoch));
    vi.advanceTimersByTime(1);
  }
  expect(sizes).toEqual([1, 2, 4, 8, 10, 10]);
});

test("a change in one of two that race begins both anew", () => {
  const { lab, types } = begun({ a: defaults, b: defaults });
  lab.change(write(defaults, "training.learningRate", 0.5));
  vi.advanceTimersByTime(1000);
  expect(types().slice(2)).toEqual(["drop 1", "start 3", "drop 2", "start 4"]);
});

test("a link that says how far training had come is trained as far, in one go", () => {
  const { lab, sent, say } = begun({ a: defaults, at: 7 });
  expect(sent.at(-1)).toEqual({ type: "step", run: 1, epochs: 7 });
  say(progress(1, 3, { playing: true }));
  say(progress(1, 7, { since: [{ epoch: 5, learningRate: 0.1, loss: errors, score: errors }] }));
  vi.advanceTimersByTime(1000);
  expect(sent).toHaveLength(2);
  expect(lab.runs.A.history.map(({ epoch }) => epoch)).toEqual([3, 5, 7]);
  expect(lab.state.value).toMatchObject({ at: 7 });
  lab.toggle();
  expect(lab.state.value.at).toBeUndefined();
  expect(lab.now().at).toBe(7);
});

test("drawings of one's own are data, which begin anew with each that comes or goes", () => {
  const { lab, sent } = begun({ a: write(defaults, "data.kind", "hand") });
  expect(sent).toEqual([]);
  const drawn = { digit: 3, strokes: [[[0.5, 0.5]]] } as const;
  lab.setDrawings([drawn]);
  vi.advanceTimersByTime(1000);
  expect(sent.at(-1)).toMatchObject({ type: "start", digits: [drawn] });
  lab.setDrawings([]);
});

test("what has ended stops, and begins anew when it is played again", () => {
  const { lab, say, types } = begun();
  lab.setPace(0);
  lab.toggle();
  say({ type: "ended", run: 1, why: "all 300 epochs are trained" });
  expect(lab.playing.value).toBe(false);
  lab.step();
  lab.toggle();
  expect(types()).toEqual(["start 1", "play 1", "drop 1", "start 2", "play 2"]);
});

test("reports of an earlier start are not heard", () => {
  const { lab, say } = begun();
  lab.reset();
  say(progress(1, 9));
  expect(lab.runs.A.history).toEqual([]);
  say(progress(2, 3));
  say(progress(2, 3, { learningRate: 0.5 }));
  say(progress(2, 4));
  expect(lab.runs.A.history.map((each) => [each.epoch, each.learningRate])).toEqual([
    [3, 0.5],
    [4, 0.01],
  ]);
});

test("a report without a picture leaves the last one standing", () => {
  const { lab, say } = begun();
  const surface = { side: 2, channels: 1, values: new Float32Array(4) };
  say(progress(1, 1, { surface }));
  say(progress(1, 2));
  expect(lab.runs.A.progress.value?.surface).toBe(surface);
});

test("B begins as A is, follows it in rows and seed, and differs in what is changed", () => {
  const { lab, types } = begun();
  lab.race(true);
  expect(lab.changed.value.size).toBe(0);
  expect(lab.edited.value.name).toBe("B");
  lab.change(write(lab.runs.B.settings.value, "training.optimizer", "sgd"));
  lab.change(write(lab.runs.B.settings.value, "training.seed", 5));
  vi.advanceTimersByTime(1000);
  expect([...lab.changed.value]).toEqual(["training.optimizer"]);
  expect(lab.runs.A.settings.value.training.seed).toBe(5);
  expect(lab.state.value.b?.training.optimizer).toBe("sgd");
  expect(types().filter((each) => each.startsWith("start"))).toHaveLength(5);
  lab.race(false);
  expect(lab.state.value).toEqual({ a: lab.runs.A.settings.value });
  expect(types().at(-1)).toMatch(/^drop/);
});

test("a CSV that is not there yet is asked for, and trained on when it is", () => {
  const { lab, sent } = begun({ a: write(defaults, "data.kind", "csv") });
  expect(sent).toEqual([]);
  expect(lab.message.value).toContain("CSV");
  lab.toggle();
  expect(sent).toEqual([]);
  lab.open("cats.csv", "a,b\n1,2");
  vi.advanceTimersByTime(1000);
  expect(sent.at(-1)).toMatchObject({ type: "start", table: "a,b\n1,2" });
  expect(lab.message.value).toBe("");
});

test("what went wrong is told in words, and stops the run that it is about", () => {
  const { lab, say } = begun();
  lab.setPace(0);
  lab.toggle();
  say({ type: "failed", run: undefined, message: "no model of digits" });
  expect([lab.message.value, lab.playing.value]).toEqual(["no model of digits", true]);
  say({ type: "failed", run: 1, message: "the loss is not a number" });
  expect([lab.message.value, lab.playing.value]).toEqual(["the loss is not a number", false]);
});

test("trials gather, and the settings of one can be taken", () => {
  const { lab, sent, say } = begun();
  lab.search(8, 20);
  expect(sent.at(-1)).toMatchObject({ type: "search", trials: 8, epochs: 20, settings: defaults });
  const settings = write(defaults, "training.learningRate", 0.2);
  const trial = { number: 1, of: 8, settings, values: { "learning rate": 0.2 }, loss: 0.1, score: 0.9 };
  say({ type: "trial", trial });
  say({ type: "searched" });
  expect([lab.trials.value, lab.searching.value]).toEqual([[trial], false]);
});
