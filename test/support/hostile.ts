import { expect } from "vitest";
import {
  inspect,
  type LoadOptions,
  type LoadWeightsOptions,
  load,
  loadWeights,
  type SaveOptions,
  save,
} from "../../src/formats/index.js";
import { encodeZip, openZip } from "../../src/formats/zip.js";
import * as wg from "../../src/index.js";
import { FormatError, ValueError } from "../../src/util/errors.js";
import { joined } from "./format-fixtures.js";

/** A way for a file into the library. */
export interface Gate {
  readonly name: string;
  /** What is damaged: a whole file, or what `open` puts one around. */
  readonly sample: Uint8Array;
  /** @throws as the public function that it calls */
  open(bytes: Uint8Array): Promise<unknown>;
  /** The model that weights go into. */
  readonly target?: wg.BaseModel;
}

/** Milliseconds of processor time that a hostile file may take. */
const PATIENCE = 2000;

/** What files that lie beside the model's, or the caller's options, are asked for by; that is no fault of a file. */
const ASKED = /(files|inputShape|weights|framework|a file with an architecture) expected/;

/**
 * Opens a damaged file: undefined where it is read all the same, else the error. It is a FormatError that names the file and comes in time, and the
 * model that weights go into is as it was.
 */
export async function attempt(gate: Gate, bytes: Uint8Array, how: string): Promise<FormatError | undefined> {
  const before = gate.target && weightsOf(gate.target);
  const begin = process.cpuUsage();
  const error = await gate.open(bytes).then(
    () => undefined,
    (cause: unknown) => cause as Error,
  );
  const { user, system } = process.cpuUsage(begin);
  const took = (user + system) / 1000;
  if (took > PATIENCE) throw new Error(`${gate.name}, ${how}: took ${Math.round(took)} ms`);
  if (error === undefined) return undefined;
  if (error instanceof ValueError && ASKED.test(error.message)) return new FormatError(error.message);
  const isNamed = /^(load|loadWeights|inspect): (\d+ bytes|m\.|\S*\/m\.)/.test(error.message);
  if (!(error instanceof FormatError) || !isNamed) {
    throw new Error(`${gate.name}, ${how}: a FormatError that names the file expected, got ${error.stack}`);
  }
  if (gate.target && !Buffer.from(weightsOf(gate.target)).equals(before as Uint8Array)) {
    throw new Error(`${gate.name}, ${how}: weights are half loaded`);
  }
  return error;
}

/** As `attempt`; the file must not be read. */
export async function refusal(gate: Gate, bytes: Uint8Array, how: string): Promise<FormatError> {
  const error = await attempt(gate, bytes, how);
  if (error) return error;
  throw new Error(`${gate.name}, ${how}: a FormatError expected, got none`);
}

function weightsOf(model: wg.BaseModel): Uint8Array {
  return joined(model.variables.map((each) => new Uint8Array(each.toTypedArray().buffer)));
}

/** What the engine's own arenas may keep of what they grew to. */
const SLACK = 2 ** 21;

/** Runs it, then asks for the tensor memory of before: nothing of what was refused is left. */
export async function leavesNothing(run: () => Promise<unknown>): Promise<void> {
  const live = await collected(0);
  await run();
  expect(await collected(live)).toBeLessThanOrEqual(live + SLACK);
}

/** Bytes of tensors once finalizers, which run between tasks, have freed what they can, down to so many. */
async function collected(enough: number): Promise<number> {
  let { live } = wg.memory();
  for (let idle = 0; idle < 3 && live > enough; idle++) {
    (globalThis as unknown as { gc(): void }).gc();
    await new Promise((done) => setTimeout(done, 5));
    const now = wg.memory().live;
    if (now < live) idle = -1;
    live = now;
  }
  return live;
}

/** What `save` writes, by the names of the files; `""` is that of the architecture. */
export async function saved(model: wg.BaseModel, options: SaveOptions): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array[]>();
  const stream = (location: string) => {
    const parts: Uint8Array[] = [];
    files.set(location, parts);
    return { getWriter: () => ({ write: async (part: Uint8Array) => void parts.push(part), close: async () => {} }) };
  };
  await save(model, stream(""), { files: stream, ...options });
  return new Map(Array.from(files, ([location, parts]) => [location, joined(parts)]));
}

/** An archive with one entry's contents in place of its own. */
export async function withEntry(archive: Uint8Array, name: string, contents: Uint8Array): Promise<Uint8Array> {
  const zip = await openZip("test", { name: "sample", bytes: archive });
  return joined(
    encodeZip(zip.names.map((each) => ({ name: each, parts: [each === name ? contents : zip.read(each).bytes] }))),
  );
}

export async function entryOf(archive: Uint8Array, name: string): Promise<Uint8Array> {
  return (await openZip("test", { name: "sample", bytes: archive })).read(name).bytes;
}

/** The gates of a file with an architecture. */
export function readers(name: string, sample: Uint8Array, options: LoadOptions, around = asItIs): Gate[] {
  return [
    { name: `load, ${name}`, sample, open: async (bytes) => load(await around(bytes), options) },
    { name: `inspect, ${name}`, sample, open: async (bytes) => inspect(await around(bytes), options) },
  ];
}

/** The gates of a file with weights. */
export function fillers(
  name: string,
  sample: Uint8Array,
  target: wg.BaseModel,
  options: LoadWeightsOptions,
  around = asItIs,
): Gate[] {
  const { format } = options;
  return [
    {
      name: `loadWeights, ${name}`,
      sample,
      target,
      open: async (bytes) => loadWeights(target, await around(bytes), options),
    },
    {
      name: `inspect, ${name}`,
      sample,
      open: async (bytes) => inspect(await around(bytes), format ? { format } : {}),
    },
  ];
}

const asItIs = async (bytes: Uint8Array): Promise<Uint8Array> => bytes;
