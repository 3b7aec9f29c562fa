import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";

/** Programs that a page may be, by the modules that they begin with. */
export interface Probe {
  readonly modules: readonly string[];
  /** Whether what it reaches is joined; the others say only who else reaches it. */
  readonly isUsual?: boolean;
}

/**
 * Splits what is fetched into fewer pieces. esbuild makes one for each set of entries (public ones, and everything that an `import()` fetches) that
 * reach a module: with dozens of formats and layers that is hundreds, of a kilobyte each, and a usual page fetches seventy. Here modules that the
 * same probes reach are one piece: whoever needs one of them gets them all.
 */
export function joinedPieces(options: BuildOptions, probes: readonly Probe[]): Plugin {
  return {
    name: "joined-pieces",
    async setup(own) {
      const { metafile } = await build({ ...options, bundle: true, write: false, metafile: true, logLevel: "silent" });
      const graph = new Imports(metafile);
      const groups = groupsOf(graph, probes);
      const wanted = groupsByEntry(graph, groups);
      own.onResolve({ filter: /^piece:/ }, ({ path }) => ({ path, namespace: "piece", sideEffects: true }));
      own.onResolve({ filter: /^member:/ }, ({ path }) => ({ path: resolve(path.slice(7)), sideEffects: true }));
      own.onLoad({ filter: /./, namespace: "piece" }, ({ path }) => ({
        contents: (groups.get(path.slice(6)) ?? []).map((file) => `import "member:${file}";`).join("\n"),
        resolveDir: process.cwd(),
      }));
      own.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const pieces = wanted.get(path);
        if (!pieces) return undefined;
        const imports = pieces.map((piece) => `import "piece:${piece}"; `);
        return { contents: `${imports.join("")}${readFileSync(path, "utf8")}`, loader: "ts" };
      });
    },
  };
}

type Groups = ReadonlyMap<string, readonly string[]>;

/** Who imports whom. */
class Imports {
  readonly files: readonly string[];
  /** The public ones, and what is fetched. */
  readonly entries: ReadonlySet<string>;

  constructor(private readonly metafile: Metafile) {
    this.files = Object.keys(metafile.inputs).filter((file) => file.startsWith("src/"));
    const fetched = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports.filter(({ kind, external }) => kind === "dynamic-import" && !external).map(({ path }) => path),
    );
    const open = Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
    this.entries = new Set([...open, ...fetched]);
  }

  /** What is there as soon as these are. */
  reached(from: readonly string[]): Set<string> {
    const found = new Set<string>();
    const waiting = [...from];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      const input = this.metafile.inputs[file];
      if (!input || found.has(file)) continue;
      found.add(file);
      for (const { path, kind, external } of input.imports) {
        if (kind === "import-statement" && !external) waiting.push(path);
      }
    }
    return found;
  }
}

/** The modules that usual probes reach, by the set of probes that reach them. */
function groupsOf(graph: Imports, probes: readonly Probe[]): Groups {
  const reached = probes.map(({ modules }) => graph.reached(modules));
  const groups = new Map<string, string[]>();
  for (const file of graph.files) {
    const by = reached.map((files) => files.has(file));
    if (!probes.some(({ isUsual }, i) => isUsual && by[i])) continue;
    const key = by.map(Number).join("");
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return groups;
}

/** The groups of which an entry needs a member, by its path: with one it gets what that reaches, and so on. */
function groupsByEntry(graph: Imports, groups: Groups): ReadonlyMap<string, readonly string[]> {
  const wanted = new Map<string, string[]>();
  for (const entry of graph.entries) {
    const there = graph.reached([entry]);
    const taken: string[] = [];
    for (let size = -1; size !== there.size; ) {
      size = there.size;
      for (const [key, files] of groups) {
        if (taken.includes(key) || !files.some((file) => there.has(file))) continue;
        taken.push(key);
        for (const file of graph.reached(files)) there.add(file);
      }
    }
    if (taken.length > 0) wanted.set(resolve(entry), taken);
  }
  return wanted;
}
