import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

export interface ServerOptions {
  /** Folders by the beginnings of the paths that they are served under; the longest that fits counts. */
  readonly folders: Readonly<Record<string, string>>;
  /** What pages find under bare names: `{ wasmgrad: "/dist/browser/index.js" }`. */
  readonly imports?: Readonly<Record<string, string>>;
  /** Whether pages are cross-origin isolated, without which a browser has no shared memory. */
  readonly isolated?: boolean;
  /** Whether a content security policy forbids all but the server's own scripts and WebAssembly: no `eval`, nothing inline. */
  readonly strict?: boolean;
  /** Further directives of that policy. */
  readonly policy?: string;
}

export interface Server {
  /** The whole address of a path. */
  at(path: string): string;
  /** Of a page that runs a module; without one, an empty page with the imports. */
  page(module?: string): string;
  /** What pages did against the policy. */
  readonly violations: readonly string[];
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
};

/** Serves files, and pages under `/page`, to browsers of this machine. */
export async function serve({ folders, imports, isolated, strict, policy }: ServerOptions): Promise<Server> {
  const map = JSON.stringify({ imports: imports ?? {} });
  const headers = {
    "Cache-Control": "no-store",
    ...(isolated
      ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
      : {}),
    ...(strict ? { "Content-Security-Policy": `${policyOf(map)}; ${policy ?? ""}` } : {}),
  };
  const violations: string[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url as string, "http://localhost");
    if (pathname === "/violations") {
      for await (const chunk of request) violations.push(String(chunk));
      response.writeHead(204).end();
      return;
    }
    const body = pathname === "/page" ? pageOf(map, searchParams.get("module")) : await fileAt(folders, pathname);
    if (body === undefined) {
      response.writeHead(404, headers).end();
      return;
    }
    const type = types[pathname === "/page" ? ".html" : extname(pathname)] ?? "application/octet-stream";
    response.writeHead(200, { ...headers, "Content-Type": type, "Content-Length": Buffer.byteLength(body) }).end(body);
  }

  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    at: (path) => `${origin}${path}`,
    page: (module) => `${origin}/page${module === undefined ? "" : `?module=${encodeURIComponent(module)}`}`,
    violations,
    close() {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

/** An import map can only stand in the page itself, so a policy has to name it by its hash. */
function policyOf(map: string): string {
  const hash = createHash("sha256").update(map).digest("base64");
  return `script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}'; report-uri /violations`;
}

function pageOf(map: string, module: string | null): string {
  return `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script type="importmap">${map}</script>
${module === null ? "" : `<script type="module" src="${module}"></script>`}`;
}

async function fileAt(folders: Readonly<Record<string, string>>, path: string): Promise<Buffer | undefined> {
  const [beginning] = Object.keys(folders)
    .filter((each) => path.startsWith(each))
    .sort((a, b) => b.length - a.length);
  if (beginning === undefined) return undefined;
  const rest = decodeURIComponent(path.slice(beginning.length));
  return readFile(join(folders[beginning] as string, rest)).catch(() => undefined);
}
