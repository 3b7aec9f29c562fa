import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { needsSharedData, sharedData } from "../support/shared-data.js";

/** Each program's last line says what it measured; here is what it must reach. */
const bars = [
  { name: "breast-cancer", figure: /^10-fold accuracy: (\S+)/m, least: 0.97 },
  { name: "titanic", figure: /^10-fold accuracy: (\S+)/m, least: 0.8 },
  { name: "adult", figure: /^test accuracy: (\S+)/m, least: 0.85 },
  { name: "california-housing", figure: /^test RMSE: (\S+) dollars/m, most: 52_000 },
  { name: "fashion-mnist", figure: /^test accuracy: (\S+)/m, least: 0.9 },
];
/** The longest trains for two minutes on a core of its own. */
const TIMEOUT = 900_000;

beforeAll(() => {
  execFileSync(process.execPath, ["src/tools/prepare.mjs"]);
}, TIMEOUT);
beforeEach(needsSharedData);

describe("a recipe reaches its figure", () => {
  for (const { name, figure, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } of bars) {
    test(
      name,
      async () => {
        const env = { ...process.env, WASMGRAD_DATA: sharedData };
        const { stdout } = await promisify(execFile)(process.execPath, [`examples/recipes/${name}.js`], { env });
        const measured = Number(figure.exec(stdout)?.[1]?.replace(",", ""));
        expect(measured).toBeGreaterThanOrEqual(least);
        expect(measured).toBeLessThanOrEqual(most);
      },
      TIMEOUT,
    );
  }
});
