import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { gates } from "../support/gates.js";
import { type Gate, leavesNothing, refusal } from "../support/hostile.js";

const gate = (await gates()).pytorch.find(({ name }) => name === "loadWeights, data.pkl") as Gate;

/** Instructions of a pickle: texts as Latin-1, numbers as bytes. */
const pickle = (...parts: readonly (string | number | readonly number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "string" ? [...Buffer.from(part, "latin1")] : typeof part === "number" ? [part] : part,
    ),
  );
const bytes = (value: number | bigint, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n));
/** PROTO 2 */
const P2 = "\x80\x02";
const unicode = (text: string) => ["X", bytes(text.length, 4), text] as const;
const victim = join(tmpdir(), "wasmgrad-hostile-pickle");
const shell = `touch ${victim}`;
const int = (value: number) => ["J", bytes(value, 4)] as const;

/** A storage of eight bytes, as torch has it: entry 1 of the archive. */
const storage = [
  "(",
  ...unicode("storage"),
  "ctorch\nFloatStorage\n",
  ...unicode("1"),
  ...unicode("cpu"),
  ...int(2),
  "tQ",
] as const;
const tensor = (offset: number, size: number[], stride: number[]) =>
  [
    "ctorch._utils\n_rebuild_tensor_v2\n(",
    ...storage,
    ...int(offset),
    "(",
    ...size.flatMap(int),
    "t(",
    ...stride.flatMap(int),
    "t",
    "\x89",
    "ccollections\nOrderedDict\n)R",
    "tR",
  ] as const;
const dict = (...value: readonly (string | number | readonly number[])[]) =>
  pickle(P2, "}", ...unicode("d.weight"), ...value, "s.");

const calls: Record<string, Uint8Array> = {
  "os.system": pickle(P2, "cos\nsystem\n(", ...unicode(shell), "tR."),
  "posix.system by its names on the stack": pickle(
    "\x80\x04",
    ...unicode("posix"),
    ...unicode("system"),
    "\x93(",
    ...unicode(shell),
    "tR.",
  ),
  "builtins.eval": pickle(P2, "cbuiltins\neval\n(", ...unicode("1+1"), "tR."),
  "builtins.exec of Python 2": pickle(P2, "c__builtin__\nexecfile\n(", ...unicode(victim), "tR."),
  "an instance (INST)": pickle("(S'", shell, "'\nios\nsystem\n."),
  "an object (OBJ)": pickle(P2, "(cos\nsystem\n", ...unicode(shell), "o."),
  "an object (NEWOBJ)": pickle(P2, "cos\nsystem\n(", ...unicode(shell), "t\x81."),
  "an object (NEWOBJ_EX)": pickle("\x80\x04", "cos\nsystem\n(", ...unicode(shell), "t}\x92."),
  "an extension (EXT1)": pickle(P2, "\x82\x01."),
  "a path through what is allowed": pickle(P2, "ctorch\n_utils.os.system\n(", ...unicode(shell), "tR."),
  "a prototype": pickle(P2, "c__proto__\nconstructor\n)R."),
  "torch.load in itself": pickle(P2, "ctorch\nload\n(", ...unicode("/etc/passwd"), "tR."),
  "another's state (BUILD)": pickle(
    P2,
    "ccollections\nOrderedDict\n",
    "}",
    ...unicode("__setstate__"),
    "cos\nsystem\n",
    "sb.",
  ),
  "a value as a function": pickle(P2, ...unicode("os.system"), "(", ...unicode(shell), "tR."),
};

const lies: Record<string, Uint8Array> = {
  "an int of 2 GB (LONG4)": pickle(P2, "\x8b", bytes(2 ** 31 - 1, 4), "."),
  "an int of less than none": pickle(P2, "\x8b", bytes(2 ** 32 - 1, 4), "."),
  "a text of 2^53 bytes": pickle("\x80\x04\x8d", bytes(2n ** 53n, 8), "."),
  "bytes of 2^63": pickle("\x80\x04\x8e", bytes(2n ** 63n, 8), "."),
  "a frame of 2^53": pickle("\x80\x04\x95", bytes(2n ** 53n, 8), "."),
  "a memo of nobody": pickle(P2, "j", bytes(2 ** 32 - 1, 4), "."),
  "no end": pickle(P2, "}"),
  "an empty stack": pickle(P2, "."),
  "a mark at the end": pickle(P2, "(."),
  "a tensor of 2^60 elements in 8 bytes": dict(...tensor(0, [2 ** 30, 2 ** 30], [0, 0])),
  "a tensor of one element 2^30 times": dict(...tensor(0, [2 ** 30], [0])),
  "a tensor in front of its storage": dict(...tensor(-1, [1], [1])),
  "a tensor behind its storage": dict(...tensor(2 ** 31 - 1, [2], [1])),
  "a tensor that goes backwards": dict(...tensor(1, [2], [-1])),
  "a tensor of −1 elements": dict(...tensor(0, [-1], [1])),
};

const repeated = (text: string, count: number) => text.repeat(count);
const bombs: Record<string, Uint8Array> = {
  "a million lists in one another": pickle(P2, repeated("]", 1e6), repeated("a", 1e6 - 1), "."),
  "a million tuples in one another": pickle(P2, ")", repeated("\x85", 1e6), "."),
  "dicts in one another, as state_dict": pickle(
    P2,
    repeated(`}X\x0a\0\0\0state_dict`, 20_000),
    "}",
    repeated("s", 20_000),
    ".",
  ),
  "a list that doubles 60 times": pickle(P2, "]q\x00", repeated("h\x00h\x00\x86q\x00", 60), "."),
  "a list in itself": pickle(P2, "]q\x00h\x00a."),
  "a dict in itself": pickle(P2, "}q\x00", ...unicode("state_dict"), "h\x00s."),
  "a million marks": pickle(P2, repeated("(", 1e6), "."),
  "a million marks, taken off one by one": pickle(P2, repeated("N", 2e5), repeated("(1", 2e5), "."),
  "a million values under a million numbers": pickle(P2, "}", repeated("\x94", 1e6), repeated("2", 1000), "."),
};

beforeAll(() => gate.open(gate.sample));

test.each(Object.entries({ ...calls, ...lies, ...bombs }))("%s is refused", async (how, file) => {
  await leavesNothing(async () => {
    expect((await refusal(gate, file, how)).message).toMatch(/byte \d|tensor|parts as many|expected/);
  });
  expect(existsSync(victim)).toBe(false);
});
