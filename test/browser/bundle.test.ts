import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds, started } from "./support/browsers.js";
import { library, pages } from "./support/library.js";
import { callInNode } from "./support/node.js";
import { valueIn } from "./support/page.js";
import { type Project, project, withEsbuild, withVite, withWebpack } from "./support/project.js";
import { type Server, serve } from "./support/server.js";

interface Trained {
  loss: number[];
  predicted: number[][];
  /** By the model that was saved and loaded. */
  loaded: number[][];
}

/** Bundlers: each makes of main.js and its worker a folder with a main.js, in a project without the optional packages. */
const bundlers = [
  ["esbuild", withEsbuild],
  ["Vite", withVite],
  ["webpack", withWebpack],
] as const;

const { peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const peers = Object.keys(peerDependencies);
/** What the command line needs, studies on a disk, and terminals. */
const ofNode = ["cli-progress", "csv-stringify", "jiti", "libsql", "pg"];

const places: (readonly [name: string, module: string])[] = [
  ["no bundler", "/pages/plain.js"],
  ...bundlers.map(([name]) => [name, "/main.js"] as const),
];
const users: Project[] = [];
let expected: Trained;
const servers = new Map<string, Server>();
/** All under a policy that forbids `eval` and inline code. */
beforeAll(async () => {
  expected = await callInNode<Trained>({ module: `${pages}/here.js`, name: "trainHere" });
  servers.set("no bundler", await serve({ ...library, strict: true }));
  for (const [name, bundle] of bundlers) {
    const user = project();
    users.push(user);
    const folder = await bundle(user, ["main.js", "main-worker.js"]);
    servers.set(name, await serve({ folders: { "/": folder }, strict: true }));
  }
});
afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.close()));
  for (const user of users) user.remove();
});

test("Node trains, and predicts the same after saving and loading", () => {
  expect(expected.loss.at(-1)).toBeLessThan(expected.loss[0] as number);
  expect(expected.loaded).toEqual(expected.predicted);
});

describe.each(kinds)("$name", (kind) => {
  const browser = started(kind);

  test.each(places)("%s: a page and its worker do what Node does", async (name, module) => {
    const server = servers.get(name) as Server;
    const found = await valueIn<Trained[]>(browser(), server, server.page(module), "globalThis.trained");
    expect(found).toEqual([expected, expected]);
  });

  test.each(bundlers)("%s: what needs a package that is not installed says which, and how to get it", async (name) => {
    const server = servers.get(name) as Server;
    const told = await valueIn<Record<string, string>>(
      browser(),
      server,
      server.page("/main.js"),
      "globalThis.trained.then(() => globalThis.refusals())",
    );
    expect(Object.keys(told).sort()).toEqual(peers.filter((peer) => !ofNode.includes(peer)).sort());
    for (const [peer, text] of Object.entries(told))
      expect(text).toMatch(new RegExp(`PlatformError: .*npm install ${peer}$`));
  });
});

describe("the built files", () => {
  const files = readdirSync("dist/browser").filter((name) => name.endsWith(".js"));
  /** All that a file imports, at once or later. */
  const imported = (name: string) =>
    ts
      .preProcessFile(readFileSync(join("dist/browser", name), "utf8"))
      .importedFiles.map(({ fileName }) => fileName)
      .filter((specifier) => !specifier.startsWith("."));

  test("name no module of Node", () => {
    const found = files.flatMap((name) => imported(name).map((specifier) => ({ name, specifier })));
    const ofNode = ({ specifier }: { specifier: string }) =>
      specifier.startsWith("node:") || builtinModules.includes(specifier);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(ofNode)).toEqual([]);
  });

  test("name no package but optional ones, each of which only `import()` asks for", () => {
    const optional = (specifier: string) =>
      peers.some((name) => specifier === name || specifier.startsWith(`${name}/`));
    const others = files.flatMap((name) => imported(name).filter((specifier) => !optional(specifier)));
    expect(others).toEqual([]);
    const atOnce = new RegExp(`\\b(from|import)\\s*"(${peers.join("|")})[/"]`);
    expect(files.filter((name) => atOnce.test(readFileSync(join("dist/browser", name), "utf8")))).toEqual([]);
  });
});
