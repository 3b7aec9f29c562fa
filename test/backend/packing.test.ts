import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALIGN } from "../../src/backend/blocks.js";
import { type Lifetime, mostAtOnce, pack } from "../../src/backend/packing.js";

const lifetime = fc
  .tuple(fc.integer({ min: 0, max: 5000 }), fc.nat(40), fc.integer({ min: -1, max: 40 }))
  .map(([bytes, first, calls]): Lifetime => ({ bytes, first, last: first + calls }));

describe("packing", () => {
  test("what is needed at one time shares no byte, all is aligned and within the bytes asked for", () => {
    fc.assert(
      fc.property(fc.array(lifetime, { maxLength: 60 }), (lifetimes) => {
        const { offsets, bytes } = pack(lifetimes);
        const used = lifetimes.flatMap((each, i) =>
          each.last < each.first ? [] : [{ ...each, from: offsets[i] as number }],
        );
        used.forEach((a, i) => {
          expect(a.from % ALIGN).toBe(0);
          expect(a.from + a.bytes).toBeLessThanOrEqual(bytes);
          for (const b of used.slice(i + 1)) {
            if (a.last < b.first || b.last < a.first) continue;
            const [low, high] = a.from <= b.from ? [a, b] : [b, a];
            expect(low.from + Math.max(1, low.bytes)).toBeLessThanOrEqual(high.from);
          }
        });
        expect(bytes).toBeGreaterThanOrEqual(mostAtOnce(lifetimes));
      }),
      { numRuns: 300 },
    );
  });

  test("a chain there and back takes what is needed at one time", () => {
    const sizes = [1500, 400, 760, 190, 10];
    const there = sizes.map((kilobytes, i) => ({ bytes: kilobytes * 1024, first: i, last: 10 - i }));
    const back = sizes.map((kilobytes, i) => ({ bytes: kilobytes * 1024, first: 9 - i, last: 10 - i }));
    const all = [...there, ...back];
    expect(pack(all).bytes).toBe(mostAtOnce(all));
  });

  test("what is never used takes nothing", () => {
    expect(pack([])).toEqual({ offsets: [], bytes: 0 });
    expect(pack([{ bytes: 4096, first: 3, last: 2 }]).bytes).toBe(0);
  });
});
