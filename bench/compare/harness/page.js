import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import puppeteer from "puppeteer-core";
import { folderOf, ownVersion, versionOf } from "./packages.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const library = fileURLToPath(new URL("../../../dist/browser", import.meta.url));
const types = { ".js": "text/javascript; charset=utf-8", ".wasm": "application/wasm" };

/**
 * A page in Chromium that holds several libraries, each as its users' bundlers would ship it.
 *
 * @param program Chromium
 * @param adapters files of `libraries/` by name, and the packages whose files the page fetches or whose versions it names
 * @returns `open(name)`, which answers requests to one library as a `Child` does, and `close()`
 */
export async function openPage(program, adapters, packages, threads) {
  const script = await bundle(adapters, packages, threads);
  const server = createServer(async ({ url }, response) => {
    const found = url === "/page.js" ? script : await packaged(url, packages);
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin"); // isolated: its clock is finer
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    if (url === "/") response.setHeader("Content-Type", "text/html; charset=utf-8");
    else response.setHeader("Content-Type", types[extname(url)] ?? "application/octet-stream");
    if (url === "/")
      response.end('<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>');
    else response.writeHead(found ? 200 : 404).end(found);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const browser = await puppeteer.launch({ executablePath: program, args: ["--no-sandbox"], protocolTimeout: 600_000 });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction("globalThis.ask");
  return {
    version: await browser.version(),
    open: (name) => ({
      ask: (request) => page.evaluate((library, asked) => globalThis.ask(library, asked), name, request),
      end: async () => {},
    }),
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** Files of the packages, and of the library, whose threads have a script of their own. */
async function packaged(url, packages) {
  const name = packages.find((each) => url.startsWith(`/${each}/`));
  const file = name ? folderOf(name) + url.slice(name.length + 2) : `${library}${url}`;
  return readFile(file).catch(() => undefined);
}

async function bundle(adapters, packages, threads) {
  const imports = Object.entries(adapters).map(
    ([name, file]) => `${JSON.stringify(name)}: () => import(${JSON.stringify(`./libraries/${file}`)})`,
  );
  const { outputFiles } = await build({
    stdin: {
      contents: `import { serve } from "./harness/in-page.js"; serve({ ${imports.join(", ")} }, ${threads});`,
      resolveDir: root,
    },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    logLevel: "error",
    plugins: [{ name: "page", setup: (it) => inPage(it, packages) }],
  });
  return outputFiles[0].text;
}

/** Wasmgrad as a browser gets it, and in place of the packages' folders their addresses. */
function inPage({ onResolve, onLoad }, packages) {
  onResolve({ filter: /dist\/node\/index\.js$/ }, ({ path, resolveDir }) => ({
    path: fileURLToPath(new URL(path.replace("/node/", "/browser/"), `file://${resolveDir}/`)),
  }));
  onLoad({ filter: /harness\/packages\.js$/ }, () => ({
    contents: `const versions = ${JSON.stringify(Object.fromEntries(packages.map((name) => [name, versionOf(name)])))};
      export const versionOf = (name) => versions[name];
      export const ownVersion = () => ${JSON.stringify(ownVersion())};
      export const folderOf = (name) => \`/\${name}/\`;`,
  }));
}
