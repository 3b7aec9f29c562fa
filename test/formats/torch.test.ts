import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { decodeTorch, stateDictOf } from "../../src/formats/torch/decode.js";
import { encodeTorch } from "../../src/formats/torch/encode.js";
import { encodeZip } from "../../src/formats/zip.js";
import { DTypeError, FormatError } from "../../src/util/errors.js";
import { fromHost } from "../../src/util/file-array.js";
import { formatFixtures, joined, pythonWith, unpacked } from "../support/format-fixtures.js";
import { plain } from "../support/plain.js";

/** By torch.save: test/fixtures/formats/torch_save.py. */
const fixtures = formatFixtures<unknown>("torch_save");
const entries = Object.entries(fixtures);
const decode = (bytes: Uint8Array) => decodeTorch("test", { name: "m.pt", bytes });

describe("reads what torch.save writes", () => {
  for (const [name, written] of entries.filter(([name]) => !/^(refused|checkpoint)/.test(name))) {
    test(name, async () => {
      expect(plain(await decode(unpacked(written)))).toEqual(written.content);
    });
  }

  test("a checkpoint with plain values around its state dict", async () => {
    const { file, content } = fixtures.checkpoint as (typeof fixtures)[string];
    const value = (await decode(unpacked({ file, content }))) as Map<string, unknown>;
    const { model_state_dict } = content as { model_state_dict: Record<string, unknown> };
    expect(plain(stateDictOf("m.pt", value))).toEqual(model_state_dict);
    const rest = Object.fromEntries([...value].filter(([key]) => key !== "model_state_dict"));
    expect(rest).toEqual({
      epoch: 3,
      loss: 0.25,
      name: "größe",
      big: 2n ** 70n,
      negative: -(2 ** 40),
      none: null,
      flags: [true, false],
      shape: [2, 3],
      device: "cpu",
      pair: [1, "b"],
    });
  });

  test("tensors that are the same view share their bytes", async () => {
    const value = (await decode(unpacked(fixtures.views as (typeof fixtures)[string]))) as Map<
      string,
      { bytes: object }
    >;
    expect(value.get("tied")?.bytes).toBe(value.get("whole")?.bytes);
  });
});

describe("refuses", () => {
  for (const [name, text] of Object.entries({
    module:
      /byte \d+: no class or function .*save model\.state_dict\(\).* expected, got "torch\.nn\.modules\.container\.Sequential"/,
    script: /got a TorchScript archive; save model\.state_dict\(\)/,
    complex: /a storage of HalfStorage, .* expected, got ComplexFloatStorage/,
    sparse: /got "torch\._utils\._rebuild_sparse_tensor"/,
    "legacy module": /got "torch\.nn\.modules\.container\.Sequential"/,
  })) {
    test(name, async () => {
      const failed = decode(unpacked(fixtures[`refused: ${name}`] as (typeof fixtures)[string]));
      await expect(failed).rejects.toBeInstanceOf(FormatError);
      await expect(failed).rejects.toThrow(text);
    });
  }

  const pickled = (text: string) =>
    decode(joined(encodeZip([{ name: "a/data.pkl", parts: [new TextEncoder().encode(text)] }])));

  test("code that a pickle would run", async () => {
    await expect(pickled("cos\nsystem\n(X\u0002\0\0\0lstR.")).rejects.toThrow(/byte 0: .* got "os\.system"/);
    await expect(pickled("cbuiltins\neval\n.")).rejects.toThrow(/"builtins\.eval"/);
    await expect(pickled("ctorch.hub\nload\n.")).rejects.toThrow(/"torch\.hub\.load"/);
    await expect(pickled("ctorch\nStorage.__reduce__\n.")).rejects.toThrow(FormatError);
  });

  test("lists that hold one another, without end or without measure", async () => {
    await expect(pickled("]q\0h\0a.")).resolves.toHaveLength(1);
    // Sixty lists, each of the one before twice: 2^60 texts if it were written out.
    const nested = `]q\0${"0(h\0h\0tq\0".repeat(60)}`;
    const value = await pickled(`ccollections\nOrderedDict\n${nested}R.`);
    expect(value instanceof Map && value.size).toBe(1);
    expect(() => stateDictOf("m.pt", value)).toThrow(/got a dict of /);
  });

  test("a state dict where there is none", () => {
    expect(() => stateDictOf("m.pt", new Map([["epoch", 3]]))).toThrow(
      /a state dict .* expected, got a dict of "epoch"/,
    );
  });
});

describe("writes what torch.load reads", () => {
  const shared = Float32Array.of(1, -2.5, 3);
  const tied = fromHost("test", { data: shared, shape: [3] });
  const value = new Map<string, unknown>([
    ["w", fromHost("test", { data: Float64Array.of(Math.PI, -1), shape: [2, 1] })],
    ["half", fromHost("test", { data: Float32Array.of(0.5, 2), shape: [2] }, "float16")],
    ["brain", fromHost("test", { data: Float32Array.of(0.5, 2), shape: [2] }, "bfloat16")],
    ["long", fromHost("test", { data: Int32Array.of(-1, 2), shape: [2] }, "int64")],
    ["flag", { dtype: "bool", shape: [], bytes: Uint8Array.of(1) }],
    ["a", tied],
    ["b", tied],
    ["none", new Map<string, unknown>([["größe", null]])],
    ["plain", [1, -(2 ** 40), 0.5, true, "x"]],
  ]);

  test("and what decodeTorch reads, in the same bytes each time", async () => {
    const bytes = joined(encodeTorch(value));
    expect(plain(await decode(bytes))).toEqual(plain(value));
    expect(joined(encodeTorch(value))).toEqual(bytes);
    const again = (await decode(bytes)) as Map<string, { bytes: Uint8Array }>;
    expect(again.get("a")?.bytes).toBe(again.get("b")?.bytes);
    expect((again.get("a")?.bytes.byteOffset as number) % 64).toBe(0);
  });

  // PyTorch alone takes seconds to load, on a busy machine a minute.
  test("judged by torch", (context) => {
    const python = pythonWith(context, "torch");
    const script = new URL("../fixtures/formats/torch_save.py", import.meta.url).pathname;
    const read = execFileSync(python, [script, "check"], { input: joined(encodeTorch(value)), encoding: "utf8" });
    expect(JSON.parse(read)).toEqual(plain(value));
  }, 240_000);

  test("types that PyTorch's storages lack are refused", () => {
    expect(() => encodeTorch({ dtype: "uint32", shape: [0], bytes: new Uint8Array(0) })).toThrow(DTypeError);
  });
});
