import type { NamedBytes } from "../util/file-source.js";
import { ByteReader, type RangeOptions } from "./bytes.js";

// Python's pickle (PEP 3154, pickletools): a program for a machine with a stack and a memo. This reader knows the instructions that make
// plain values; what a program calls or builds beyond them is for its host to allow, by name. Nothing is ever looked up or run.

/** What a pickle may name, and what that makes. */
export interface PickleHost {
  /** Whether `module.name` may stand in the file. */
  allows(name: string): boolean;
  /** `name(...args)`. `bad` is the error for wrong arguments. */
  call(name: string, args: readonly unknown[], bad: (expected: string, got: string) => Error): unknown;
  /** What a persistent id stands for. */
  persistent(id: unknown, bad: (expected: string, got: string) => Error): unknown;
  /** What to do instead, for the error about a name that is not allowed. */
  readonly advice: string;
}

/** A class or function that the file names. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/**
 * A pickled value: None is null, int a number (a bigint beyond 2^53), str a string, bytes a Uint8Array, list and tuple an array, dict a Map,
 * set a Set.
 */
export interface Unpickled {
  readonly value: unknown;
  /** Where the pickle ends. */
  readonly end: number;
}

const MARK = Symbol("mark");
/** Bytes of an int beyond which it is taken for damage. */
const LONGEST_INT = 256;

/** @throws FormatError that names file and byte where it is damaged or names what the host does not allow */
export function unpickle(file: NamedBytes, host: PickleHost, options: RangeOptions = {}): Unpickled {
  const reader = new ByteReader(file, "pickle", options);
  const machine = new Machine(reader, host);
  while (!machine.step()) {}
  return { value: machine.result(), end: reader.at };
}

class Machine {
  private readonly stack: unknown[] = [];
  private readonly memo = new Map<number, unknown>();
  /** Of the instruction at work. */
  private at = 0;

  constructor(
    private readonly reader: ByteReader,
    private readonly host: PickleHost,
  ) {}

  private readonly bad = (expected: string, got: string): Error => this.reader.bad(expected, got, this.at);

  result(): unknown {
    return this.pop();
  }

  /** One instruction; true at the end. */
  step(): boolean {
    const { reader } = this;
    this.at = reader.at;
    const code = reader.u8("an instruction");
    const instruction = instructions[code];
    if (code === 0x2e) return true;
    if (!instruction) {
      throw this.bad("an instruction of pickle protocol 2 to 5", `0x${code.toString(16).padStart(2, "0")}`);
    }
    instruction(this, reader);
    return false;
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) throw this.bad("a value on the stack", "none");
    return value;
  }

  top(): unknown {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  /** The values down to the last mark, which goes too. */
  popMark(): unknown[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw this.bad("a mark on the stack", "none");
    const values = this.stack.splice(mark);
    values.shift();
    return values;
  }

  mark(): void {
    this.stack.push(MARK);
  }

  /** Drops the top, which may be a mark. */
  drop(): void {
    if (this.stack.pop() === undefined) throw this.bad("a value on the stack", "none");
  }

  put(index: number): void {
    this.memo.set(index, this.top());
  }

  memoize(): void {
    this.put(this.memo.size);
  }

  get(index: number): void {
    if (!this.memo.has(index)) throw this.bad(`a value under number ${index}`, "none");
    this.push(this.memo.get(index));
  }

  tuple(count: number): void {
    const values = Array.from({ length: count }, () => this.pop());
    this.push(values.reverse());
  }

  append(values: unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.bad("a list", describe(list));
    for (const value of values) list.push(value);
  }

  setItems(values: unknown[]): void {
    const map = this.top();
    if (!(map instanceof Map)) throw this.bad("a dict", describe(map));
    if (values.length % 2) throw this.bad("keys and values in pairs", `${values.length}`);
    for (let i = 0; i < values.length; i += 2) {
      const key = values[i];
      if (key !== null && typeof key === "object" && !Array.isArray(key)) throw this.bad("a plain key", describe(key));
      map.set(key, values[i + 1]);
    }
  }

  addItems(values: unknown[]): void {
    const set = this.top();
    if (!(set instanceof Set)) throw this.bad("a set", describe(set));
    for (const value of values) set.add(value);
  }

  global(module: unknown, attribute: unknown): void {
    if (typeof module !== "string" || typeof attribute !== "string") throw this.bad("a name", describe(attribute));
    const name = `${module}.${attribute}`;
    if (!this.host.allows(name)) {
      throw this.bad(`no class or function but plain values and tensors (${this.host.advice})`, `"${name}"`);
    }
    this.push(new PickleGlobal(name));
  }

  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PickleGlobal)) throw this.bad("a function to call", describe(callee));
    if (!Array.isArray(args)) throw this.bad("a tuple of arguments", describe(args));
    this.push(this.host.call(callee.name, args, this.bad) ?? null);
  }

  /** The attributes of an object: an ordered dict may have some (PyTorch's `_metadata`), and they say nothing about its items. */
  build(): void {
    this.pop();
    const object = this.top();
    if (!(object instanceof Map)) throw this.bad("a dict to give attributes to", describe(object));
  }

  persistent(): void {
    this.push(this.host.persistent(this.pop(), this.bad) ?? null);
  }

  /** Two's complement, little-endian. */
  long(count: number): void {
    if (count > LONGEST_INT) throw this.bad(`an int of at most ${LONGEST_INT} bytes`, `${count}`);
    const bytes = this.reader.bytes(count, "an int");
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
    if (count > 0 && (bytes[count - 1] as number) & 0x80) value -= 1n << BigInt(8 * count);
    const number = Number(value);
    this.push(Number.isSafeInteger(number) ? number : value);
  }

  /** Up to the next line feed. */
  line(): string {
    const { reader } = this;
    const { bytes } = reader.file;
    const end = bytes.indexOf(10, reader.at);
    if (end < 0 || end >= reader.end) throw this.bad("a line", "no end of one");
    const text = reader.text(end - reader.at, "a name");
    reader.at++;
    return text;
  }

  /** Latin-1, as Python 2 wrote its texts. */
  latin1(count: number): void {
    const bytes = this.reader.bytes(count, "a text");
    this.push(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }

  /** The protocol: 2 to 5. */
  protocol(version: number): void {
    if (version < 2 || version > 5) throw this.bad("pickle protocol 2 to 5", `${version}`);
  }
}

/** A value in an error's text. Lists are not opened: they may hold themselves, or one another many times. */
export function describe(value: unknown): string {
  if (value instanceof PickleGlobal) return value.name;
  if (value === null || value === undefined) return "None";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" ? `a ${value.constructor.name}` : JSON.stringify(String(value).slice(0, 80));
}

type Instruction = (machine: Machine, reader: ByteReader) => void;

/** By their codes, as pickletools lists them; STOP is the loop's own. */
const instructions: Readonly<Record<number, Instruction>> = {
  // PROTO, FRAME
  128: (m, r) => m.protocol(r.u8("a protocol")),
  149: (_, r) => r.need(r.u64("a frame's length"), "a frame"),
  // MARK, POP, POP_MARK, DUP
  40: (m) => m.mark(),
  48: (m) => m.drop(),
  49: (m) => void m.popMark(),
  50: (m) => m.push(m.top()),
  // NONE, NEWTRUE, NEWFALSE
  78: (m) => m.push(null),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  // BININT, BININT1, BININT2, LONG1, LONG4, BINFLOAT
  74: (m, r) => m.push(r.i32("an int")),
  75: (m, r) => m.push(r.u8("an int")),
  77: (m, r) => m.push(r.u16("an int")),
  138: (m, r) => m.long(r.u8("an int's length")),
  139: (m, r) => m.long(r.u32("an int's length")),
  71: (m, r) => {
    const { littleEndian } = r;
    r.littleEndian = false;
    m.push(r.f64("a float"));
    r.littleEndian = littleEndian;
  },
  // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8, BINSTRING, SHORT_BINSTRING
  88: (m, r) => m.push(r.text(r.u32("a text's length"), "a text")),
  140: (m, r) => m.push(r.text(r.u8("a text's length"), "a text")),
  141: (m, r) => m.push(r.text(r.u64("a text's length"), "a text")),
  84: (m, r) => m.latin1(r.u32("a text's length")),
  85: (m, r) => m.latin1(r.u8("a text's length")),
  // BINBYTES, SHORT_BINBYTES, BINBYTES8, BYTEARRAY8
  66: (m, r) => m.push(r.bytes(r.u32("a length"), "bytes")),
  67: (m, r) => m.push(r.bytes(r.u8("a length"), "bytes")),
  142: (m, r) => m.push(r.bytes(r.u64("a length"), "bytes")),
  150: (m, r) => m.push(r.bytes(r.u64("a length"), "bytes")),
  // EMPTY_LIST, APPEND, APPENDS
  93: (m) => m.push([]),
  97: (m) => m.append([m.pop()]),
  101: (m) => m.append(m.popMark()),
  // EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3
  41: (m) => m.push([]),
  116: (m) => m.push(m.popMark()),
  133: (m) => m.tuple(1),
  134: (m) => m.tuple(2),
  135: (m) => m.tuple(3),
  // EMPTY_DICT, SETITEM, SETITEMS
  125: (m) => m.push(new Map()),
  115: (m) => {
    const value = m.pop();
    m.setItems([m.pop(), value]);
  },
  117: (m) => m.setItems(m.popMark()),
  // EMPTY_SET, ADDITEMS
  143: (m) => m.push(new Set()),
  144: (m) => m.addItems(m.popMark()),
  // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
  113: (m, r) => m.put(r.u8("a number")),
  114: (m, r) => m.put(r.u32("a number")),
  148: (m) => m.memoize(),
  104: (m, r) => m.get(r.u8("a number")),
  106: (m, r) => m.get(r.u32("a number")),
  // GLOBAL, STACK_GLOBAL, REDUCE, BUILD, BINPERSID
  99: (m) => m.global(m.line(), m.line()),
  147: (m) => {
    const attribute = m.pop();
    m.global(m.pop(), attribute);
  },
  82: (m) => m.reduce(),
  98: (m) => m.build(),
  81: (m) => m.persistent(),
};
