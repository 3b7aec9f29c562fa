import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { TestContext } from "vitest";
import { save } from "../../src/formats/index.js";
import type { BaseModel } from "../../src/index.js";

/** A file that a framework wrote, gzipped in base64, and what the script beside it says is in it. */
export interface Written<Content> {
  file: string;
  content: Content;
}

/** What `test/fixtures/formats/NAME.py` printed. */
export function formatFixtures<Content>(name: string): Record<string, Written<Content>> {
  return JSON.parse(readFileSync(new URL(`../fixtures/formats/${name}.json`, import.meta.url), "utf8"));
}

export function unpacked({ file }: Written<unknown>): Uint8Array {
  return new Uint8Array(gunzipSync(Buffer.from(file, "base64")));
}

/** Parts as one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** The model files beside the repository, where they are. */
export const sharedModels = fileURLToPath(new URL("../../../shared/models", import.meta.url));

/** For `beforeEach`: leaves out a test that reads them where they are not, and says so in the summary. */
export function needsSharedModels(context: TestContext): void {
  if (!existsSync(sharedModels)) context.skip(`it reads ${sharedModels}, which is not there`);
}

export function sharedModel(path: string): Uint8Array {
  return new Uint8Array(readFileSync(`${sharedModels}/${path}`));
}

/** A Python that has these modules, or what is named in one (`"cv2.dnn.readNetFromCaffe"`): WASMGRAD_PYTHON, or python3. Skips the test where there is none. */
export function pythonWith(context: TestContext, ...modules: string[]): string {
  const python = process.env.WASMGRAD_PYTHON ?? "python3";
  try {
    execFileSync(python, ["-c", modules.map((name) => `import ${name.split(".")[0]};${name}`).join(";")], {
      stdio: "ignore",
    });
  } catch {
    context.skip(`${python} has no ${modules.join(", ")}; pip install them, or name another Python in WASMGRAD_PYTHON`);
  }
  return python;
}

/** A model as the bytes of an `.onnx` file. */
export async function savedOnnx(model: BaseModel, opset?: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const target = {
    getWriter: () => ({ write: async (part: Uint8Array) => void parts.push(part), close: async () => undefined }),
  };
  await save(model, target, { format: "onnx", ...(opset ? { opset } : {}) });
  return Buffer.concat(parts);
}
