import kernelsOf from "#kernels/parts";
import type { FetchKernels, KernelSource } from "./platform.js";

/** What fetches each binary, of those that come with the page's code. */
const pieces: Readonly<Record<string, () => Promise<{ default: string }>>> = {
  "strict.f32.first": () => import("#kernels/strict.f32.first"),
  "strict.f32.images": () => import("#kernels/strict.f32.images"),
  "strict.f32.sequences": () => import("#kernels/strict.f32.sequences"),
  "strict.f32.math": () => import("#kernels/strict.f32.math"),
  "strict.f32.rest": () => import("#kernels/strict.f32.rest"),
  "strict.f32": () => import("#kernels/strict.f32"),
  "strict.f64": () => import("#kernels/strict.f64"),
  "fma.f32": () => import("#kernels/fma.f32"),
  "fma.f64": () => import("#kernels/fma.f64"),
};
const there = new Map<string, KernelSource>();
let fetchBinary: FetchKernels = async (binary) =>
  (await (pieces[binary] as () => Promise<{ default: string }>)()).default;

const named = ["first", "images", "sequences", "math"];
const inParts = [...named, "rest"].map((part) => `strict.f32.${part}`);
const WHOLE = "strict.f32";

/** The binaries of a target. The loop that threads run is in whole ones alone; where that of all kernels is there, parts are needless. */
function binariesOf(target: string): readonly string[] {
  if (target === `${WHOLE}.whole`) return [WHOLE];
  return target === WHOLE && !there.has(WHOLE) ? inParts : [target];
}

export function kernels(target: string): readonly (KernelSource | undefined)[] {
  return binariesOf(target).map((binary) => there.get(binary));
}

export const wholeOf = (target: string): string => (target === WHOLE ? `${WHOLE}.whole` : target);

export function partOf(kernel: string): number {
  const part = named.findIndex((name) => kernelsOf[name]?.includes(kernel));
  return part < 0 ? named.length : part;
}

type Compile = (text: string) => Promise<WebAssembly.Module>;

const coming = new Map<string, Promise<void>>();

export async function fetchKernels(target: string, only: number | undefined, compile: Compile): Promise<void> {
  const wanted = binariesOf(target).filter((binary, i) => !there.has(binary) && (only ?? i) === i);
  const fetched = wanted.map((binary) => {
    const promise = coming.get(binary) ?? fetchOne(binary, compile).finally(() => coming.delete(binary));
    coming.set(binary, promise);
    return promise;
  });
  await Promise.all(fetched);
}

async function fetchOne(binary: string, compile: Compile): Promise<void> {
  const source = await fetchBinary(binary);
  there.set(binary, typeof source === "string" ? await compile(source) : source);
}

export function fetchKernelsBy(fetch: FetchKernels): FetchKernels {
  const former = fetchBinary;
  fetchBinary = fetch;
  return former;
}

export function provideModule(binary: string, module: WebAssembly.Module): void {
  there.set(binary, module);
}

type Inflate = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

let ownInflate: Inflate | undefined;
export const inflate: Inflate = (bytes) => (ownInflate as Inflate)(bytes);

/** Has all kernels of float32 there, which came with the page's code, and what unpacks them. */
export function provideKernels(whole: string, inflate: Inflate): void {
  ownInflate = inflate;
  if (!there.has(WHOLE)) there.set(WHOLE, whole);
}
