import ts from "typescript";

/** An exported function or class of a public entry, with what its docstring has. */
export interface Documented {
  /** As a user writes it: `layers.dense`. */
  name: string;
  entry: string;
  kind: "function" | "class";
  text: string;
  /** Code of its `@example`s, and of those of a class's members. */
  examples: string[];
}

/** Everything callable that the entries export, namespaces opened. `entries`: name of the package path → source file. */
export function documentedIn(entries: Record<string, string>): Documented[] {
  const program = ts.createProgram(Object.values(entries), compilerOptions());
  const checker = program.getTypeChecker();
  const found: Documented[] = [];

  const visit = (entry: string, prefix: string, exported: ts.Symbol): void => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const name = prefix + exported.name;
    if (symbol.flags & ts.SymbolFlags.ValueModule) {
      for (const each of checker.getExportsOfModule(symbol)) visit(entry, `${name}.`, each);
    } else if (symbol.flags & ts.SymbolFlags.Class) {
      const members = [...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? [])];
      found.push(describe(entry, name, "class", symbol, members));
    } else if (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Variable | ts.SymbolFlags.Property)) {
      const type = checker.getTypeOfSymbol(symbol);
      if (type.getCallSignatures().length > 0) found.push(describe(entry, name, "function", symbol));
      else if (isTable(symbol)) for (const each of type.getProperties()) visit(entry, `${name}.`, each);
    }
  };
  const describe = (
    entry: string,
    name: string,
    kind: Documented["kind"],
    symbol: ts.Symbol,
    members: ts.Symbol[] = [],
  ): Documented => ({
    entry,
    name,
    kind,
    text: ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim(),
    examples: [symbol, ...members].flatMap((each) => examplesOf(each, checker)),
  });

  for (const [entry, path] of Object.entries(entries)) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(path) as ts.SourceFile);
    for (const each of module ? checker.getExportsOfModule(module) : []) visit(entry, "", each);
  }
  return found;
}

/** `export const layers = { dense, dropout }`: a constant that is written as an object of functions. */
function isTable(symbol: ts.Symbol): boolean {
  const declaration = symbol.valueDeclaration;
  if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return false;
  let value = declaration.initializer;
  while (ts.isAsExpression(value) || ts.isSatisfiesExpression(value)) value = value.expression;
  return ts.isObjectLiteralExpression(value);
}

function examplesOf(symbol: ts.Symbol, checker: ts.TypeChecker): string[] {
  return symbol
    .getJsDocTags(checker)
    .filter(({ name }) => name === "example")
    .map(({ text }) => ts.displayPartsToString(text).replace(/^\s*```\w*\n|\n?```\s*$/g, ""));
}

/** What TypeScript says about files under `folder`, as `file:line: message`. */
export function compileErrors(files: string[], folder: string): string[] {
  const program = ts.createProgram(files, { ...compilerOptions(), noUnusedLocals: false });
  const own = program.getSourceFiles().filter(({ fileName }) => fileName.includes(folder));
  const found = own.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  return found.map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName.split("/").pop()}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  return ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ".").options;
}
