import type { Step } from "../../../model/graph.js";
import type { Sides } from "../../../ops/window.js";
import { fromHost } from "../../../util/file-array.js";
import type { HostArray } from "../../../util/host-array.js";
import { type Shape, sizeOfShape } from "../../../util/shapes.js";
import { Unsupported } from "../../graph/unsupported.js";
import { turned, type Weights } from "../../graph/weights.js";
import type { CaffeLayer, CaffeSettings } from "../net.js";

/** A blob of the net that is written: an image `[batch, channels, height, width]` or a row. */
export interface Edge {
  readonly name: string;
  /** Of a row, as it is here. */
  readonly shape: Shape;
  /** Zeros that whoever reads it lays around the image. */
  readonly zeros?: readonly [Sides, Sides];
  /** A row that was such an image, and has its channels in front there. */
  readonly image?: { readonly channels: number; readonly pixels: number };
}

/** What a step is written from. */
export interface Part {
  readonly step: Step;
  readonly inputs: readonly Edge[];
  readonly weights: Weights;
  readonly writer: Writer;
}

interface Written {
  /** By the name of their field: `{ convolution_param: { … } }`. */
  readonly settings?: Readonly<Record<string, CaffeSettings>>;
  readonly blobs?: readonly HostArray[];
  readonly shape?: Shape;
}

/** Collects the layers of a net. */
export class Writer {
  readonly layers: CaffeLayer[] = [];
  private readonly names = new Set<string>();
  private current = "";

  /** @param layer whose layers come */
  begin(layer: string): void {
    this.current = layer;
  }

  unsupported({ layer, name }: Step, what: string): Unsupported {
    return new Unsupported(`${layer.kind} "${name}": ${what}`);
  }

  /** The layer's own name for the first that it is written as. */
  private nameOf(type: string): string {
    if (!this.names.has(this.current)) return this.current;
    const wanted = `${this.current}_${type.toLowerCase()}`;
    let name = wanted;
    for (let i = 1; this.names.has(name); i++) name = `${wanted}_${i}`;
    return name;
  }

  /** A layer with so many tops. */
  many(type: string, bottoms: readonly Edge[], count: number, { settings = {}, blobs = [] }: Written): string[] {
    const name = this.nameOf(type);
    const tops = Array.from({ length: count }, (_, i) => (i === 0 ? name : `${name}_${i}`));
    for (const each of [name, ...tops]) this.names.add(each);
    this.layers.push({
      name,
      type,
      bottoms: bottoms.map((each) => each.name),
      tops,
      settings: new Map(Object.entries(settings)),
      include: [],
      exclude: [],
      params: [],
      lossWeights: [],
      blobs: blobs.map((array, i) => fromHost(`save: ${name}/${i}`, array)),
    });
    return tops;
  }

  /** A layer with one top, of the first bottom's kind. */
  layer(type: string, bottoms: readonly [Edge, ...Edge[]], written: Written = {}): Edge {
    const [name] = this.many(type, bottoms, 1, written) as [string];
    const { shape, image } = bottoms[0];
    return { name, shape: written.shape ?? shape, ...(image ? { image } : {}) };
  }

  /** So many pixels of an axis of the image, 0 its height, from one on. */
  cut(x: Edge, axis: 0 | 1, from: number, count: number): Edge {
    const n = x.shape[axis] as number;
    const points = [from, from + count].filter((point) => point > 0 && point < n);
    if (points.length === 0) return x;
    const tops = this.many("Slice", [x], points.length + 1, {
      settings: { slice_param: { axis: axis + 2, slice_point: points } },
    });
    const kept = from > 0 ? 1 : 0;
    const shape = x.shape.map((size, i) => (i === axis ? count : size));
    const rest = tops.filter((_, i) => i !== kept).map((name) => ({ name, shape }));
    this.many("Silence", rest, 0, {});
    return { name: tops[kept] as string, shape };
  }

  isRead(name: string): boolean {
    return this.layers.some(({ bottoms }) => bottoms.includes(name));
  }
}

/** One number for each channel, or for each element of a row, as the blob has them. */
export function perChannel({ shape, image }: Edge, { data }: HostArray): HostArray {
  const size = shape.at(-1) as number;
  if (!image) return { data, shape: [size] };
  return { ...turned({ data, shape: [image.pixels, image.channels] }, [1, 0]), shape: [size] };
}

/** Whether an image, or a row, has its elements in the same order with its channels in front. */
export const isOrderless = (shape: Shape): boolean =>
  shape.length === 1 || shape.at(-1) === 1 || sizeOfShape(shape.slice(0, -1)) === 1;
