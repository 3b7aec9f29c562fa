import { dirname, join } from "node:path/posix";
import ts from "typescript";
import { expect, test } from "vitest";
import { read, sourcesIn } from "../support/sources.js";

/** The order of the parts (DESIGN.md): a part imports itself and those of earlier lines, never one of its own line. */
const order = [
  ["util"],
  ["backend"],
  ["tensor"],
  ["ops"],
  ["data", "nn", "optim"],
  ["model"],
  ["formats", "diagnostics", "search", "report"],
  ["cli", "worker"],
];
/** The core: what `wasmgrad` itself is made of. It runs in a browser and installs nothing. */
const core = order.slice(0, 6).flat();
const ENTRY = "src/index.ts";

const files = sourcesIn("src").filter((path) => !path.startsWith("src/tools/"));
const imports = files.flatMap((path) =>
  ts.preProcessFile(read(path)).importedFiles.map(({ fileName }) => ({ path, specifier: fileName })),
);

/** `src/ops/relu.ts` → `ops`. */
const partOf = (path: string): string => path.split("/")[1] as string;
const rankOf = (part: string): number => order.findIndex((line) => line.includes(part));
const isRelative = (specifier: string): boolean => specifier.startsWith(".");

test("every folder of src is a part with a place in the order", () => {
  const unknown = files.filter((path) => path !== ENTRY && rankOf(partOf(path)) < 0);
  expect(unknown).toEqual([]);
});

test("imports run one way", () => {
  const back = imports.filter(({ path, specifier }) => {
    if (!isRelative(specifier)) return false;
    const target = join(dirname(path), specifier).replace(/\.js$/, ".ts");
    if (path === ENTRY) return !core.includes(partOf(target));
    const [from, to] = [partOf(path), partOf(target)];
    return from !== to && !(rankOf(to) < rankOf(from));
  });
  expect(back).toEqual([]);
});

test("relative imports name a file that is there, with its ending", () => {
  const known = new Set(files);
  const missing = imports.filter(
    ({ path, specifier }) =>
      isRelative(specifier) && !known.has(join(dirname(path), specifier).replace(/\.js$/, ".ts")),
  );
  expect(missing).toEqual([]);
});

test("the core imports no package and no Node module, but the loader, its platforms, and optional peers on first use", () => {
  const allowed = (path: string, specifier: string): boolean =>
    isRelative(specifier) ||
    ["#platform", "#whole", "#threads", "#worker", "#places", "#databases", "#trials", "#inflate"].includes(
      specifier,
    ) ||
    specifier.startsWith("#kernels/") ||
    specifier === "@assemblyscript/loader" ||
    isOnFirstUse(path, specifier) ||
    (path.startsWith("src/util/platform/node") && specifier.startsWith("node:"));
  const foreign = imports.filter(
    ({ path, specifier }) => (path === ENTRY || core.includes(partOf(path))) && !allowed(path, specifier),
  );
  expect(foreign).toEqual([]);
});

/** An optional peer that is loaded where it is needed, by `import("it")`, so that its absence costs one feature. */
function isOnFirstUse(path: string, specifier: string): boolean {
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const optional = JSON.parse(read("package.json")).peerDependenciesMeta?.[name]?.optional === true;
  const atOnce = read(path)
    .split("\n")
    .filter((line) => line.includes(`from "${specifier}"`) && !line.startsWith("import type "));
  return optional && atOnce.length === 0;
}

test("what loads a model and predicts reaches nothing that trains it, but by import()", () => {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const specifier of runtimeImports(path)) {
      if (isRelative(specifier)) visit(join(dirname(path), specifier).replace(/\.js$/, ".ts"));
    }
  };
  for (const root of ["src/formats/index.ts", "src/model/model-file.ts", "src/formats/onnx/format.ts"]) visit(root);
  const training =
    /^src\/(optim\/|nn\/(losses|metrics|auc|confusion)\b|model\/(compile|training|training-steps|train|update|metering|penalties|constructors)\.ts$)/;
  expect([...reached].filter((path) => training.test(path))).toEqual([]);
  expect(reached).toContain("src/model/plans.ts");
});

/** What a module imports with the module itself: no types, and nothing that it fetches later. */
function runtimeImports(path: string): string[] {
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest);
  const isType = ({ isTypeOnly }: { readonly isTypeOnly: boolean }) => isTypeOnly;
  return source.statements.flatMap((each) => {
    if (!(ts.isImportDeclaration(each) || ts.isExportDeclaration(each)) || !each.moduleSpecifier) return [];
    const clause = ts.isImportDeclaration(each) ? each.importClause : each;
    const names = ts.isImportDeclaration(each) ? each.importClause?.namedBindings : each.exportClause;
    const list = names && (ts.isNamedImports(names) || ts.isNamedExports(names)) ? names.elements : undefined;
    const isDefault = ts.isImportDeclaration(each) && each.importClause?.name !== undefined;
    const onlyTypes = clause?.isTypeOnly || (list && !isDefault && list.length > 0 && list.every(isType));
    return onlyTypes ? [] : [(each.moduleSpecifier as ts.StringLiteral).text];
  });
}

test("kernels import nothing outside assembly", () => {
  const outside = sourcesIn("assembly").flatMap((path) =>
    ts
      .preProcessFile(read(path))
      .importedFiles.map(({ fileName }) => fileName)
      .filter((name) => !isRelative(name) || !join(dirname(path), name).startsWith("assembly/"))
      .map((name) => `${path}: ${name}`),
  );
  expect(outside).toEqual([]);
});
