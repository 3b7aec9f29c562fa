import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Arena } from "../../src/backend/arena.js";
import { ALIGN, Blocks } from "../../src/backend/blocks.js";
import { PAGE, PageHeap } from "../../src/backend/pages.js";
import { OutOfMemoryError } from "../../src/util/errors.js";

const heap = (limit = 4096) => new PageHeap(1, 4, limit, () => true);

describe("page heap", () => {
  test("neighbours that come back are one run again", () => {
    const pages = heap(64);
    const [a, b, c] = [pages.take(10), pages.take(20), pages.take(30)];
    pages.give(a, 10);
    pages.give(c, 30);
    pages.give(b, 20);
    expect(pages.used).toBe(0);
    expect(pages.take(60)).toBe(a);
  });

  test("more than the limit is refused with the bytes asked for, in use and allowed, and the heap goes on", () => {
    const pages = heap(16);
    const kept = pages.take(10);
    try {
      pages.take(8);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(OutOfMemoryError);
      expect(error).toMatchObject({ requested: 8 * PAGE, inUse: 10 * PAGE, limit: 16 * PAGE });
      expect((error as Error).message).toMatch(/512 KiB asked for, 640 KiB in use, 1 MiB allowed.*scope\(/s);
    }
    pages.give(kept, 10);
    expect(pages.take(15)).toBe(1);
  });

  test("a platform that refuses to grow is an out-of-memory error", () => {
    const pages = new PageHeap(1, 4, 4096, () => false);
    expect(() => pages.take(4)).toThrow(OutOfMemoryError);
    expect(pages.take(3)).toBe(1);
  });
});

describe("blocks", () => {
  test("no two live blocks overlap, every one is aligned, and all memory comes back", () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 300_000 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(), { maxLength: 60 }), (first, order) => {
        const pages = heap(65535);
        const blocks = new Blocks(pages);
        let live: { at: number; bytes: number }[] = [];
        const check = () => {
          const sorted = [...live].sort((a, b) => a.at - b.at);
          sorted.forEach((each, i) => {
            expect(each.at % ALIGN).toBe(0);
            expect(each.at).toBeGreaterThanOrEqual(PAGE);
            const next = sorted[i + 1];
            if (next) expect(each.at + each.bytes).toBeLessThanOrEqual(next.at);
          });
          expect(new Set(live.map(({ at }) => at)).size).toBe(live.length);
        };
        for (const bytes of first) live.push({ at: blocks.take(bytes), bytes });
        check();
        for (const pick of order) {
          const [gone] = live.splice(pick % Math.max(1, live.length), 1);
          if (gone) blocks.give(gone.at, gone.bytes);
          const bytes = pick % 5000;
          live.push({ at: blocks.take(bytes), bytes });
        }
        check();
        for (const { at, bytes } of live) blocks.give(at, bytes);
        live = [];
        expect(blocks.live).toBe(0);
        expect(pages.used).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

describe("arena", () => {
  test("what is allocated after a mark goes with it, and the same addresses come again", () => {
    const arena = new Arena(heap(65535), 1);
    const before = arena.take(100);
    const mark = arena.mark();
    const round = () => [1000, 70_000, 3, 200_000].map((bytes) => arena.take(bytes));
    const once = round();
    expect(arena.used).toBeGreaterThan(270_000);
    arena.release(mark);
    expect(arena.used).toBe(128);
    expect(round()).toEqual(once);
    expect(once).not.toContain(before);
  });

  test("close gives every page back", () => {
    const pages = heap(65535);
    const arena = new Arena(pages);
    arena.take(5_000_000);
    arena.close();
    expect(pages.used).toBe(0);
    expect(arena.reserved).toBe(0);
  });
});
