import inference from "#kernels/strict.f32.inference";

/** A page begins with what the usual networks need to predict. */
export const binaries: Readonly<Record<string, (string | undefined)[]>> = {
  "strict.f32": [inference, undefined],
  "strict.f64": [undefined],
  "fma.f32": [undefined],
  "fma.f64": [undefined],
};

const sources: Readonly<Record<string, () => Promise<{ default: string }>>> = {
  "strict.f32": () => import("#kernels/strict.f32.rest"),
  "strict.f64": () => import("#kernels/strict.f64"),
  "fma.f32": () => import("#kernels/fma.f32"),
  "fma.f64": () => import("#kernels/fma.f64"),
};

/** What was missing of a binary is its last part. */
export function provideKernels(target: string, text: string): void {
  const parts = binaries[target] as (string | undefined)[];
  parts[parts.length - 1] ??= text;
}

export async function fetchKernels(target: string): Promise<void> {
  if (binaries[target]?.at(-1) === undefined) provideKernels(target, (await sources[target]?.())?.default as string);
}
