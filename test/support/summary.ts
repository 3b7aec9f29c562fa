import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** What test/run.mjs reads when a run has ended. */
interface Summary {
  passed: number;
  failed: number;
  skipped: string[];
}

/** Counts the tests, keeps the reason of each skipped one, and counts what failed outside any test (a file that did not load) as failed. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const file = process.env.WASMGRAD_TEST_SUMMARY;
    if (!file) return;
    const summary: Summary = { passed: 0, failed: unhandled.length, skipped: [] };
    for (const module of modules) {
      summary.failed += module.errors().length;
      for (const suite of module.children.allSuites()) summary.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") summary.passed++;
        else if (result.state === "skipped") {
          summary.skipped.push(`${module.relativeModuleId} > ${test.fullName}: ${result.note ?? "no reason given"}`);
        } else summary.failed++;
      }
    }
    writeFileSync(file, JSON.stringify(summary));
  }
}
