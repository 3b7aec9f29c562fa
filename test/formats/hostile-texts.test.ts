import { expect, test } from "vitest";
import { gates } from "../support/gates.js";
import { attempt, type Gate, leavesNothing, refusal } from "../support/hostile.js";

const all = await gates();
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const decode = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

/** The gates of a format that take JSON, with what is in it. */
const jsons: readonly { gate: Gate; json: unknown; write(json: unknown): Uint8Array }[] = Object.values(all)
  .flat()
  .filter(({ name }) => name.startsWith("load,"))
  .flatMap((gate) => {
    const { sample } = gate;
    if (sample[0] === 0x7b) return [{ gate, json: decode(sample), write: encode }];
    if (gate.name !== "load, safetensors") return [];
    const length = Number(new DataView(sample.buffer, sample.byteOffset).getBigUint64(0, true));
    const header = decode(sample.subarray(8, 8 + length)) as { __metadata__: Record<string, string> };
    const whole = (json: unknown) => {
      const bytes = encode(json);
      const out = new Uint8Array(8 + bytes.length + sample.length - 8 - length);
      new DataView(out.buffer).setBigUint64(0, BigInt(bytes.length), true);
      out.set(bytes, 8);
      out.set(sample.subarray(8 + length), 8 + bytes.length);
      return out;
    };
    return [
      { gate, json: header, write: whole },
      {
        gate: { ...gate, name: "load, architecture of safetensors" },
        json: JSON.parse(header.__metadata__.wasmgrad as string),
        write: (json: unknown) =>
          whole({ ...header, __metadata__: { ...header.__metadata__, wasmgrad: JSON.stringify(json) } }),
      },
    ];
  });

/** All values of a JSON text that differ from it in one place. */
function* otherwise(json: unknown, values: readonly unknown[]): Generator<readonly [where: string, json: unknown]> {
  for (const value of values) yield ["", value];
  if (json === null || typeof json !== "object") return;
  const keys = Object.keys(json);
  const copy = (key: string, value: unknown) =>
    Array.isArray(json) ? json.map((each, i) => (String(i) === key ? value : each)) : { ...json, [key]: value };
  for (const key of keys) {
    for (const [where, value] of otherwise((json as Record<string, unknown>)[key], values)) {
      yield [`/${key}${where}`, copy(key, value)];
    }
    const { [key]: _, ...rest } = json as Record<string, unknown>;
    if (!Array.isArray(json)) yield [`/${key} left out`, rest];
  }
}

const VALUES = [
  null,
  true,
  -1,
  0,
  0.5,
  2 ** 31,
  2 ** 53,
  1e308,
  "",
  "__proto__",
  "constructor",
  [],
  {},
  [[]],
  [null],
  [-1, 2 ** 53],
];

test.each(jsons)("$gate.name: every value another one", { timeout: 120_000 }, async ({ gate, json, write }) => {
  await leavesNothing(async () => {
    for (const [where, other] of otherwise(json, VALUES)) await attempt(gate, write(other), `other value at ${where}`);
  });
});

/** So deep that a walk that calls itself uses the stack up. */
const DEEP = 50_000;
const deep = (open: string, close: string, core = ""): string => open.repeat(DEEP) + core + close.repeat(DEEP);

test.each(jsons)("$gate.name: values deep in one another", async ({ gate, json, write }) => {
  const places = [...otherwise(json, ["HERE"])].filter(([where]) => where.split("/").length < 6);
  const texts = [deep("[", "]"), deep('{"layers":[', "]}"), deep('{"config":', "}", "{}")];
  const few = places.filter((_, i) => i % Math.ceil(places.length / 12) === 0);
  for (const [where, other] of few) {
    for (const [i, text] of texts.entries()) {
      const bytes = write(other);
      const at = Buffer.from(bytes).indexOf('"HERE"');
      // In the header of safetensors the architecture is a text, whose quotes would have to be escaped.
      if (at < 0 || write !== encode) continue;
      const whole = Buffer.concat([bytes.subarray(0, at), Buffer.from(text), bytes.subarray(at + 6)]);
      await attempt(gate, whole, `deep ${i} at ${where}`);
    }
  }
});

test("a prototxt deep in itself", async () => {
  const gate = all.caffe.find(({ name }) => name === "load, prototxt") as Gate;
  for (const [open, close] of [
    ["layer { ", "} "],
    ["a < ", "> "],
    ["layer { x { ", "} } "],
  ] as const) {
    const error = await refusal(gate, new TextEncoder().encode(deep(open, close)), open);
    expect(error.message).toMatch(/line 1/);
  }
});

test("names twice, elements twice, elements of nobody in safetensors", async () => {
  const gate = all.safetensors.find(({ name }) => name === "loadWeights, safetensors") as Gate;
  const floats = (begin: number, size: number) => ({
    dtype: "F32",
    shape: [size],
    data_offsets: [begin, begin + 4 * size],
  });
  const file = (header: string, bytes: number) => {
    const text = new TextEncoder().encode(header);
    const out = new Uint8Array(8 + text.length + bytes);
    new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
    out.set(text, 8);
    return out;
  };
  const shared = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`t${i}`, floats(0, 25_000)]));
  for (const [how, bytes, message] of [
    ["shared elements", file(JSON.stringify(shared), 100_000), /"t1": elements from byte \d+ on expected/],
    ["a hole", file(JSON.stringify({ a: floats(0, 1), b: floats(8, 1) }), 12), /"b": elements from byte/],
    ["a name twice", file(`{"a":${JSON.stringify(floats(0, 1))},"a":${JSON.stringify(floats(4, 1))}}`, 8), /"a"/],
    ["a giant header", file("{}", 0).fill(255, 0, 8), /byte 0/],
  ] as const) {
    expect((await refusal(gate, bytes, how)).message, how).toMatch(message);
  }
});
