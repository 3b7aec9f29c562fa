/** What begins an array of each version. */
export const versions = { V0: undefined, V1: 0xf993fac8, V2: 0xf993fac9, V3: 0xf993faca };

/** Float32 arrays 0, 1, 2, … as MXNet saves them. */
export function mxnetFile(version: keyof typeof versions, shapes: Record<string, number[]>): Uint8Array {
  const out: number[] = [];
  const put = (value: number, bytes: number): void => {
    for (let i = 0, rest = value; i < bytes; i++, rest = Math.floor(rest / 256)) out.push(rest % 256);
  };
  const count = Object.keys(shapes).length;
  put(0x112, 8);
  put(0, 8);
  put(count, 8);
  for (const shape of Object.values(shapes)) {
    const magic = versions[version];
    if (magic !== undefined) put(magic, 4);
    if (version === "V2" || version === "V3") put(0, 4);
    put(shape.length, 4);
    for (const size of shape) put(size, version === "V0" ? 4 : 8);
    if (shape.length === 0 && version !== "V3") continue;
    put(1, 4);
    put(0, 4);
    put(0, 4);
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
    out.push(...new Uint8Array(data.buffer));
  }
  put(count, 8);
  for (const name of Object.keys(shapes)) {
    const bytes = new TextEncoder().encode(name);
    put(bytes.length, 8);
    out.push(...bytes);
  }
  return Uint8Array.from(out);
}
