import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSvg } from "../support/svg.js";

const FOLDER = "examples/course";
/** A program may take 10 s on a core of its own; here it waits for its turn, and shares the machine with other tests. */
const TIMEOUT = 300_000;

const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".js") && !["all.js", "picture.js"].includes(file))
  .map((file) => basename(file, ".js"));
let pictures: string;

beforeAll(() => {
  execFileSync(process.execPath, ["src/tools/prepare.mjs"]);
  pictures = mkdtempSync(join(tmpdir(), "wasmgrad-course-"));
}, TIMEOUT);
afterAll(() => rmSync(pictures, { recursive: true, force: true }));

/** Two at a time, one after the other on each lane. */
const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
let next = 0;
function run(name: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const lane = next++ % lanes.length;
  const env = { ...process.env, WASMGRAD_PICTURES: pictures };
  const result = (lanes[lane] as Promise<unknown>).then(
    () =>
      new Promise<{ code: number; output: string }>((done) => {
        execFile(process.execPath, [`${FOLDER}/${name}.js`, ...args], { env }, (error, stdout, stderr) => {
          done({ code: error ? Number(error.code) || 1 : 0, output: `${stdout}${stderr}` });
        });
      }),
  );
  lanes[lane] = result;
  return result;
}

describe.concurrent("a program of the course", () => {
  for (const name of names) {
    test(
      name,
      async () => {
        const { code, output } = await run(name);
        expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
        expect(output).toMatch(/^Notice: .+/m);
        expect(output).not.toMatch(/\bundefined\b|\[object /);
        const path = join(pictures, `${name}.svg`);
        expect(existsSync(path), `${name}.svg is written`).toBe(true);
        expect(parseSvg(readFileSync(path, "utf8")).children.length).toBeGreaterThan(1);
      },
      TIMEOUT,
    );
  }
});

test("npm run course refuses a name that it does not know, and lists those that it does", async () => {
  const { code, output } = await run("all", "no-such-program");
  expect(code).toBe(1);
  expect(output).toContain("no-such-program");
  for (const name of names) expect(output).toContain(name);
});

test("npm run course NAME runs that program alone", async () => {
  const { code, output } = await run("all", "split");
  expect(output).toMatch(/^✓ +1\/1 {2}split/m);
  expect(output).toMatch(/^1 of 1 programs ran, in /m);
  expect(output).not.toContain("page:");
  expect(code).toBe(0);
});
