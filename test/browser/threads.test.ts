import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds, started } from "./support/browsers.js";
import { library } from "./support/library.js";
import { callInPage, valueIn } from "./support/page.js";
import { type Project, project, thread, withEsbuild, withVite, withWebpack } from "./support/project.js";
import { type Server, serve } from "./support/server.js";

interface Trained {
  threads: number;
  offloaded: number;
  why?: string;
  warnings: string[];
}

/** What `trainOn` gives everywhere: see bits.test.ts. */
const bits = "72722b0ac45ab45e44f81e4bcb18bd5060699b38c586fe44cba47c7fbe928dcf";

const bundlers = [
  ["esbuild, with the script of threads beside", (user: Project) => withEsbuild(user, ["main-threads.js", thread])],
  ["Vite", (user: Project) => withVite(user, ["main-threads.js"])],
  ["webpack", (user: Project) => withWebpack(user, ["main-threads.js"])],
] as const;

const users: Project[] = [];
const servers = new Map<string, Server>();
const serverOf = (name: string) => servers.get(name) as Server;

/** All isolated, under a policy that forbids `eval`, inline code and scripts of blobs. */
beforeAll(async () => {
  const strict = { isolated: true, strict: true };
  const own = async (bundle: (user: Project) => Promise<string>) => {
    const user = project();
    users.push(user);
    return bundle(user);
  };
  for (const [name, bundle] of bundlers) {
    servers.set(name, await serve({ folders: { "/": await own(bundle) }, ...strict }));
  }
  const bare = await own((user) => withEsbuild(user, ["threads.js"]));
  const folders = { ...library.folders, "/bundle/": bare };
  servers.set("plain", await serve({ ...library, folders, ...strict }));
  servers.set("no workers", await serve({ ...library, folders, ...strict, policy: "worker-src 'none'" }));
  servers.set("not isolated", await serve({ ...library, folders, strict: true }));
});
afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.close()));
  for (const user of users) user.remove();
});

describe.each(kinds)("threads in $name", (kind) => {
  const browser = started(kind);
  const trainOn = (server: string, module: string, args: unknown[], expected?: RegExp) =>
    callInPage<Trained>(browser(), serverOf(server), { module, name: "trainOn", args }, expected);

  test.each(bundlers.map(([name]) => name))("%s: three of them share the work", async (name) => {
    const server = serverOf(name);
    const module = name.startsWith("esbuild") ? "/main-threads.js" : "/main.js";
    const found = await valueIn<Trained>(browser(), server, server.page(module), "globalThis.trained");
    expect(found).toMatchObject({ bits, threads: 3, warnings: [] });
    expect(found.why).toBeUndefined();
    expect(found.offloaded).toBeGreaterThan(0);
  });

  test("a script under another URL", async () => {
    const found = await trainOn("plain", "/bundle/threads.js", [3, { threadUrl: "/dist/browser/thread.js" }]);
    expect(found).toMatchObject({ bits, threads: 3, warnings: [] });
    expect(found.offloaded).toBeGreaterThan(0);
  });

  test("none where the script is not found: one thread, said once, and what to do", async () => {
    const found = await trainOn("plain", "/bundle/threads.js", [3], /thread\.js|404/);
    expect(found).toMatchObject({ bits, threads: 1, offloaded: 0 });
    expect(found.warnings).toEqual([
      expect.stringMatching(/^wasmgrad: threads: the script of a worker did not run \(.*\), so kernels run on one/),
    ]);
    expect(found.why).toMatch(
      /the script of the threads did not run .*serve the file thread\.js .*init\({ threadUrl }\)$/,
    );
  });

  test("none where a policy refuses workers: the same", async () => {
    const found = await trainOn(
      "no workers",
      "/pages/threads.js",
      [3],
      /thread\.js|worker-src|violat|Content.Security/,
    );
    expect(found).toMatchObject({ bits, threads: 1, offloaded: 0 });
    expect(found.warnings).toHaveLength(1);
    expect(found.why).toMatch(/init\({ threadUrl }\)$/);
  });

  test("none where the page is not isolated: one thread, and the two headers that it takes", async () => {
    const found = await trainOn("not isolated", "/pages/threads.js", ["auto"]);
    expect(found).toMatchObject({ bits, threads: 1, offloaded: 0, warnings: [] });
    expect(found.why).toMatch(
      /not cross-origin isolated.*Cross-Origin-Opener-Policy: same-origin.*Embedder-Policy: require-corp/,
    );
  });

  test("one that was chosen", async () => {
    const found = await trainOn("plain", "/pages/threads.js", [1]);
    expect(found).toMatchObject({
      bits,
      threads: 1,
      offloaded: 0,
      why: "one thread was chosen with init({ threads: 1 })",
    });
  });

  test("one that is ended is replaced, said once, and no bit changes", async () => {
    const call = { module: "/pages/threads.js", name: "killOne" };
    expect(await callInPage(browser(), serverOf("plain"), call)).toEqual({
      begun: 2,
      started: 3,
      threads: 3,
      same: true,
      warnings: [
        expect.stringMatching(/^wasmgrad: threads: worker 1 ended \(.*\); .* another one starts in its place$/),
      ],
    });
  });
});
