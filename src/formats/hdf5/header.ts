import type { ByteReader } from "../bytes.js";
import type { Hdf5Source } from "./source.js";

/** Kinds of messages of an object header (HDF5 file format specification, IV.A.2). */
export const Message = {
  dataspace: 1,
  linkInfo: 2,
  datatype: 3,
  link: 6,
  layout: 8,
  filters: 11,
  attribute: 12,
  continuation: 16,
  symbolTable: 17,
  attributeInfo: 21,
} as const;

export interface HeaderMessage {
  readonly type: number;
  readonly shared: boolean;
  /** A new one, at its begin. */
  readonly reader: ByteReader;
}

/** Blocks that an object header is continued in, beyond which it is taken for damage. */
const MOST_BLOCKS = 4096;

/** The messages of the object at an address, in their order. */
export function messagesOf(source: Hdf5Source, address: number): HeaderMessage[] {
  const first = source.at(address);
  const isNew = first.left >= 4 && first.u32("a header") === 0x5244484f;
  first.at = address;
  return isNew ? newMessages(source, address) : oldMessages(source, first);
}

/** Version 1: u8 version, u8, u16 number of messages, u32 references, u32 size, 4 bytes of padding, messages. */
function oldMessages(source: Hdf5Source, reader: ByteReader): HeaderMessage[] {
  const begin = reader.at;
  source.spend(16, begin);
  const version = reader.u8("an object header's version");
  if (version !== 1) throw reader.bad("an object header", `version ${version}`, begin);
  reader.u8("a reserved byte");
  const count = reader.u16("a number of messages");
  reader.u32("references");
  const size = reader.u32("a header's size");
  reader.bytes(4, "padding");
  const blocks = [source.at(reader.at, size)];
  const messages: HeaderMessage[] = [];
  for (const block of blocks) {
    while (block.left >= 8 && messages.length < count) {
      const type = block.u16("a message's type");
      const length = block.u16("a message's size");
      const flags = block.u8("flags");
      block.bytes(3, "reserved bytes");
      const message = take(source, block, type, length, flags);
      messages.push(message);
      if (type === Message.continuation) follow(source, message, blocks);
    }
  }
  return messages;
}

/** Version 2: "OHDR", u8 version, u8 flags, times and numbers by the flags, size of 1 to 8 bytes, messages, u32 checksum. */
function newMessages(source: Hdf5Source, address: number): HeaderMessage[] {
  const reader = source.structure(address, "OHDR");
  const version = reader.u8("an object header's version");
  if (version !== 2) throw reader.bad("an object header of version 2", `${version}`);
  const flags = reader.u8("flags");
  if (flags & 0x20) reader.bytes(16, "times");
  if (flags & 0x10) reader.bytes(4, "numbers of attributes");
  const wide = flags & 3;
  const size = [reader.u8, reader.u16, reader.u32, reader.u64][wide]?.call(reader, "a header's size") ?? 0;
  const blocks = [source.at(reader.at, size)];
  const messages: HeaderMessage[] = [];
  for (const [i, block] of blocks.entries()) {
    // A continued block has a signature and a checksum around its messages.
    const end = i === 0 ? block.end : block.end - 4;
    if (i > 0) {
      const signature = block.u32("a signature");
      if (signature !== 0x4b48434f) throw block.bad('"OCHK"', `0x${signature.toString(16)}`, block.at - 4);
    }
    while (end - block.at >= (flags & 4 ? 6 : 4)) {
      const type = block.u8("a message's type");
      const length = block.u16("a message's size");
      const bits = block.u8("flags");
      if (flags & 4) block.u16("an order");
      const message = take(source, block, type, length, bits);
      messages.push(message);
      if (type === Message.continuation) follow(source, message, blocks);
    }
  }
  return messages;
}

function take(source: Hdf5Source, block: ByteReader, type: number, length: number, flags: number): HeaderMessage {
  source.spend(8 + length, block.at);
  const { at } = block;
  block.bytes(length, `a message of type ${type}`);
  return {
    type,
    shared: (flags & 2) !== 0,
    get reader() {
      return source.at(at, length);
    },
  };
}

function follow(source: Hdf5Source, { reader }: HeaderMessage, blocks: ByteReader[]): void {
  const address = source.address(reader);
  const size = source.length(reader);
  if (address === undefined || blocks.length >= MOST_BLOCKS) throw reader.bad("a header's continuation", "none");
  blocks.push(source.at(address, size));
}
