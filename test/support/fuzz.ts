import { type DTypeError, FormatError, type ValueError } from "../../src/util/errors.js";
import type { NamedBytes } from "../../src/util/file-source.js";
import { generator } from "./random.js";

/** A reader to attack, and whole files that it reads. */
export interface Victim {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  readonly read: (file: NamedBytes) => unknown;
  /** Mutations by chance, where those of `fuzz` would take long. */
  readonly rounds?: number;
  /** The error that it throws as well: for a type of numbers that it does not have, or a file beside it that the caller gives. */
  readonly also?: typeof DTypeError | typeof ValueError;
}

export interface FuzzOptions {
  /** Mutations by chance, beside the truncations. */
  readonly rounds?: number;
  readonly seed?: number;
  /** Milliseconds of processor time that one mutation may take. */
  readonly patience?: number;
}

/**
 * Feeds a reader truncated and mutated files: it returns, or throws a FormatError (or what the victim says), in time. Anything else is thrown on, with what
 * makes it again: `FUZZ_SEED=n FUZZ_ROUNDS=m`.
 */
export async function fuzz(victim: Victim, options: FuzzOptions = {}): Promise<{ read: number; refused: number }> {
  const rounds = options.rounds ?? 2000;
  const seed = Number(process.env.FUZZ_SEED ?? options.seed ?? 1);
  const patience = options.patience ?? 2000;
  const random = generator(seed);
  const counts = { read: 0, refused: 0 };
  const attack = async (bytes: Uint8Array, how: () => string): Promise<void> => {
    const begin = process.cpuUsage();
    try {
      await victim.read({ name: `fuzz: ${victim.name}`, bytes });
      counts.read++;
    } catch (error) {
      if (!(error instanceof FormatError || (victim.also && error instanceof victim.also))) {
        throw new Error(`${victim.name}: seed ${seed}, ${how()}: ${(error as Error).stack}`, { cause: error });
      }
      counts.refused++;
    }
    const { user, system } = process.cpuUsage(begin);
    const took = (user + system) / 1000;
    if (took > patience) throw new Error(`${victim.name}: seed ${seed}, ${how()}: took ${Math.round(took)} ms`);
  };
  for (const [s, sample] of victim.samples.entries()) {
    await victim.read({ name: `fuzz: ${victim.name}`, bytes: sample });
    // At each byte where that is soon done; of a longer file at its start, its end, and every so often between.
    const step = Math.max(1, Math.floor(sample.length / 200));
    for (let end = 0; end < sample.length; end += end < 100 || end > sample.length - 100 ? 1 : step) {
      await attack(sample.slice(0, end), () => `sample ${s} up to byte ${end}`);
    }
  }
  for (let round = 0; round < rounds; round++) {
    const s = Math.floor(random() * victim.samples.length);
    const bytes = mutated(victim.samples[s] as Uint8Array, random);
    // Finalizers, which free the models that were read, run between tasks.
    if (round % 500 === 499) await new Promise((done) => setImmediate(done));
    await attack(bytes, () => `sample ${s}, round ${round}`);
  }
  return counts;
}

/** Numbers that lengths, counts and offsets go wrong at. */
const edges = [
  0n,
  1n,
  127n,
  128n,
  255n,
  65535n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** A copy with one to four changes. */
function mutated(sample: Uint8Array, random: () => number): Uint8Array {
  let bytes = sample.slice();
  const below = (n: number): number => Math.floor(random() * n);
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(bytes.length);
    switch (below(7)) {
      case 0:
      case 1:
        bytes[at] = (bytes[at] as number) ^ (1 << below(8));
        break;
      case 2:
        bytes[at] = below(256);
        break;
      case 3:
      case 4: {
        const value = edges[below(edges.length)] as bigint;
        const size = [1, 2, 4, 8][below(4)] as number;
        const little = random() < 0.7;
        for (let i = 0; i < size && at + i < bytes.length; i++) {
          bytes[at + i] = Number((value >> BigInt(8 * (little ? i : size - 1 - i))) & 255n);
        }
        break;
      }
      case 5: {
        const length = 1 + below(16);
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)]);
        break;
      }
      default: {
        const from = below(bytes.length);
        const part = bytes.slice(from, from + 1 + below(16));
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...part, ...bytes.subarray(at)]);
      }
    }
    if (bytes.length === 0) return sample.slice(0, 1);
  }
  return bytes;
}
