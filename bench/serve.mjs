// What benchmarks in a browser are served: a page, texts, and dist/.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8" };

/** @param texts modules by their paths @param module that of the page at `/` */
export async function serveDist(texts, module) {
  const page = (script) => `<!doctype html><meta charset="utf-8">${script}`;
  const all = {
    "/": page(`<script type="module" src="${module}"></script>`),
    "/empty": page(""),
    ...texts,
  };
  const server = createServer(async ({ url }, response) => {
    const text = all[url] ?? (await readFile(new URL(`..${url}`, import.meta.url)).catch(() => ""));
    const type = types[extname(url) || ".html"] ?? "text/plain";
    response.writeHead(text === "" ? 404 : 200, { "Content-Type": type }).end(text);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
