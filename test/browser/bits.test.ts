import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds, nestingWorkers, started } from "./support/browsers.js";
import { library, pages } from "./support/library.js";
import { callInNode } from "./support/node.js";
import { callInPage, callInWorker } from "./support/page.js";
import { type Project, project, thread, withEsbuild } from "./support/project.js";
import { type Server, serve } from "./support/server.js";

interface Trained {
  /** Of all weights. */
  bits: string;
  loss: number[];
  threads: number;
  offloaded: number;
  sharedMemory: boolean;
}

/** What one seed gives, in every place and every release. */
const networks = [
  ["dense", "cb5446b184ad55646fb6dbdca9b0e74b8785bc8d1681fc19ec747f022db02666"],
  ["convolutional", "83e3624b831807aeaa20323865aac95a2e1cbb6b71198053fb5364ac8e8f0588"],
  ["wide", "72722b0ac45ab45e44f81e4bcb18bd5060699b38c586fe44cba47c7fbe928dcf"],
] as const;

const inNode = (name: string, threads: number, program?: string) =>
  callInNode<Trained>({ module: `${pages}/bits.js`, name: "train", args: [name, threads] }, program);

let user: Project;
const servers: Server[] = [];
beforeAll(async () => {
  user = project();
  const folders = { ...library.folders, "/bundle/": await withEsbuild(user, ["bits.js", thread]) };
  for (const isolated of [false, true]) servers.push(await serve({ ...library, folders, isolated }));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  user.remove();
});

describe("Node", () => {
  test.each(networks)("%s: on one thread", async (name, bits) => {
    const found = await inNode(name, 1);
    expect(found.bits).toBe(bits);
    expect(found.loss.at(-1)).toBeLessThan(found.loss[0] as number);
  });

  test.each(networks)("%s: on several", async (name, bits) => {
    const found = await inNode(name, 3);
    expect(found).toMatchObject({ bits, threads: 3 });
    expect(found.offloaded).toBeGreaterThan(0);
  });

  test.for(networks)("%s: in another release", async ([name, bits], context) => {
    const program = process.env.WASMGRAD_NODE;
    if (program === undefined) return context.skip("name the program of another Node in WASMGRAD_NODE");
    expect((await inNode(name, 2, program)).bits).toBe(bits);
  });
});

describe("with multiply-add fused", () => {
  // Node 20 has relaxed SIMD behind a flag, later ones without.
  const flags = process.version.startsWith("v20.") ? ["--experimental-wasm-relaxed-simd"] : [];
  const call = (name: string, threads: number) => ({ name: "train", args: [name, threads, "fma"] });
  const here = (name: string, threads: number, program = process.execPath) =>
    callInNode<Trained>(
      { module: `${pages}/bits.js`, ...call(name, threads) },
      program,
      program === process.execPath ? flags : [],
    );
  let fused: string[];
  beforeAll(async () => {
    fused = [];
    for (const [name] of networks) fused.push((await here(name, 1)).bits);
  });

  test.each(networks)(
    "%s: Node has the same bits on one thread and on several, and others than without",
    async (name, bits) => {
      const own = fused[networks.findIndex(([each]) => each === name)];
      expect((await here(name, 3)).bits).toBe(own);
      expect(own).not.toBe(bits);
    },
  );

  test.for(networks)("%s: another release has them", async ([name], context) => {
    const program = process.env.WASMGRAD_NODE;
    if (program === undefined) return context.skip("name the program of another Node in WASMGRAD_NODE");
    expect((await here(name, 2, program)).bits).toBe(fused[networks.findIndex(([each]) => each === name)]);
  });

  describe.each(kinds)("$name", (kind) => {
    const browser = started(kind);

    test.for(networks)("%s: has them, where it has relaxed SIMD", async ([name], context) => {
      const server = servers[1] as Server;
      const module = "/pages/bits.js";
      if (!(await callInPage<boolean>(browser(), server, { module, name: "fuses" }))) {
        return context.skip("it has no relaxed SIMD");
      }
      const found = await callInPage<Trained>(browser(), server, { module, ...call(name, 3) });
      expect(found.bits).toBe(fused[networks.findIndex(([each]) => each === name)]);
      expect(found.offloaded).toBeGreaterThan(0);
    });
  });
});

describe.each(kinds)("$name", (kind) => {
  const browser = started(kind);

  describe.each([
    ["isolated", true],
    ["not isolated", false],
  ])("a page that is %s", (_, isolated) => {
    const server = () => servers[Number(isolated)] as Server;

    test.each(networks)("%s", async (name, bits) => {
      const call = { module: "/pages/bits.js", name: "train", args: [name, 1] };
      const found = await callInPage<Trained>(browser(), server(), call);
      expect(found).toMatchObject({ bits, sharedMemory: isolated, threads: 1, offloaded: 0 });
    });

    test.each(networks)("%s, on three threads where there are some", async (name, bits) => {
      const call = { module: "/pages/bits.js", name: "train", args: [name, 3] };
      const found = await callInPage<Trained>(browser(), server(), call);
      expect(found).toMatchObject({ bits, threads: isolated ? 3 : 1 });
      expect(found.offloaded > 0).toBe(isolated);
    });

    test.each(networks)("%s, in a worker", nestingWorkers(kind), async (name, bits) => {
      const call = { module: "/bundle/bits.js", name: "train", args: [name, 3] };
      const found = await callInWorker<Trained>(browser(), server(), call);
      expect(found).toMatchObject({ bits, sharedMemory: isolated, threads: isolated ? 3 : 1 });
      expect(found.offloaded > 0).toBe(isolated);
    });
  });
});
