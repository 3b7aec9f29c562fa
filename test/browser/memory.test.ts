import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds, started } from "./support/browsers.js";
import { library, pages } from "./support/library.js";
import { callInNode } from "./support/node.js";
import { callInPage } from "./support/page.js";
import { type Server, serve } from "./support/server.js";

interface Filled {
  said: Record<string, string>;
  still: number[];
  isWithin: boolean;
}

/** Operation, needed, in use, allowed, remedy. */
const text = (operation: string) =>
  new RegExp(
    `^OutOfMemoryError: ${operation}: out of memory: [\\d.]+ MiB asked for, [\\d.]+ [KM]iB in use, 16 MiB allowed; ` +
      "take smaller batches, or allow more with init\\({ memoryLimit }\\)",
  );

let server: Server;
beforeAll(async () => {
  server = await serve({ ...library, strict: true });
});
afterAll(() => server.close());

function expectRefusals({ said, ...found }: Filled): void {
  for (const [operation, message] of Object.entries(said)) expect(message).toMatch(text(operation));
  expect(found).toEqual({ still: [1, 1], isWithin: true });
}

test("Node, with little memory: errors say what asked for how much, and what to do; it goes on", async () => {
  expectRefusals(await callInNode<Filled>({ module: `${pages}/memory.js`, name: "fill" }));
});

describe.each(kinds)("$name", (kind) => {
  const browser = started(kind);

  test("a page with little memory: the same", async () => {
    expectRefusals(await callInPage<Filled>(browser(), server, { module: "/pages/memory.js", name: "fill" }));
  });
});
