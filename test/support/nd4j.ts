import { toFloat16 } from "../../src/util/half.js";

/** An array as ND4J writes it. */
export interface Nd4jFile {
  mode: string;
  type: string;
  shape: number[];
  strides: number[];
  order: string;
  /** As they lie in the file. */
  values: number[];
}

export function nd4jFile({ mode, type, shape, strides, order, values }: Nd4jFile): Uint8Array {
  const isWide = mode === "LONG_SHAPE" || mode === "MIXED_DATA_TYPES";
  const info = [shape.length, ...shape, ...strides, 0, 1, order.charCodeAt(0)];
  const elements = (kind: string, numbers: number[]): Uint8Array => {
    const item = { HALF: 2, FLOAT: 4, INT: 4, UBYTE: 1 }[kind] ?? 8;
    const view = new DataView(new ArrayBuffer(item * numbers.length));
    numbers.forEach((n, i) => {
      if (kind === "FLOAT") view.setFloat32(4 * i, n);
      else if (kind === "DOUBLE") view.setFloat64(8 * i, n);
      else if (kind === "INT") view.setInt32(4 * i, n);
      else if (kind === "HALF") view.setUint16(2 * i, toFloat16(n));
      else if (kind === "UBYTE") view.setUint8(i, n);
      else view.setBigInt64(8 * i, BigInt(n));
    });
    return new Uint8Array(view.buffer);
  };
  const text = (content: string) => [0, content.length, ...new TextEncoder().encode(content)];
  const buffer = (kind: string, numbers: number[]) => [
    ...text(mode),
    ...elements(isWide ? "LONG" : "INT", [numbers.length]),
    ...text(kind),
    ...elements(kind, numbers),
  ];
  return Uint8Array.from([...buffer(isWide ? "LONG" : "INT", info), ...buffer(type, values)]);
}
