import type { Command, Report } from "../protocol.js";

/** What the page needs of whatever trains. */
export interface Connection {
  send(command: Command): void;
  onReport: ((report: Report) => void) | undefined;
}
