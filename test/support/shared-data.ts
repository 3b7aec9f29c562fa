import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The published data sets beside the repository, where they are. */
export const sharedData = fileURLToPath(new URL("../../../shared/data", import.meta.url));

/** For `test.skipIf`: true, with a note, where they are not. */
export const noSharedData = !existsSync(sharedData);
if (noSharedData) console.warn(`skipped: tests that read ${sharedData}, which is not there`);
