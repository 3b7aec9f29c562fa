import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";

/** The published data sets beside the repository, where they are. */
export const sharedData = fileURLToPath(new URL("../../../shared/data", import.meta.url));

/** For `beforeEach`: leaves out a test that reads them where they are not, and says so in the summary. */
export function needsSharedData(context: TestContext): void {
  if (!existsSync(sharedData)) context.skip(`it reads ${sharedData}, which is not there`);
}
