import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds, nestingWorkers, started } from "./support/browsers.js";
import { library, pages } from "./support/library.js";
import { callInNode } from "./support/node.js";
import { callInPage, valueIn } from "./support/page.js";
import { type Project, project, withEsbuild, withVite, withWebpack } from "./support/project.js";
import { type Server, serve } from "./support/server.js";

interface Trained {
  loss: number[];
  bits: string;
  inWorker: { loss: number[]; bits: string };
  ofDataset: [string, string];
  predicted: number[][];
  error: string;
}

/** Bundlers, the modules that they are given and the one that a page begins with. */
const bundlers = [
  ["esbuild", withEsbuild, ["remote-served.js", "serving.js"], "/remote-served.js"],
  ["Vite", withVite, ["remote-main.js"], "/main.js"],
  ["webpack", withWebpack, ["remote-main.js"], "/main.js"],
] as const;

const users: Project[] = [];
const servers = new Map<string, Server>();
let expected: Trained;

beforeAll(async () => {
  expected = await callInNode<Trained>({ module: `${pages}/remote.js`, name: "train" });
  servers.set("not isolated", await serve({ ...library, strict: true }));
  servers.set("isolated", await serve({ ...library, strict: true, isolated: true }));
  servers.set("without workers", await serve({ ...library, strict: true, policy: "worker-src 'none'" }));
  for (const [name, bundle, modules] of bundlers) {
    const user = project();
    users.push(user);
    servers.set(name, await serve({ folders: { "/": await bundle(user, modules) }, strict: true }));
  }
});
afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.close()));
  for (const user of users) user.remove();
});

test("Node trains in a thread as in the program", () => {
  expect(expected.inWorker).toEqual({ loss: expected.loss, bits: expected.bits });
  expect(expected.ofDataset[1]).toBe(expected.ofDataset[0]);
  expect(expected.error).toMatch(/^ShapeError predict: x expected/);
});

describe.each(kinds)("inWorker in $name", (kind) => {
  const browser = started(kind);

  test.each(["isolated", "not isolated"])("a page that is %s: the bits of Node", nestingWorkers(kind), async (name) => {
    const call = { module: "/pages/remote.js", name: "train" };
    expect(await callInPage<Trained>(browser(), servers.get(name) as Server, call)).toEqual(expected);
  });

  test.each(bundlers)("a page from %s: the same", nestingWorkers(kind), async (name, _bundle, _modules, main) => {
    const server = servers.get(name) as Server;
    expect(await valueIn<Trained>(browser(), server, server.page(main), "globalThis.trained")).toEqual(expected);
  });

  test("predictions are answered while fit goes on", nestingWorkers(kind), async () => {
    const call = { module: "/pages/remote.js", name: "watch" };
    const found = await callInPage(browser(), servers.get("not isolated") as Server, call);
    expect(found).toEqual({ seen: 5, isDone: true });
  });

  test(
    "a worker that is killed is told of, and the run goes on in another with the same bits",
    nestingWorkers(kind),
    async () => {
      const call = { module: "/pages/remote.js", name: "lose" };
      const found = await callInPage<{ told: string; same: boolean }>(
        browser(),
        servers.get("not isolated") as Server,
        call,
      );
      expect(found.told).toMatch(
        /^WorkerError fit: worker expected to answer, got its end: it was ended; the page's model is/,
      );
      expect(found.same).toBe(true);
    },
  );

  test.each([
    ["a policy refuses", "without workers", []],
    ["is not there", "not isolated", ["/nowhere.js"]],
  ])("a script that %s: the error says what helps", async (_, name, args) => {
    const server = servers.get(name) as Server;
    await withPage(server.page(), async (page) => {
      const call = `(await import("/pages/remote.js")).refused(...${JSON.stringify(args)})`;
      const told = await page.evaluate(`(async () => ${call})()`);
      expect(told).toMatch(
        /^WorkerError inWorker: worker expected to start, got .*script-src 'self'.*give inWorker\(model/,
      );
    });
  });

  test("a page that trains by itself still paints, hears timers and keys", async () => {
    await withPage((servers.get("not isolated") as Server).page("/pages/busy.js"), async (page) => {
      await until(page, "globalThis.busy?.frames > 10 && globalThis.busy.timers > 10");
      expect(await page.evaluate("globalThis.busy.isDone")).toBe(false);
      // It trains without end, but for this.
      await page.keyboard.press("a");
      await until(page, "globalThis.busy.isDone");
    });
  });

  /** The browser's own way to wait makes a function of a text, which the policy of the page forbids. */
  const until = (page: Page, expression: string) =>
    expect.poll(() => page.evaluate(`Boolean(${expression})`), { timeout: 60_000 }).toBe(true);

  async function withPage(url: string, use: (page: Page) => Promise<void>): Promise<void> {
    const page = await browser().newPage();
    try {
      await page.goto(url);
      await use(page);
    } finally {
      await page.close();
    }
  }
});
