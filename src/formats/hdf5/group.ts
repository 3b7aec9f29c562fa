import type { ByteReader } from "../bytes.js";
import { type HeaderMessage, Message } from "./header.js";
import type { Hdf5Source } from "./source.js";

const advice = "write the file with h5py's default libver, or convert it: h5repack --low=0 --high=0 IN OUT";

/** Names and addresses of a group's members; soft and external links are left out. Undefined where the object is no group. */
export function membersOf(source: Hdf5Source, messages: readonly HeaderMessage[]): Map<string, number> | undefined {
  const members = new Map<string, number>();
  let isGroup = false;
  for (const { type, reader } of messages) {
    if (type === Message.symbolTable) {
      isGroup = true;
      readSymbolTable(source, reader, members);
    } else if (type === Message.linkInfo) {
      isGroup = true;
      checkCompact(source, reader);
    } else if (type === Message.link) readLink(source, reader, members);
  }
  return isGroup ? members : undefined;
}

/** A symbol table message: the address of a B-tree of symbol nodes, and that of the heap with their names. */
function readSymbolTable(source: Hdf5Source, reader: ByteReader, members: Map<string, number>): void {
  const tree = source.address(reader);
  const heapAddress = source.address(reader);
  if (tree === undefined || heapAddress === undefined) throw reader.bad("a group's tree and heap", "none");
  const heap = source.structure(heapAddress, "HEAP");
  heap.bytes(4, "a version");
  const size = source.length(heap);
  source.length(heap);
  const address = source.address(heap);
  if (address === undefined) throw heap.bad("a heap's address", "none");
  const names = source.at(address, size);
  for (const node of leavesOf(source, tree)) readSymbols(source, node, names, members);
}

/** Addresses of the symbol nodes: "TREE", u8 0, u8 level, u16 entries, two siblings, then key, child, key, child, …, key. */
function leavesOf(source: Hdf5Source, root: number): number[] {
  const leaves: number[] = [];
  const seen = new Set<number>();
  const visit = (address: number, above: number): void => {
    const reader = source.structure(address, "TREE");
    const type = reader.u8("a tree's type");
    const level = reader.u8("a tree's level");
    const entries = reader.u16("a number of entries");
    if (type !== 0 || level >= above || seen.has(address)) {
      throw reader.bad(`a group's tree below level ${above}`, `type ${type}, level ${level}`, address);
    }
    seen.add(address);
    source.address(reader);
    source.address(reader);
    source.length(reader);
    for (let i = 0; i < entries; i++) {
      source.spend(16, reader.at);
      const child = source.address(reader);
      source.length(reader);
      if (child === undefined) throw reader.bad("a tree's child", "none");
      if (level === 0) leaves.push(child);
      else visit(child, level);
    }
  };
  visit(root, 256);
  return leaves;
}

/** "SNOD", u8 version, u8, u16 entries; each: offset of its name, address, u32 kind, u32, 16 bytes. */
function readSymbols(source: Hdf5Source, address: number, names: ByteReader, members: Map<string, number>): void {
  const reader = source.structure(address, "SNOD");
  reader.bytes(2, "a version");
  const count = reader.u16("a number of symbols");
  for (let i = 0; i < count; i++) {
    source.spend(40, reader.at);
    const offset = source.length(reader);
    const object = source.address(reader);
    const kind = reader.u32("a symbol's kind");
    reader.bytes(20, "a symbol");
    const SOFT = 2;
    if (kind === SOFT || object === undefined) continue;
    const at = names.end - names.left + offset;
    const end = source.file.bytes.indexOf(0, at);
    if (offset >= names.left || end < 0 || end >= names.end)
      throw names.bad("a name in the heap", `none at ${offset}`, at);
    source.spend(end - at, at);
    add(source, members, source.at(at, end - at).text(end - at, "a name"), object, at);
  }
}

function add(source: Hdf5Source, members: Map<string, number>, name: string, object: number, at: number): void {
  if (name === "" || name.includes("/") || members.has(name)) {
    throw source.bad(at, "each name once, and without /", JSON.stringify(name.slice(0, 80)));
  }
  members.set(name, object);
}

/** Many links lie in a heap and a tree of their own, which this reader lacks. */
function checkCompact(source: Hdf5Source, reader: ByteReader): void {
  reader.u8("a version");
  if (reader.u8("flags") & 1) reader.bytes(8, "an index");
  if (source.address(reader) === undefined) return;
  throw reader.bad("a group whose links lie in its header", `more of them in a heap (${advice})`);
}

/** u8 version, u8 flags, by these u8 type, u64 order, u8 character set; length of 1 to 8 bytes, name, address. */
function readLink(source: Hdf5Source, reader: ByteReader, members: Map<string, number>): void {
  const begin = reader.at;
  reader.u8("a version");
  const flags = reader.u8("flags");
  const type = flags & 8 ? reader.u8("a link's type") : 0;
  if (flags & 4) reader.bytes(8, "an order");
  if (flags & 16) reader.u8("a character set");
  const length = [reader.u8, reader.u16, reader.u32, reader.u64][flags & 3]?.call(reader, "a name's length") ?? 0;
  const name = reader.text(length, "a name");
  if (type !== 0) return;
  const object = source.address(reader);
  if (object !== undefined) add(source, members, name, object, begin);
}
