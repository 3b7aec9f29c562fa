import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** What test/run.mjs reads when a run has ended. */
interface Summary {
  passed: number;
  failed: string[];
  skipped: string[];
}

/** Counts the tests, keeps the reason of each skipped one and the names of those that failed, with what failed outside any test (a file that did not load). */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const summaryFile = process.env.WASMGRAD_TEST_SUMMARY;
    if (!summaryFile) return;
    const summary: Summary = { passed: 0, failed: unhandled.map(() => "an error outside of any test"), skipped: [] };
    for (const module of modules) {
      const file = module.relativeModuleId;
      summary.failed.push(...module.errors().map(() => `${file}, which does not load`));
      for (const suite of module.children.allSuites()) {
        summary.failed.push(...suite.errors().map(() => `${file} > ${suite.fullName}, outside of its tests`));
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") summary.passed++;
        else if (result.state === "skipped") {
          summary.skipped.push(`${file} > ${test.fullName}: ${result.note ?? "no reason given"}`);
        } else summary.failed.push(`${file} > ${test.fullName}`);
      }
    }
    writeFileSync(summaryFile, JSON.stringify(summary));
  }
}
