import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { download } from "../../src/data/download.js";
import { fashionMnist, mnist } from "../../src/data/index.js";
import { needsSharedData, sharedData } from "../support/shared-data.js";

const files = [
  "train-images-idx3-ubyte.gz",
  "train-labels-idx1-ubyte.gz",
  "t10k-images-idx3-ubyte.gz",
  "t10k-labels-idx1-ubyte.gz",
];
const home = process.cwd();
let folder: string;
let server: Server;
let base: string;
/** What the server was asked for, and how it answers. */
let asked: string[] = [];
let answer: (path: string) => Uint8Array | number;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const body = answer(request.url ?? "");
    if (typeof body === "number") response.writeHead(body).end();
    else response.writeHead(200, { "content-length": body.length }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

// An empty folder to work in, so that neither the data beside the repository nor the user's cache is seen.
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-mnist-"));
  mkdirSync(join(folder, "work"));
  process.chdir(join(folder, "work"));
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  vi.stubEnv("WASMGRAD_DATA", "");
  asked = [];
  answer = () => 404;
});
afterEach(() => {
  process.chdir(home);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe("download", () => {
  const content = Uint8Array.from({ length: 100_000 }, (_, i) => i);
  const file = { name: "a.gz", bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };

  test("takes the next mirror where one fails, and asks the good one first from then on", async () => {
    answer = (path) => (path.startsWith("/good/") ? content : path.startsWith("/short/") ? content.slice(1) : 503);
    const mirrors = ["http://127.0.0.1:1/", `${base}/bad/`, `${base}/short/`, `${base}/good/`];
    const progress: number[] = [];
    const got = await download("mnist", file, mirrors, (received) => progress.push(received));
    expect(Buffer.from(got).equals(Buffer.from(content))).toBe(true);
    expect(progress.at(-1)).toBe(content.length);
    expect(asked).toEqual(["/bad/a.gz", "/short/a.gz", "/good/a.gz"]);
    expect(mirrors[0]).toBe(`${base}/good/`);
  });

  test("says what each mirror answered", async () => {
    answer = (path) => (path.startsWith("/other/") ? content.map((v) => v ^ 1) : 404);
    await expect(
      download("mnist", file, ["http://127.0.0.1:1/", `${base}/x/`, `${base}/other/`], () => undefined),
    ).rejects.toThrow(
      `mnist: download of a.gz failed (http://127.0.0.1:1/a.gz: bad port; ${base}/x/a.gz: the server answered 404 Not Found; ` +
        `${base}/other/a.gz: expected SHA-256 ${file.sha256}, got `,
    );
  });
});

describe("mnist", () => {
  beforeEach(needsSharedData);
  const real = (path: string) => readFileSync(join(sharedData, "mnist", path.split("/").at(-1) as string));
  const copy = (to: string, from = "mnist") => {
    mkdirSync(to, { recursive: true });
    for (const file of files) copyFileSync(join(sharedData, from, file), join(to, file));
    return to;
  };

  test("is fetched, checked, kept in the cache, and not fetched again", async () => {
    answer = real;
    const progress: [number, number, string][] = [];
    const options = { mirrors: [`${base}/m`], onProgress: (...args: [number, number, string]) => progress.push(args) };
    const { train, test, classes, source } = await mnist(options);
    expect([train.size, test.size, classes.length]).toEqual([60000, 10000, 10]);
    const cache = join(folder, "cache", "wasmgrad", "mnist");
    expect(source).toBe(cache);
    expect(readdirSync(cache).sort()).toEqual([...files].sort());
    expect(progress.at(-1)).toEqual([11594722, 11594722, files[3]]);
    expect(progress.every(([bytes], i) => i === 0 || bytes >= (progress[i - 1]?.[0] ?? 0))).toBe(true);
    expect(asked).toEqual(files.map((file) => `/m/${file}`));
    await mnist({ download: false });
    writeFileSync(join(cache, files[1] as string), "spoilt");
    await mnist(options);
    expect(asked.slice(4)).toEqual([`/m/${files[1]}`]);
    const [batch] = [...((await test.batches({ batchSize: 10000 })).sync ?? [])];
    expect([batch?.x[0]?.shape, batch?.y[0]?.shape]).toEqual([[10000, 28, 28, 1], [10000]]);
    const pixels = batch?.x[0]?.data as Float32Array;
    expect(pixels.reduce((sum, v) => sum + v, 0) / pixels.length).toBeCloseTo(0.1325, 4);
    expect(Array.from(batch?.y[0]?.data.subarray(0, 5) ?? [])).toEqual([7, 2, 1, 0, 4]);
  });

  test("a bad checksum is an error and leaves no file", async () => {
    answer = (path) => (path.includes("labels") ? real(path).fill(0, 100, 200) : real(path));
    await expect(mnist({ mirrors: [base] })).rejects.toThrow(
      /train-labels-idx1-ubyte.gz: expected SHA-256 3552534a\w+, got \w+\), and there is no data in/,
    );
    expect(readdirSync(join(folder, "cache", "wasmgrad", "mnist"))).toEqual([files[0]]);
  });

  test("is found in dir and in its subfolder, packed or not; flat and one-hot where asked", async () => {
    const direct = copy(join(folder, "any"));
    copy(join(folder, "all", "mnist"));
    writeFileSync(join(direct, "t10k-labels-idx1-ubyte"), gunzipSync(readFileSync(join(direct, files[3] as string))));
    rmSync(join(direct, files[3] as string));
    const { test, source } = await mnist({ dir: `${direct}/`, flatten: true, oneHot: true });
    expect(source).toBe(direct);
    for await (const { x, y } of test.take(1)) {
      expect([x.shape, x.dtype, y.toArray()]).toEqual([[784], "float32", [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]]);
    }
    vi.stubEnv("WASMGRAD_DATA", join(folder, "all"));
    expect((await mnist()).source).toBe(join(folder, "all", "mnist"));
    expect(asked).toEqual([]);
  });

  test("Fashion-MNIST has the same file names and is not taken for it", async () => {
    const dir = copy(join(folder, "any"), "fashion-mnist");
    await expect(mnist({ dir, download: false })).rejects.toThrow("mnist: no data in");
    const { classes, test } = await fashionMnist({ dir });
    for await (const { y } of test.take(1)) expect(classes[y.item()]).toBe("Ankle boot");
  });

  test("a file cut off, and labels that do not fit, are named", async () => {
    const dir = copy(join(folder, "cut"));
    writeFileSync(join(dir, files[0] as string), real(files[0] as string).subarray(0, 5_000_000));
    await expect(mnist({ dir })).rejects.toThrow(
      /^mnist: file ".*train-images-idx3-ubyte.gz" expected whole gzip data, got a fault at or before byte 5000000 of 5000000/,
    );
    copyFileSync(join(sharedData, "mnist", files[2] as string), join(dir, files[0] as string));
    await expect(mnist({ dir })).rejects.toThrow(
      /mnist: file ".*train-labels.*" expected 10000 labels for the images of ".*", got \[60000\]/,
    );
  });
});

test("without data and network, the error says where was looked and what to do", async () => {
  await expect(mnist({ mirrors: ["http://127.0.0.1:1"], dir: "here" })).rejects.toThrow(
    /^mnist: download of train-images-idx3-ubyte.gz failed \(http:.*\), and there is no data in here, \.\.\/shared\/data, .*wasmgrad\/mnist; put train-images.* into a folder and name it by dir or \$WASMGRAD_DATA$/,
  );
  await expect(fashionMnist({ download: false })).rejects.toThrow(
    /^fashionMnist: no data in \.\.\/shared\/data, .*, and download is false; put/,
  );
  await expect(mnist({ flaten: true } as never)).rejects.toThrow(
    'mnist: unknown option "flaten"; did you mean "flatten"?',
  );
  await expect(mnist({ dir: 5 } as never)).rejects.toThrow("mnist: dir expected a folder's path, got 5");
  expect(existsSync(join(folder, "cache"))).toBe(false);
});
