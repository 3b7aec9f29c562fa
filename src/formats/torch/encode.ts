import { DTypeError, ValueError } from "../../util/errors.js";
import { type FileArray, type FileDType, fileItemBytes } from "../../util/file-array.js";
import { stridesOf } from "../../util/shapes.js";
import { encodeZip } from "../zip.js";
import { isFileArray, type TorchValue } from "./decode.js";

const storages: Readonly<Partial<Record<FileDType, string>>> = {
  float16: "HalfStorage",
  bfloat16: "BFloat16Storage",
  float32: "FloatStorage",
  float64: "DoubleStorage",
  int8: "CharStorage",
  int16: "ShortStorage",
  int32: "IntStorage",
  int64: "LongStorage",
  uint8: "ByteStorage",
  bool: "BoolStorage",
};

/** PyTorch aligns storages so that they can be mapped in place. */
const ALIGNMENT = 64;
const DEEPEST = 100;

/**
 * A value as `torch.load(path, weights_only=True)` reads it, as parts: Maps as ordered dicts, `FileArray`s as tensors, arrays as lists, and
 * null, booleans, numbers (whole ones as int) and texts. Tensors with the same `bytes` object share their storage.
 *
 * @throws ValueError for any other value, DTypeError for unsigned integers wider than a byte, which PyTorch's storages lack
 */
export function encodeTorch(value: TorchValue): Uint8Array[] {
  const text = (content: string) => [new TextEncoder().encode(content)];
  const pickler = new Pickler();
  pickler.code(0x80, 2);
  pickler.value(value, 0);
  pickler.code(0x2e);
  return encodeZip(
    [
      { name: "archive/data.pkl", parts: [pickler.bytes()] },
      { name: "archive/byteorder", parts: text("little") },
      ...pickler.storages.map((bytes, key) => ({ name: `archive/data/${key}`, parts: [bytes] })),
      { name: "archive/version", parts: text("3\n") },
    ],
    { align: ALIGNMENT },
  );
}

/** Writes pickle protocol 2; see ../pickle.ts for the instructions. */
class Pickler {
  readonly storages: Uint8Array[] = [];
  private readonly keys = new Map<Uint8Array, { key: number; dtype: FileDType }>();
  private out = new Uint8Array(1024);
  private length = 0;

  bytes(): Uint8Array {
    return this.out.subarray(0, this.length);
  }

  code(...codes: number[]): void {
    this.raw(Uint8Array.from(codes));
  }

  private raw(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.out.length) {
      const larger = new Uint8Array(2 * (this.length + bytes.length));
      larger.set(this.bytes());
      this.out = larger;
    }
    this.out.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A byte, the instruction, and a number behind it. */
  private number(code: number, bytes: number, write: (view: DataView) => void): void {
    const view = new DataView(new ArrayBuffer(1 + bytes));
    view.setUint8(0, code);
    write(view);
    this.raw(new Uint8Array(view.buffer));
  }

  value(value: TorchValue, depth: number): void {
    if (depth > DEEPEST) throw new ValueError(`save: values expected at most ${DEEPEST} deep, got more; flatten them`);
    if (value === null) this.code(0x4e);
    else if (typeof value === "boolean") this.code(value ? 0x88 : 0x89);
    else if (typeof value === "number") this.numeral(value);
    else if (typeof value === "string") this.text(value);
    else if (isFileArray(value)) this.tensor(value);
    else if (Array.isArray(value)) {
      this.code(0x5d, 0x28);
      for (const each of value) this.value(each, depth + 1);
      this.code(0x65);
    } else if (value instanceof Map) {
      this.dict();
      this.code(0x28);
      for (const [key, each] of value) {
        this.value(key, depth + 1);
        this.value(each, depth + 1);
      }
      this.code(0x75);
    } else {
      throw new ValueError(
        `save: a .pt file expected to hold Maps, arrays, tensors and plain values, got ${typeof value}`,
      );
    }
  }

  private dict(): void {
    this.global("collections", "OrderedDict");
    this.code(0x29, 0x52);
  }

  private numeral(value: number): void {
    if (Number.isInteger(value) && Math.abs(value) <= 0x7fffffff && !Object.is(value, -0)) {
      this.number(0x4a, 4, (view) => view.setInt32(1, value, true));
    } else if (Number.isSafeInteger(value) && value !== 0) {
      this.code(0x8a);
      this.number(8, 8, (view) => view.setBigInt64(1, BigInt(value), true));
    } else {
      this.number(0x47, 8, (view) => view.setFloat64(1, value));
    }
  }

  private text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.number(0x58, 4, (view) => view.setUint32(1, bytes.length, true));
    this.raw(bytes);
  }

  private global(module: string, name: string): void {
    this.code(0x63);
    this.raw(new TextEncoder().encode(`${module}\n${name}\n`));
  }

  private numerals(values: readonly number[]): void {
    this.code(0x28);
    for (const value of values) this.numeral(value);
    this.code(0x74);
  }

  /** `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, backward_hooks)` */
  private tensor({ dtype, shape, bytes }: FileArray): void {
    const storage = storages[dtype];
    if (!storage) {
      throw new DTypeError(
        `save: a tensor for PyTorch expected of ${Object.keys(storages).join(", ")}, got ${dtype}; convert it first`,
      );
    }
    let known = this.keys.get(bytes);
    if (!known || known.dtype !== dtype) {
      known = { key: this.storages.length, dtype };
      this.keys.set(bytes, known);
      this.storages.push(bytes);
    }
    this.global("torch._utils", "_rebuild_tensor_v2");
    this.code(0x28, 0x28);
    this.text("storage");
    this.global("torch", storage);
    this.text(String(known.key));
    this.text("cpu");
    this.numeral(bytes.length / fileItemBytes(dtype));
    this.code(0x74, 0x51);
    this.numeral(0);
    this.numerals(shape);
    this.numerals(stridesOf(shape));
    this.code(0x89);
    this.dict();
    this.code(0x74, 0x52);
  }
}
