import { afterEach, expect, test, vi } from "vitest";
import { wholeAddress } from "../../src/backend/options.js";

afterEach(() => vi.unstubAllGlobals());

test("a URL means the same in a worker as in the page", () => {
  vi.stubGlobal("document", { baseURI: "https://example.org/app/page.html" });
  expect(wholeAddress("kernels/strict.f32.wasm")).toBe("https://example.org/app/kernels/strict.f32.wasm");
  expect(wholeAddress("/kernels/")).toBe("https://example.org/kernels/");
  expect(wholeAddress(new URL("https://cdn.example.org/thread.js"))).toBe("https://cdn.example.org/thread.js");
});
