import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { Tape, taping } from "../../src/tensor/tape.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";

interface Values {
  shape: number[];
  values: number[];
}

interface Golden {
  kind: "simpleRnn" | "lstm" | "gru";
  by: string;
  options: { mask?: boolean[][]; activation?: wg.LstmOptions["activation"] };
  inputs: Record<string, Values & { gradient: number[] }>;
  results: Record<string, Values & { dy: number[] }>;
}

const file = readFileSync(new URL("../fixtures/recurrent.json", import.meta.url), "utf8");
const cases = (JSON.parse(file) as { cases: Golden[] }).cases;

const operations = { simpleRnn: wg.simpleRnn, lstm: wg.lstm, gru: wg.gru };

type Inputs = Record<string, wg.Tensor>;

function run(kind: Golden["kind"], inputs: Inputs, options: object): Record<string, wg.Tensor> {
  const { x, kernel, recurrentKernel, bias = null, h0, c0, peepholes } = inputs;
  const weights = [x, kernel, recurrentKernel, bias] as [wg.Tensor, wg.Tensor, wg.Tensor, wg.Tensor | null];
  if (kind !== "lstm") return { ...operations[kind](...weights, { ...options, initialState: h0 as wg.Tensor }) };
  const initialState = [h0 as wg.Tensor, c0 as wg.Tensor] as const;
  return { ...wg.lstm(...weights, { ...options, initialState, ...(peepholes ? { peepholes } : {}) }) };
}

test.each(backends.flatMap(({ name, use }) => cases.map((golden, i) => ({ name, use, golden, i }))))(
  "case $i: $golden.kind by $golden.by with $golden.options on $name",
  async ({ use, golden }) => {
    await use();
    for (const [dtype, within] of [
      ["float64", 1e-11],
      ["float32", 3e-5],
    ] as const) {
      const made = ({ shape, values }: Values) => wg.tensor(Float64Array.from(values), shape, dtype);
      const inputs = Object.fromEntries(Object.entries(golden.inputs).map(([name, each]) => [name, made(each)]));
      const tape = new Tape();
      for (const x of Object.values(inputs)) tape.watch(x);
      const { results, loss } = taping(tape, () => {
        const results = run(golden.kind, inputs, golden.options);
        const parts = Object.entries(golden.results).map(([name, { shape, dy }]) =>
          wg.sum(wg.mul(results[name] as wg.Tensor, made({ shape, values: dy }))),
        );
        return { results, loss: parts.reduce((total, each) => wg.add(total, each)) };
      });
      expect(Object.keys(results).sort()).toEqual(Object.keys(golden.results).sort());
      for (const [name, { shape, values }] of Object.entries(golden.results)) {
        expect(results[name]?.shape).toEqual(shape);
        expectClose((results[name] as wg.Tensor).toTypedArray(), values, within, within, `${dtype} ${name}`);
      }
      const gradients = new Map(Object.values(inputs).map((x) => [x, wg.zerosLike(x)]));
      tape.backward(loss, gradients);
      for (const [name, { gradient }] of Object.entries(golden.inputs)) {
        const got = (gradients.get(inputs[name] as wg.Tensor) as wg.Tensor).toTypedArray();
        // Sums over all steps and rows.
        expectClose(got, gradient, 4 * within, 4 * within, `${dtype} gradient of ${name}`);
      }
    }
  },
);
