import { loadAll } from "js-yaml";
import { expect, test } from "vitest";
import { RecordingTerminal } from "../cli/support/terminal.js";
import { read } from "../support/sources.js";

const page = read("docs/search-at-scale.md");
const blocksOf = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, text]) => text as string);

interface Manifest {
  readonly kind?: string;
  readonly metadata?: { readonly name: string };
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: { readonly parallelism: number; readonly template: { readonly spec: Pod } };
  readonly services?: { readonly worker: { readonly command: readonly string[] } };
}
interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly { readonly args: readonly string[]; readonly env: readonly Variable[] }[];
}
interface Variable {
  readonly name: string;
  readonly valueFrom: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

const manifests = blocksOf("yaml").flatMap((text) => loadAll(text) as Manifest[]);
const of = (kind: string) => manifests.find((each) => each.kind === kind) as Manifest;

test("manifests are YAML, and the Job finds what it names", () => {
  expect(manifests.map(({ kind, services }) => kind ?? Object.keys(services ?? {}))).toEqual([
    ["database", "worker"],
    "Secret",
    "Job",
  ]);
  const secret = of("Secret");
  const pod = of("Job").spec?.template.spec as Pod;
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(30);
  for (const { args, env } of pod.containers) {
    for (const { valueFrom } of env) {
      expect(valueFrom.secretKeyRef.name).toBe(secret.metadata?.name);
      expect(secret.stringData).toHaveProperty(valueFrom.secretKeyRef.key);
    }
    const names = args.join(" ").matchAll(/\$\((\w+)\)/g);
    expect(env.map(({ name }) => name)).toEqual(expect.arrayContaining([...names].map(([, name]) => name)));
  }
});

/** The words behind `wasmgrad search` of every command that the page shows. */
const commands = [
  ...[...page.matchAll(/(?:npx wasmgrad|cli\.js) search (worker|run|status|best|export) ([^\n`]*)/g)].map(
    ([, command, rest]) => `${command} ${rest}`,
  ),
  ...manifests.flatMap(({ services, spec }) => [
    ...(services ? [services.worker.command.join(" ")] : []),
    ...(spec?.template.spec.containers ?? []).map(({ args }) => args.join(" ")),
  ]),
];

test("commands have the options that the page gives them", async () => {
  expect(commands.length).toBeGreaterThan(5);
  for (const line of commands) {
    const [command, ...words] = line.split(/\s+/) as [string, ...string[]];
    const { out: help } = await new RecordingTerminal().command("search", command, "--help");
    for (const option of words.filter((word) => word.startsWith("--"))) {
      expect(help, line).toContain(`${option} `);
    }
  }
});
