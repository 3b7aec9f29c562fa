import type { NamedBytes } from "../../util/file-source.js";
import { sizeOfShape } from "../../util/shapes.js";
import type { ByteReader } from "../bytes.js";
import { loadFflate } from "../fflate.js";
import { elementsOf, type Hdf5Value, readData } from "./data.js";
import type { Inflate } from "./filters.js";
import { membersOf } from "./group.js";
import { type HeaderMessage, Message, messagesOf } from "./header.js";
import { Hdf5Source } from "./source.js";
import { dataspaceOf, datatypeOf } from "./types.js";

// HDF5 (HDF5 file format specification, version 3.0) as h5py and Keras write it: groups, attributes, datasets. jsfive 0.4.2, which reads the
// same, was tried first: one damaged file held it for 65 s; and h5wasm, the C library itself, is a megabyte that not every page that predicts
// should load. So reading is done here.

export interface Hdf5Dataset {
  readonly kind: "dataset";
  readonly attributes: ReadonlyMap<string, Hdf5Value>;
  readonly shape: readonly number[];
  /** Its elements. @throws FormatError where they are damaged, or neither numbers nor texts */
  read(): Hdf5Value;
}

export interface Hdf5Group {
  readonly kind: "group";
  readonly attributes: ReadonlyMap<string, Hdf5Value>;
  readonly members: ReadonlyMap<string, Hdf5Group | Hdf5Dataset>;
}

/**
 * The root group of an `.h5` file, with all that is in it; elements are read when asked for. Attributes that are neither numbers nor texts,
 * and soft links, are left out.
 *
 * @param file its name begins errors: "load: m.h5"
 * @throws FormatError that names file and byte where it is damaged or uses what only the newest libraries write (`libver="latest"`);
 *   PlatformError where chunks may be deflated and fflate is not installed
 */
export async function decodeHdf5(operation: string, file: NamedBytes): Promise<Hdf5Group> {
  const tree = new Tree(new Hdf5Source(file));
  const root = tree.object(tree.source.root);
  if (root.kind !== "group") throw tree.source.bad(tree.source.root, "a root group", "a dataset");
  if (tree.isFiltered) tree.inflate = (await loadFflate(operation)).unzlibSync;
  return root;
}

/** The object at a path, "model_weights/dense/kernel:0"; undefined where there is none. */
export function hdf5At(group: Hdf5Group, path: string): Hdf5Group | Hdf5Dataset | undefined {
  let found: Hdf5Group | Hdf5Dataset | undefined = group;
  for (const name of path.split("/").filter((part) => part !== "")) {
    found = found?.kind === "group" ? found.members.get(name) : undefined;
  }
  return found;
}

const DEEPEST = 100;

class Tree {
  isFiltered = false;
  inflate: Inflate | undefined;
  /** By address, so that an object with several links is read once. */
  private readonly known = new Map<number, Hdf5Group | Hdf5Dataset>();
  private readonly open = new Set<number>();

  constructor(readonly source: Hdf5Source) {}

  object(address: number): Hdf5Group | Hdf5Dataset {
    const known = this.known.get(address);
    if (known) return known;
    if (this.open.has(address) || this.open.size > DEEPEST) {
      throw this.source.bad(address, `groups at most ${DEEPEST} deep`, "one in itself, or more");
    }
    this.open.add(address);
    const messages = messagesOf(this.source, address);
    const members = membersOf(this.source, messages);
    const attributes = this.attributes(messages);
    const made: Hdf5Group | Hdf5Dataset = members
      ? {
          kind: "group",
          attributes,
          members: new Map(Array.from(members, ([name, child]) => [name, this.object(child)])),
        }
      : this.dataset(address, messages, attributes);
    this.open.delete(address);
    this.known.set(address, made);
    return made;
  }

  private dataset(
    address: number,
    messages: readonly HeaderMessage[],
    attributes: ReadonlyMap<string, Hdf5Value>,
  ): Hdf5Dataset {
    const space = this.message(messages, Message.dataspace, address);
    const shape = dataspaceOf(this.source, space) ?? [0];
    const type = datatypeOf(this.message(messages, Message.datatype, address));
    this.isFiltered ||= messages.some((message) => message.type === Message.filters);
    return {
      kind: "dataset",
      attributes,
      shape,
      read: () => readData(this.source, type, shape, messages, this.inflate),
    };
  }

  private message(messages: readonly HeaderMessage[], type: number, address: number): ByteReader {
    const found = messages.find((message) => message.type === type);
    if (!found) throw this.source.bad(address, "a group or a dataset", "an object of another kind");
    if (found.shared) throw this.source.bad(address, "a type of its own", "a named one that objects share");
    return found.reader;
  }

  private attributes(messages: readonly HeaderMessage[]): Map<string, Hdf5Value> {
    const found = new Map<string, Hdf5Value>();
    for (const { type, reader } of messages) {
      if (type === Message.attribute) this.attribute(reader, found);
      if (type === Message.attributeInfo) this.checkCompact(reader);
    }
    return found;
  }

  /** u8 version, u8 flags, u16 sizes of name, type and space, in version 3 u8 character set; these, in version 1 padded to 8; elements. */
  private attribute(reader: ByteReader, found: Map<string, Hdf5Value>): void {
    const begin = reader.at;
    const version = reader.u8("an attribute's version");
    const flags = reader.u8("flags");
    if (version < 1 || version > 3) throw reader.bad("an attribute of version 1 to 3", `${version}`, begin);
    const sizes = ["name", "type", "space"].map((part) => reader.u16(`the size of an attribute's ${part}`));
    if (version === 3) reader.u8("a character set");
    const [name, type, space] = sizes.map((size) => {
      const { at } = reader;
      reader.bytes(version === 1 ? Math.ceil(size / 8) * 8 : size, "an attribute");
      return this.source.at(at, size);
    }) as [ByteReader, ByteReader, ByteReader];
    const text = name.text(name.left, "a name").replace(/\0+$/, "");
    if (version > 1 && flags & 3) throw reader.bad("a type of its own", "a named one that objects share", begin);
    const element = datatypeOf(type);
    const shape = dataspaceOf(this.source, space) ?? [0];
    const need = sizeOfShape(shape) * element.size;
    const bytes = reader.bytes(need, `attribute "${text.slice(0, 80)}"`);
    if (element.kind !== "other") found.set(text, elementsOf(this.source, element, shape, bytes));
  }

  /** u8 version, u8 flags, by these u16, the address of a heap. */
  private checkCompact(reader: ByteReader): void {
    reader.u8("a version");
    if (reader.u8("flags") & 1) reader.u16("an index");
    if (this.source.address(reader) === undefined) return;
    throw reader.bad(
      "attributes in an object's header",
      'more of them in a heap; write the file with libver="earliest"',
    );
  }
}
