import { sizeOfShape, stridesOf } from "../../util/shapes.js";
import type { ByteReader } from "../bytes.js";
import { type Filter, filtersOf, type Inflate, unfiltered } from "./filters.js";
import { type HeaderMessage, Message } from "./header.js";
import type { Hdf5Source } from "./source.js";

/** What deflate can gain at most: more than that times the file no dataset can hold. */
export const LARGEST_RATIO = 1032;

/** How a dataset is cut. */
export interface Chunking {
  readonly shape: readonly number[];
  /** Of a chunk. */
  readonly box: readonly number[];
  readonly item: number;
  /** Of the tree that finds them; undefined where none was written. */
  readonly tree: number | undefined;
  readonly filters: readonly Filter[];
}

/** The rest of a layout message of version 3: u8 axes + 1, address of the tree, u32 sizes of a chunk and of an element. */
export function chunkingOf(
  source: Hdf5Source,
  layout: ByteReader,
  shape: readonly number[],
  item: number,
  messages: readonly HeaderMessage[],
): Chunking {
  const begin = layout.at;
  const axes = layout.u8("a number of axes") - 1;
  const tree = source.address(layout);
  if (axes !== shape.length) throw layout.bad(`chunks of ${shape.length} axes`, `${axes}`, begin);
  const box = shape.map(() => layout.u32("a chunk's size"));
  const size = layout.u32("an element's size");
  if (size !== item || box.includes(0))
    throw layout.bad(`chunks of elements of ${item} bytes`, `[${box}] of ${size}`, begin);
  // A chunk can be larger than a dataset that may grow, but 4 GiB is HDF5's own bound.
  if (sizeOfShape(box) * item >= 2 ** 32) throw layout.bad("chunks below 4 GiB", `[${box.join(", ")}]`, begin);
  const pipeline = messages.find((message) => message.type === Message.filters)?.reader;
  const filters = pipeline ? filtersOf(pipeline) : [];
  return { shape, box, item, tree, filters };
}

/** All elements in C order. */
export function readChunks(source: Hdf5Source, chunking: Chunking, inflate: Inflate | undefined): Uint8Array {
  const { shape, item, tree } = chunking;
  const out = new Uint8Array(sizeOfShape(shape) * item);
  if (tree === undefined || out.length === 0) return out;
  const seen = new Set<number>();
  const places = new Set<string>();
  const full = sizeOfShape(chunking.box) * item;
  let budget = LARGEST_RATIO * source.file.bytes.length + 2 ** 24;
  // "TREE", u8 1, u8 level, u16 entries, two siblings; key: u32 size, u32 mask, u64 offset for each axis and the element; child; …; key.
  const visit = (address: number, above: number): void => {
    const reader = source.structure(address, "TREE");
    const type = reader.u8("a tree's type");
    const level = reader.u8("a tree's level");
    const entries = reader.u16("a number of entries");
    if (type !== 1 || level >= above || seen.has(address)) {
      throw reader.bad(`a tree of chunks below level ${above}`, `type ${type}, level ${level}`, address);
    }
    seen.add(address);
    source.address(reader);
    source.address(reader);
    for (let i = 0; i < entries; i++) {
      const at = reader.at;
      source.spend(16 + 8 * shape.length, at);
      const size = reader.u32("a chunk's size");
      const mask = reader.u32("a filter mask");
      const offset = shape.map(() => reader.u64("a chunk's offset"));
      reader.bytes(8, "an offset");
      const child = source.address(reader);
      if (child === undefined) throw reader.bad("a tree's child", "none", at);
      if (level > 0) visit(child, level);
      else {
        const place = offset.join();
        if (places.has(place)) throw reader.bad("each chunk once", `the one at [${place}] again`, at);
        places.add(place);
        budget -= full;
        if (budget < 0) throw source.bad(at, "chunks about as large as the dataset", `many of ${full} bytes`);
        placeChunk(source, chunking, { address: child, size, mask, offset, at }, inflate, out);
      }
    }
  };
  visit(tree, 256);
  return out;
}

interface Chunk {
  readonly address: number;
  readonly size: number;
  readonly mask: number;
  readonly offset: readonly number[];
  /** Of its key in the tree. */
  readonly at: number;
}

function placeChunk(
  source: Hdf5Source,
  { shape, box, item, filters }: Chunking,
  { address, size, mask, offset, at }: Chunk,
  inflate: Inflate | undefined,
  out: Uint8Array,
): void {
  const fits = offset.every((o, axis) => o % (box[axis] as number) === 0 && o < (shape[axis] as number));
  if (!fits) throw source.bad(at, `a chunk within [${shape.join(", ")}]`, `one at [${offset.join(", ")}]`);
  const raw = source.at(address, size).bytes(size, "a chunk");
  const full = sizeOfShape(box) * item;
  if (full > LARGEST_RATIO * size + 65536) throw source.bad(at, `a chunk of ${full} bytes`, `${size} packed ones`);
  let bytes: Uint8Array;
  try {
    bytes = unfiltered(raw, filters, mask, full, inflate);
  } catch (cause) {
    throw source.bad(address, "a whole chunk", (cause as Error).message);
  }
  // Rows along the last axis, those parts that lie within the dataset.
  const rank = shape.length;
  const inner = stridesOf(box);
  const outer = stridesOf(shape);
  const part = box.map((n, axis) => Math.min(n, (shape[axis] as number) - (offset[axis] as number)));
  const row = rank === 0 ? 1 : (part[rank - 1] as number);
  const rows = part.slice(0, -1).reduce((a, b) => a * b, 1);
  for (let r = 0; r < rows; r++) {
    let from = 0;
    let to = rank === 0 ? 0 : (offset[rank - 1] as number);
    for (let axis = rank - 2, rest = r; axis >= 0; axis--) {
      const n = part[axis] as number;
      from += (rest % n) * (inner[axis] as number);
      to += ((offset[axis] as number) + (rest % n)) * (outer[axis] as number);
      rest = Math.floor(rest / n);
    }
    out.set(bytes.subarray(from * item, (from + row) * item), to * item);
  }
}
