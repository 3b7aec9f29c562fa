// Runs every program of this folder, and makes one page of what they print and draw. npm run course [-- NAME …]

import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
const page = join(root, "docs/course/index.html");
/** One program keeps one core busy, and up to some hundred megabytes. */
const lanes = Math.min(availableParallelism(), 4);

const names = inOrderOfTheCourse(programs());
const wanted = process.argv.slice(2).map((name) => name.replace(/\.js$/, ""));
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`course: no program ${unknown.join(", ")}; there are ${names.join(", ")}`);
  process.exit(1);
}

const began = performance.now();
const queue = [...(wanted.length > 0 ? wanted : names)];
const count = queue.length;
const results = new Map();
await Promise.all(Array.from({ length: lanes }, work));
const failed = [...results.values()].filter(({ error }) => error);
if (wanted.length === 0) await writePage();
console.log(
  `${count - failed.length} of ${count} programs ran, in ${seconds(performance.now() - began)} on ${lanes} cores`,
);
if (wanted.length === 0) console.log(`page: ${page}`);
if (failed.length > 0) console.log(`failed: ${failed.map(({ name }) => name).join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Takes one program after the other until none is left. */
async function work() {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const result = await run(name);
    results.set(name, result);
    const { error, output, time } = result;
    console.log(`${error ? "✗" : "✓"} ${`${results.size}/${count}`.padStart(5)}  ${name}  ${seconds(time)}`);
    if (error) console.log(`${output.trimEnd()}\n${name}: ${error}`);
    else for (const line of noticesOf(output)) console.log(`         ${line}`);
  }
}

function run(name) {
  const start = performance.now();
  const child = spawn(process.execPath, [join(here, `${name}.js`)], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  return new Promise((done) => {
    child.on("error", ({ message }) => done({ name, output, time: performance.now() - start, error: message }));
    child.on("close", (code, signal) => {
      const silent = noticesOf(output).length === 0 ? "it ended without a line that begins with Notice:" : undefined;
      const error = code === 0 ? silent : `it ended with ${signal ?? `exit code ${code}`}`;
      done({ name, output, time: performance.now() - start, error });
    });
  });
}

function noticesOf(output) {
  return output.split("\n").filter((line) => line.startsWith("Notice:"));
}

function programs() {
  return readdirSync(here)
    .filter((file) => file.endsWith(".js") && !["all.js", "picture.js"].includes(file))
    .map((file) => file.slice(0, -".js".length))
    .sort();
}

/** As docs/course.md names them; what it does not name comes last. */
function inOrderOfTheCourse(list) {
  const guide = join(root, "docs/course.md");
  const text = existsSync(guide) ? readFileSync(guide, "utf8") : "";
  const place = (name) => {
    const at = text.search(new RegExp(`\\b${name}\\.js\\b`));
    return at < 0 ? text.length : at;
  };
  return [...list].sort((a, b) => place(a) - place(b));
}

/** The first comment of a program without the line that says how to run it. */
function titleOf(name) {
  const [first = ""] = readFileSync(join(here, `${name}.js`), "utf8").split("\n");
  return first.replace(/^\/\/\s*/, "").replace(/\s*node examples\/\S+\s*$/, "");
}

async function writePage() {
  const sections = names.map((name) => {
    const { output, error } = results.get(name);
    const paths = [...output.matchAll(/^picture: (.+)$/gm)].map(([, path]) => resolve(root, path));
    const pictures = paths.filter(existsSync).map((path) => `<figure>${readFileSync(path, "utf8")}</figure>`);
    const text = output.replace(/^picture: .+\n?/gm, "").trim();
    const notices = noticesOf(text).map((line) => `<p class="notice">${escaped(line)}</p>`);
    return [
      `<section id="${name}">`,
      `<h2>${escaped(titleOf(name))}</h2>`,
      ...(error ? [`<p class="notice">${escaped(error)}</p>`] : notices),
      ...pictures,
      `<pre>${escaped(text)}</pre>`,
      `<p><code>node examples/course/${name}.js</code></p>`,
      "</section>",
    ].join("\n");
  });
  const contents = names.map((name) => `<li><a href="#${name}">${escaped(titleOf(name))}</a></li>`).join("\n");
  await mkdir(join(page, ".."), { recursive: true });
  await writeFile(
    page,
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The craft of training</title>
<style>
body { font: 16px/1.5 sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1.15rem; margin-top: 3rem; border-top: 1px solid #ccc; padding-top: 1.5rem; }
pre { font-size: 0.8rem; line-height: 1.35; background: #f5f5f5; padding: 0.8rem; overflow-x: auto; }
figure { margin: 1rem 0; overflow-x: auto; }
figure > svg { max-width: 100%; height: auto; }
.notice { border-left: 4px solid #0072b2; padding-left: 0.8rem; }
</style>
</head>
<body>
<h1>The craft of training</h1>
<ol>
${contents}
</ol>
${sections.join("\n")}
</body>
</html>
`,
  );
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
