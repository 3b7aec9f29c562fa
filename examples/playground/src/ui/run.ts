import { signal } from "@preact/signals";
import type { DataView2D, Engine, Progress, Report, Sample } from "../protocol.js";
import type { Settings } from "../settings.js";

export type Name = "A" | "B";

/** More epochs than these are thinned to every other one. */
const LONGEST = 4000;

/** One configuration and what its training has said so far. */
export class Run {
  readonly settings;
  /** What the worker calls it; another after each start, so that late reports of the last one are told apart. */
  number = 0;
  readonly data = signal<DataView2D | undefined>(undefined);
  readonly parameters = signal(0);
  readonly engine = signal<Engine | undefined>(undefined);
  readonly progress = signal<Progress | undefined>(undefined);
  /** Whether the visitor lets it train. */
  readonly playing = signal(false);
  /** Why it ended by itself. */
  readonly ended = signal("");
  readonly check = signal<(Report & { type: "checked" }) | "running" | undefined>(undefined);
  /** Oldest first; it grows in place, and `epochs` tells of it. */
  readonly history: Sample[] = [];
  readonly epochs = signal(0);

  constructor(
    readonly name: Name,
    settings: Settings,
  ) {
    this.settings = signal(settings);
  }

  forget(): void {
    this.history.length = 0;
    this.epochs.value = 0;
    this.ended.value = "";
    this.check.value = undefined;
  }

  hear(report: Report): void {
    switch (report.type) {
      case "ready":
        this.forget();
        this.progress.value = undefined;
        this.data.value = report.data;
        this.parameters.value = report.parameters;
        this.engine.value = report.engine;
        break;
      case "progress":
        this.record(report);
        break;
      case "ended":
        // The library's name for what the page calls dev.
        this.ended.value = report.why.replaceAll("val_loss", "dev loss");
        break;
      case "checked":
        this.check.value = report;
    }
  }

  private record(progress: Progress): void {
    const { epoch, learningRate, loss, score } = progress;
    for (const point of [...progress.since, { epoch, learningRate, loss, score }]) {
      if (this.history.at(-1)?.epoch === point.epoch) this.history.pop();
      this.history.push(point);
    }
    if (this.history.length > LONGEST) {
      const kept = this.history.filter((_, i) => i % 2 === 0 || i === this.history.length - 1);
      this.history.splice(0, this.history.length, ...kept);
    }
    // A report without a picture leaves the last one standing.
    const surface = progress.surface ?? this.progress.value?.surface;
    this.progress.value = surface === undefined ? progress : { ...progress, surface };
    this.epochs.value = epoch;
  }
}
