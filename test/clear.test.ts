import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as data from "../src/data/index.js";
import * as diagnostics from "../src/diagnostics/index.js";
import * as formats from "../src/formats/index.js";
import * as wg from "../src/index.js";
import * as report from "../src/report/index.js";
import * as search from "../src/search/index.js";
import { show } from "../src/util/check.js";
import { WasmgradError } from "../src/util/errors.js";
import * as worker from "../src/worker/index.js";
import { Option, type Row } from "./support/bad-input/arguments.js";
import { classes } from "./support/bad-input/classes.js";
import { dataRows } from "./support/bad-input/data.js";
import { diagnosticsRows } from "./support/bad-input/diagnostics.js";
import { factories } from "./support/bad-input/factories.js";
import { formatRows } from "./support/bad-input/formats.js";
import { imageRows } from "./support/bad-input/images.js";
import { kerasLayerRows } from "./support/bad-input/keras-layers.js";
import { movingRows } from "./support/bad-input/moving.js";
import { operations } from "./support/bad-input/operations.js";
import { reportRows } from "./support/bad-input/report.js";
import { searchRows } from "./support/bad-input/search.js";
import { sequenceRows } from "./support/bad-input/sequences.js";
import { tableRows } from "./support/bad-input/tables.js";
import { workerRows } from "./support/bad-input/worker.js";

const tables = {
  wasmgrad: {
    ...operations,
    ...movingRows,
    ...sequenceRows,
    ...imageRows,
    ...factories,
    ...kerasLayerRows,
    ...classes,
  },
  "wasmgrad/data": { ...dataRows, ...tableRows },
  "wasmgrad/diagnostics": diagnosticsRows,
  "wasmgrad/formats": formatRows,
  "wasmgrad/report": reportRows,
  "wasmgrad/search": searchRows,
  "wasmgrad/worker": workerRows,
};
const modules = {
  wasmgrad: wg,
  "wasmgrad/data": data,
  "wasmgrad/diagnostics": diagnostics,
  "wasmgrad/formats": formats,
  "wasmgrad/report": report,
  "wasmgrad/search": search,
  "wasmgrad/worker": worker,
};

/** Private parts of classes, which JavaScript cannot tell from public ones. */
const PRIVATE = [
  "Sequential.connect",
  "Sequential.emptyCopy",
  "Dataset.tensors",
  "Dataset.extent",
  "Dataset.cut",
  "Dataset.stream",
  "Dataset.streamSource",
  "Table.taken",
  "Table.rowAt",
  "Table.checkRow",
];

/** Every function that a module exports, those of its namespaces and the methods of its classes. */
function functionsOf(module: object, prefix = ""): string[] {
  return Object.entries(module).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    if (value !== null && typeof value === "object") return functionsOf(value, `${path}.`);
    if (typeof value !== "function") return [];
    if (!/^class\b/.test(String(value))) return [path];
    const methods = [value, value.prototype].flatMap((owner) =>
      Object.entries(Object.getOwnPropertyDescriptors(owner))
        .filter(([key, { value: own }]) => typeof own === "function" && key !== "constructor")
        .map(([key]) => `${path}.${key}`),
    );
    return methods.filter((each) => !PRIVATE.includes(each));
  });
}

interface Call {
  readonly title: string;
  readonly all: readonly unknown[];
  /** What the text must name: the argument or the option. */
  readonly argument: string | undefined;
}

/** Where a loss, a layer of the model or the platform reports what it was handed: they say more than the method that was called. */
const OTHERS = /^(loss "|dense "|sequential: layers|read ")/;

/** Every wrong call of a row: one argument wrong and the others right, and those that are wrong together. */
function wrongCalls({ args, together = [] }: Row): Call[] {
  const right = args.map((each) => each.right);
  const single = args.flatMap(({ name, wrong }, i) =>
    wrong.map((value) => {
      const [argument, given] = value instanceof Option ? [value.name, value.value] : [name, value];
      const shown = value instanceof Option ? (value.value as Record<string, unknown>)[value.name] : value;
      return {
        title: `${argument} = ${textOf(shown)}`,
        all: right.map((other, j) => (i === j ? given : other)),
        argument: argument === "option" ? undefined : argument,
      };
    }),
  );
  return [
    ...single,
    ...together.map((all) => ({ title: `(${all.map(textOf).join(", ")})`, all, argument: undefined })),
  ];
}

function textOf(value: unknown): string {
  return typeof value === "function" ? String(value) : show(value);
}

/** What is wrong with how a call failed, or undefined. */
async function complaint(key: string, { call, as }: Row, { title, all, argument }: Call): Promise<string | undefined> {
  let error: Error;
  try {
    await (call as (...args: readonly unknown[]) => unknown)(...all);
    return `${title}: passed`;
  } catch (caught) {
    error = caught as Error;
  }
  const name = key.split(".").at(-1) as string;
  const named = as ? as.test(error.message) : error.message.includes(name) || OTHERS.test(error.message);
  const says = /expected|unknown option|no such file/.test(error.message);
  const names =
    !argument || error.message.includes(argument) || /inputs expected|^(?:\w+): a expected/.test(error.message);
  if (error instanceof WasmgradError && named && says && names) return undefined;
  return `${title}: ${error.name}: ${error.message}`;
}

beforeAll(() => {
  vi.spyOn(console, "log").mockReturnValue();
});
afterAll(() => {
  vi.restoreAllMocks();
});

for (const [entry, table] of Object.entries(tables)) {
  describe(entry, () => {
    test("has a row for each function that it exports", () => {
      expect(Object.keys(table).sort()).toEqual(functionsOf(modules[entry as keyof typeof modules]).sort());
    });

    for (const [key, row] of Object.entries(table) as [string, Row][]) {
      test(key, async () => {
        if (!row.costly)
          await (row.call as (...args: readonly unknown[]) => unknown)(...row.args.map((each) => each.right));
        const complaints: string[] = [];
        for (const each of wrongCalls(row)) {
          const found = await complaint(key, row, each);
          if (found !== undefined) complaints.push(found);
        }
        expect(complaints).toEqual([]);
      });
    }
  });
}

describe("a metric's batch", () => {
  const { confusionMatrix: _, metricNamed: __, ...factories } = wg.metrics;
  for (const [name, make] of Object.entries(factories)) {
    test(name, () => {
      const update = () =>
        make().update({ data: Int32Array.of(0, 1, 1), shape: [3] }, { data: new Float32Array(4), shape: [2, 2] });
      expect(update).toThrow(WasmgradError);
      expect(update).toThrow(/expected .*got /);
    });
  }
});
