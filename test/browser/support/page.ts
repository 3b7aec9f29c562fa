import type { Browser } from "puppeteer-core";
import { expect } from "vitest";
import type { Server } from "./server.js";

/** A function that a module exports, and what it is called with. */
export interface Call {
  /** As the page finds it: a path on the server, or a name of its imports. */
  readonly module: string;
  readonly name: string;
  readonly args?: readonly unknown[];
}

/** Calls a function in a page of its own; what it returns has to be JSON. */
export function callInPage<T>(
  browser: Browser,
  server: Server,
  { module, name, args = [] }: Call,
  expected?: RegExp,
): Promise<T> {
  const call = `(await import(${JSON.stringify(module)}))[${JSON.stringify(name)}](...${JSON.stringify(args)})`;
  return valueIn(browser, server, server.page(module), call, expected);
}

/** The same in a module worker that a page starts. The imports of a page do not reach it: the module names none that is bare. */
export function callInWorker<T>(browser: Browser, server: Server, call: Call): Promise<T> {
  const called = `(await import("/pages/in-worker.js")).callInWorker(${JSON.stringify(call)})`;
  return valueIn(browser, server, server.page(), called);
}

/**
 * What an expression of JavaScript comes to in a page. What the page writes as an error or a warning, or fetches in vain, fails the test, but for
 * what is expected.
 */
export async function valueIn<T>(
  browser: Browser,
  server: Server,
  url: string,
  expression: string,
  expected?: RegExp,
): Promise<T> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // A file of known size is read up to its last byte, and ended there, which Chromium at times takes for giving up.
    if (reason !== "net::ERR_ABORTED") errors.push(`${request.url()}: ${reason}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) errors.push(`${response.url()}: ${response.status()}`);
  });
  try {
    await page.goto(url);
    // As text: what the test runner makes of a function does not run in a page.
    const value = await page
      .evaluate(`(async () => JSON.stringify((await ${expression}) ?? null))()`)
      .catch((error) => {
        errors.push(String(error));
      });
    expect([...errors, ...server.violations].filter((each) => !expected?.test(each))).toEqual([]);
    return JSON.parse(value as string);
  } finally {
    await page.close();
  }
}
