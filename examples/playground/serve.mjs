// Builds the playground as static files in examples/playground/dist, for any server, and serves them here; with --build it ends there.
// `npm run playground` and `npm run playground:build` run it.

import { fileURLToPath } from "node:url";
import { build, preview } from "vite";

const configFile = fileURLToPath(new URL("vite.config.ts", import.meta.url));

await build({ configFile, logLevel: "warn" });
if (process.argv.includes("--build")) {
  console.log("built examples/playground/dist: put it on any server of static files");
} else {
  const server = await preview({ configFile });
  console.log("The playground runs in your browser (Ctrl+C ends the server):");
  server.printUrls();
}
