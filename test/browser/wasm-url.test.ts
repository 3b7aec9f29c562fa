import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { kinds, started } from "./support/browsers.js";
import { library } from "./support/library.js";
import { callInPage, valueIn } from "./support/page.js";
import { byUrl, type Project, project, thread, withEsbuild, withVite } from "./support/project.js";
import { type Server, serve } from "./support/server.js";

interface Trained {
  bits: string;
  isShared: boolean;
  warnings: string[];
  fetched: string[];
}

/** What `trainBy` gives everywhere: see bits.test.ts. */
const bits = "72722b0ac45ab45e44f81e4bcb18bd5060699b38c586fe44cba47c7fbe928dcf";

const users: Project[] = [];
const servers: Server[] = [];
let folder: string;
let bundle: string;
let vite: string;
let isolated: Server;
let plain: Server;
let withVites: Server;
let expected: number[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-url-"));
  const kernels = join(folder, "kernels");
  cpSync("dist/kernels", kernels, { recursive: true, filter: (path) => !/\.c?js$/.test(path) });
  const whole = readFileSync(join(kernels, "strict.f32.wasm"));
  const made: Record<string, Uint8Array> = {
    "untyped.bin": whole,
    "page.wasm": Buffer.from("<!doctype html><title>Not found</title>"),
    "other.wasm": Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]),
    "cut.wasm": whole.subarray(0, 5000),
    "older.wasm": Buffer.concat([whole.subarray(0, -12), Buffer.from("0123456789ab")]),
  };
  mkdirSync(join(folder, "odd"));
  for (const [name, bytes] of Object.entries(made)) writeFileSync(join(folder, "odd", name), bytes);
  wg.setSeed(3);
  const model = wg.sequential([
    wg.layers.dense({ units: 8, activation: "relu", inputShape: [64] }),
    wg.layers.dense({ units: 3, activation: "softmax" }),
  ]);
  await save(model, join(folder, "small.safetensors"));
  await wg.init({ numerics: "strict" });
  expected = Array.from(model.predict({ data: new Float32Array(64).fill(0.5), shape: [1, 64] }).toTypedArray());

  const [one, two] = [project(), project()];
  users.push(one, two);
  bundle = await withEsbuild(one, ["by-url.js", thread], [byUrl]);
  vite = await withVite(two, ["main-by-url.js"], [byUrl]);
  const folders = { ...library.folders, "/": bundle, "/served/": folder };
  isolated = await serve({ ...library, folders, isolated: true, strict: true });
  plain = await serve({ ...library, folders, strict: true });
  withVites = await serve({ folders: { "/": vite }, isolated: true, strict: true });
  servers.push(isolated, plain, withVites);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  for (const user of users) user.remove();
  rmSync(folder, { recursive: true, force: true });
});

const holdsKernels = (code: string) => /"[A-Za-z0-9+/=]{5000,}"/.test(code);
const ownKernels = (root: string, fetched: readonly string[]) =>
  fetched.filter((path) => path.endsWith(".js") && holdsKernels(readFileSync(join(root, path), "utf8")));

test("a bundle under the condition has the kernels in pieces that nothing begins with", () => {
  const entry = readFileSync(join(bundle, "by-url.js"), "utf8");
  expect(holdsKernels(entry)).toBe(false);
  expect(readdirSync(bundle).length).toBeGreaterThan(1);
});

describe.each(kinds)("kernels by URL in $name", (kind) => {
  const browser = started(kind);
  const call = <T>(server: Server, name: string, args: unknown[], allowed?: RegExp) =>
    callInPage<T>(browser(), server, { module: "/by-url.js", name, args }, allowed);

  describe.each(["isolated", "not isolated"])("a page that is %s", (which) => {
    const server = () => (which === "isolated" ? isolated : plain);

    test("trains with those of a file, and fetches no others", async () => {
      const url = "/served/kernels/strict.f32.wasm";
      const { fetched, ...found } = await call<Trained>(server(), "trainBy", [url, 3]);
      expect(found).toEqual({ bits, isShared: which === "isolated", warnings: [] });
      expect(fetched.filter((path) => path.endsWith(".wasm"))).toEqual([url]);
      expect(ownKernels(bundle, fetched)).toEqual([]);
    });

    test("predicts with those parts of a folder that it needs", async () => {
      const args = ["/served/kernels/", "/served/small.safetensors"];
      // All of float32 are fetched by `init`, in parts where there is one thread.
      const found = await call<{ outputs: number[]; fetched: string[] }>(server(), "predictBy", args);
      expect(found.outputs).toEqual(expected);
      expect(found.fetched.filter((path) => path.endsWith(".wasm")).length).toBe(5);
      expect(ownKernels(bundle, found.fetched)).toEqual([]);
    });

    test("compiles what has another type, and says so", async () => {
      const { warnings, ...found } = await call<Trained>(server(), "trainBy", ["/served/odd/untyped.bin", 1]);
      expect(found.bits).toBe(bits);
      expect(warnings).toEqual([
        expect.stringMatching(/untyped.bin".*octet-stream.*have it sent as application\/wasm/),
      ]);
    });

    test.each([
      [
        "odd/none.wasm",
        "PlatformError",
        /kernels expected, the server answered 404.*; put a file of wasmgrad\/kernels\//,
      ],
      ["none/", "PlatformError", /none\/strict\.f32\.\w+\.wasm": kernels expected, the server answered 404/],
      ["odd/page.wasm", "FormatError", /WebAssembly expected, got application\/wasm \(.*; name a file of wasmgrad/],
      ["odd/cut.wasm", "FormatError", /WebAssembly expected, got application\/wasm \(/],
      ["odd/other.wasm", "FormatError", /kernels of wasmgrad expected, got another WebAssembly module; name a file/],
      [
        "odd/older.wasm",
        "FormatError",
        /kernels of build \w{12} expected.*got build 0123456789ab; take strict\.f32\.wasm from/,
      ],
    ])("refuses %s by its name, and goes on with another", async (file, name, message) => {
      const args = [`/served/${file}`, "/served/kernels/strict.f32.wasm"];
      const found = await call<{ name: string; message: string; value: number }>(server(), "refusedBy", args, /404/);
      expect(found.name).toBe(name);
      expect(found.message).toMatch(message);
      expect(found.message).toContain(`init: wasmUrl "/served/${file}`);
      expect(found.value).toBe(11);
    });
  });

  test("trains with those that Vite puts beside, on threads", async () => {
    const found = await valueIn<Trained>(browser(), withVites, withVites.page("/main.js"), "globalThis.trained");
    expect(found).toMatchObject({ bits, isShared: true, warnings: [] });
    expect(ownKernels(vite, found.fetched)).toEqual([]);
  });
});
