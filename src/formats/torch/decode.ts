import { FormatError } from "../../util/errors.js";
import { type FileArray, type FileDType, fileItemBytes, inOrder } from "../../util/file-array.js";
import type { NamedBytes } from "../../util/file-source.js";
import { sizeOfShape } from "../../util/shapes.js";
import { describe, PickleGlobal, type PickleHost, type Unpickled, unpickle } from "../pickle.js";
import { openZip, type Zip } from "../zip.js";

// What torch.save writes. Since version 1.6 a ZIP archive, its entries stored:
//
//   NAME/data.pkl    the value as a pickle; a tensor is _rebuild_tensor_v2(storage, offset, shape, strides, …), a storage a persistent id
//   NAME/byteorder   "little" or "big" (since 2.0)
//   NAME/data/KEY    the elements of a storage
//
// Before, and with _use_new_zipfile_serialization=False, pickles one behind the other: a magic number, a protocol number, a dict about the
// machine, the value, the list of the storages' keys; then for each of these its number of elements in 8 bytes and the elements.

/** The legacy file begins with PROTO 2 and LONG1 of 10 bytes: 0x1950a86a20f9469cfc6c. */
const LEGACY = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const LEGACY_PROTOCOL = 1001;

const storageDTypes: Readonly<Record<string, FileDType>> = {
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  FloatStorage: "float32",
  DoubleStorage: "float64",
  CharStorage: "int8",
  ShortStorage: "int16",
  IntStorage: "int32",
  LongStorage: "int64",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

/** A value as torch.save had it: tensors are `FileArray`s, the rest as in `Unpickled`. */
export type TorchValue = unknown;

/** Whether a value of a file is a tensor. */
export function isFileArray(value: unknown): value is FileArray {
  return value !== null && typeof value === "object" && "dtype" in value && "bytes" in value && "shape" in value;
}

/**
 * The value in a `.pt` or `.pth` file: an ordered dict is a Map, a tensor a `FileArray`. Nothing in the file is executed: it may hold
 * tensors and plain values, and no other object. Tensors that share their elements share their bytes.
 *
 * @param file its name begins errors: "load: m.pt"
 * @throws FormatError that names file and byte where it is damaged, and the class where it holds another object, such as a whole module
 */
export async function decodeTorch(operation: string, file: NamedBytes): Promise<TorchValue> {
  if (LEGACY.every((byte, i) => file.bytes[i] === byte)) return decodeLegacy(file);
  const zip = await openZip(operation, file);
  const pickle = zip.names.find((name) => /^[^/]*\/data\.pkl$/.test(name) || name === "data.pkl");
  if (pickle === undefined || zip.names.some((name) => name.endsWith("/constants.pkl"))) {
    throw new FormatError(
      `${file.name}: entry NAME/data.pkl as torch.save writes it expected, got ${pickle ? "a TorchScript archive" : zip.names.slice(0, 4).join(", ") || "none"}; ` +
        "save model.state_dict() with torch.save",
    );
  }
  const root = pickle.slice(0, -"data.pkl".length);
  const order = zip.has(`${root}byteorder`) ? textOf(zip, `${root}byteorder`) : "little";
  const tensors = new TensorTable(file, order !== "big");
  const entry = zip.read(pickle);
  const { value } = unpickle(entry, tensors.host);
  const storages = new Map<string, NamedBytes>();
  tensors.fill((key) => {
    let found = storages.get(key);
    if (!found) storages.set(key, (found = zip.read(`${root}data/${key}`)));
    return found;
  });
  return value;
}

function textOf(zip: Zip, name: string): string {
  return new TextDecoder().decode(zip.read(name).bytes).trim();
}

function decodeLegacy(file: NamedBytes): TorchValue {
  const plain: PickleHost = { allows: () => false, call: () => null, persistent: () => null, advice };
  const fault = (at: number, expected: string, got: string) =>
    new FormatError(`${file.name}: byte ${at}: ${expected} expected, got ${got}; the file is damaged or no .pt file`);
  const protocol = unpickle(file, plain, { at: LEGACY.length });
  if (protocol.value !== LEGACY_PROTOCOL) {
    throw fault(LEGACY.length, `protocol ${LEGACY_PROTOCOL}`, describe(protocol.value));
  }
  const machine = unpickle(file, plain, { at: protocol.end });
  const littleEndian = !(machine.value instanceof Map) || machine.value.get("little_endian") !== false;
  const tensors = new TensorTable(file, littleEndian);
  const main: Unpickled = unpickle(file, tensors.host, { at: machine.end });
  const keys = unpickle(file, plain, { at: main.end });
  if (!Array.isArray(keys.value)) throw fault(main.end, "a list of storages", describe(keys.value));
  const storages = new Map<string, NamedBytes>();
  const view = new DataView(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
  let at = keys.end;
  for (const key of keys.value as unknown[]) {
    const item = typeof key === "string" ? tensors.itemBytes(key) : undefined;
    if (typeof key !== "string" || item === undefined) throw fault(main.end, "storages of tensors", describe(key));
    const left = file.bytes.length - at - 8;
    const count = left < 0 ? -1 : Number(view.getBigInt64(at, littleEndian));
    if (count < 0 || count * item > left) {
      throw fault(at, `storage "${key}" of at most ${Math.max(left, 0)} bytes`, `${count} elements of ${item} bytes`);
    }
    storages.set(key, {
      name: `${file.name}, storage "${key}"`,
      bytes: file.bytes.subarray(at + 8, at + 8 + count * item),
    });
    at += 8 + count * item;
  }
  tensors.fill((key) => {
    const found = storages.get(key);
    if (found) return found;
    throw fault(main.end, `storage "${key}"`, `${storages.size} others`);
  });
  return main.value;
}

const advice = "save model.state_dict() instead of a whole module: torch.save(model.state_dict(), path)";

interface Storage {
  readonly key: string;
  readonly dtype: FileDType;
  readonly count: number;
}

interface Pending {
  readonly tensor: { dtype: FileDType; shape: number[]; bytes: Uint8Array };
  readonly storage: Storage;
  readonly offset: number;
  readonly strides: number[];
}

type Bad = (expected: string, got: string) => Error;

/** Elements that an expanded tensor may have beyond those of its storage. */
const MOST_EXPANDED = 2 ** 24;

/** The tensors that a pickle builds; their elements follow when the storages are known. */
class TensorTable {
  private readonly pending: Pending[] = [];
  private readonly items = new Map<string, number>();

  constructor(
    private readonly file: NamedBytes,
    private readonly littleEndian: boolean,
  ) {}

  /** Bytes of an element of a storage that some tensor named. */
  itemBytes(key: string): number | undefined {
    return this.items.get(key);
  }

  readonly host: PickleHost = {
    advice,
    allows: (name) =>
      name === "collections.OrderedDict" ||
      name === "torch._utils._rebuild_tensor_v2" ||
      name === "torch._utils._rebuild_parameter" ||
      name === "torch.Size" ||
      name === "torch.device" ||
      /^torch\.(cuda\.)?[A-Za-z0-9]+Storage$/.test(name) ||
      /^torch\.storage\.(Untyped|Typed|_Untyped|_Typed)Storage$/.test(name),
    call: (name, args, bad) => {
      if (name === "collections.OrderedDict") return orderedDict(args, bad);
      if (name === "torch._utils._rebuild_tensor_v2") return this.tensor(args, bad);
      if (name === "torch._utils._rebuild_parameter") {
        if (!isFileArray(args[0])) throw bad("the tensor of a parameter", describe(args[0]));
        return args[0];
      }
      if (name === "torch.Size" && Array.isArray(args[0])) return args[0];
      if (name === "torch.device")
        return args.map((each) => (typeof each === "string" || isCount(each) ? each : "")).join(":");
      throw bad(`a storage by its persistent id (${advice})`, `a call of "${name}"`);
    },
    persistent: (id, bad) => {
      const [kind, type, key, , count, view] = Array.isArray(id) ? id : [];
      const name = type instanceof PickleGlobal ? (type.name.split(".").at(-1) as string) : "";
      const dtype = Object.hasOwn(storageDTypes, name) ? storageDTypes[name] : undefined;
      if (kind !== "storage" || typeof key !== "string" || !isCount(count)) throw bad("a storage's id", describe(id));
      if (!dtype) throw bad(`a storage of ${Object.keys(storageDTypes).join(", ")}`, name);
      if (view !== undefined && view !== null) throw bad("a storage of its own", "a view of another");
      this.items.set(key, fileItemBytes(dtype));
      return { key, dtype, count } satisfies Storage;
    },
  };

  private tensor([storage, offset, shape, strides]: readonly unknown[], bad: Bad): FileArray {
    const source = storage as Storage | undefined;
    if (source === null || typeof source !== "object" || typeof source.key !== "string") {
      throw bad("a tensor's storage", describe(storage));
    }
    if (!Array.isArray(shape) || !Array.isArray(strides) || shape.length !== strides.length || shape.length > 64) {
      throw bad("a tensor's shape and strides, as many of each", "others");
    }
    if (!isCount(offset) || !shape.every(isCount) || !strides.every(isCount)) {
      throw bad(
        "a tensor's offset, shape and strides as whole numbers",
        [offset, ...shape, ...strides].map(describe).join(", "),
      );
    }
    const count = sizeOfShape(shape);
    const last = shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] as number), offset);
    if (count > 0 && last >= source.count) {
      throw bad(`a tensor within the ${source.count} elements of its storage`, `element ${last}`);
    }
    if (count > source.count + MOST_EXPANDED) throw bad("a tensor hardly larger than its storage", `${count} elements`);
    const tensor = { dtype: source.dtype, shape, bytes: new Uint8Array(0) };
    this.pending.push({ tensor, storage: source, offset, strides });
    return tensor;
  }

  /** Gives all tensors their elements. */
  fill(bytesOf: (key: string) => NamedBytes): void {
    const made = new Map<string, Uint8Array>();
    // A few bytes of a pickle can ask for the same copy again and again.
    let budget = 4 * this.file.bytes.length + 4 * MOST_EXPANDED;
    for (const { tensor, storage, offset, strides } of this.pending) {
      const { shape, dtype } = tensor;
      const layout = `${storage.key} ${dtype} ${offset} ${shape} ${strides}`;
      let bytes = made.get(layout);
      if (!bytes) {
        const { name, bytes: raw } = bytesOf(storage.key);
        const item = fileItemBytes(dtype);
        if (raw.length < storage.count * item) {
          throw new FormatError(
            `${name}: byte ${raw.length}: ${storage.count} elements of ${item} bytes expected, got the end; fetch it again`,
          );
        }
        bytes = inOrder(raw, item, { shape, strides, offset, littleEndian: this.littleEndian });
        if (bytes.buffer !== raw.buffer) budget -= bytes.length;
        if (budget < 0) {
          throw new FormatError(
            `${this.file.name}: tensors about as large as the file expected, got many times that; it is damaged`,
          );
        }
        made.set(layout, bytes);
      }
      tensor.bytes = bytes;
    }
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** `OrderedDict()`, or of a list of pairs as Python 2 pickled it, which it takes over: a few bytes could ask for many copies. */
function orderedDict([pairs]: readonly unknown[], bad: Bad): Map<unknown, unknown> {
  if (pairs === undefined) return new Map();
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    throw bad("the items of an ordered dict", describe(pairs));
  }
  return new Map(pairs.splice(0) as [unknown, unknown][]);
}

/**
 * The tensors of a state dict: those of the value itself, or of the one of its dicts that holds a model's, as in
 * `{ epoch, state_dict, optimizer }`.
 *
 * @throws FormatError where there are none
 */
export function stateDictOf(name: string, value: TorchValue): Map<string, FileArray> {
  const own = tensorsIn(value);
  if (own.size > 0) return own;
  if (value instanceof Map) {
    const named = ["state_dict", "model_state_dict", "model_state", "model", "net", "weights"];
    for (const key of [...named, ...value.keys()]) {
      const inner = tensorsIn(value.get(key));
      if (inner.size > 0) return inner;
    }
  }
  const got =
    value instanceof Map
      ? `a dict of ${[...value.keys()].slice(0, 8).map(describe).join(", ") || "nothing"}`
      : describe(value);
  throw new FormatError(`${name}: a state dict (names and tensors) expected, got ${got}; ${advice}`);
}

function tensorsIn(value: unknown): Map<string, FileArray> {
  if (!(value instanceof Map)) return new Map();
  return new Map([...value].filter(([key, each]) => typeof key === "string" && isFileArray(each)));
}
