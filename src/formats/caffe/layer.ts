import { FormatError } from "../../util/errors.js";
import { sameShape, showShape } from "../../util/shapes.js";
import { fromFile } from "../graph/builder.js";
import { Unsupported } from "../graph/unsupported.js";
import type { Flow, Known } from "../graph/values.js";
import type { CaffeLayer, CaffeSettings } from "./net.js";

/** What stands behind a layer. */
export interface Behind {
  /** The layer that alone reads the first top. */
  next(): CaffeLayer | undefined;
  /** Notes that this layer's work is done: it hands its bottom through. */
  absorb(next: CaffeLayer): void;
}

/** How a window moves over height and width. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number];
  readonly dilations: readonly [number, number];
}

/** A layer with what it is fed, read the way Caffe reads it. */
export class LayerView {
  constructor(
    readonly layer: CaffeLayer,
    readonly inputs: readonly Flow[],
    readonly behind: Behind,
  ) {}

  /** As errors call it. */
  get where(): string {
    return `${this.layer.type} "${this.layer.name}"`;
  }

  unsupported(what: string): Unsupported {
    return new Unsupported(`${this.where}: ${what}`);
  }

  damaged(expected: string, got: string): FormatError {
    return new FormatError(`${this.where}: ${expected} expected, got ${got}`);
  }

  /** @throws FormatError where it is left out */
  input(i = 0): Flow {
    const found = this.inputs[i];
    if (found) return found;
    throw this.damaged(`bottom ${i}`, "none");
  }

  /** The settings of a kind, empty where the file has none. */
  settings(message: string): CaffeSettings {
    return this.layer.settings.get(message) ?? {};
  }

  number(message: string, name: string, otherwise: number): number {
    return (this.settings(message)[name] as number | undefined) ?? otherwise;
  }

  numbers(message: string, name: string): readonly number[] {
    return [(this.settings(message)[name] as number | number[] | undefined) ?? []].flat();
  }

  flag(message: string, name: string, otherwise: boolean): boolean {
    return (this.settings(message)[name] as boolean | undefined) ?? otherwise;
  }

  text(message: string, name: string, otherwise: string): string {
    return String(this.settings(message)[name] ?? otherwise);
  }

  /** An axis as settings count it, from the end where it is below 0. */
  axis(message: string, otherwise: number, rank: number, name = "axis"): number {
    const given = this.number(message, name, otherwise);
    const axis = given < 0 ? given + rank : given;
    if (axis >= 0 && axis < rank) return axis;
    throw this.damaged(`an axis of ${rank}`, `${given}`);
  }

  /** Weights of this shape; before 2014 there were always four axes, the first of them 1. */
  blob(i: number, shape: readonly number[]): Known["array"] {
    const found = this.layer.blobs[i];
    if (!found) {
      throw this.damaged(
        `weights ${showShape(shape)} as blob ${i}`,
        `${this.layer.blobs.length} blobs; a layer of that name is missing in the file of weights`,
      );
    }
    if (!sameShape(bare(found.shape), bare(shape))) {
      throw this.damaged(`weights ${showShape(shape)} as blob ${i}`, showShape(found.shape));
    }
    return { ...fromFile(`${this.where}: blob ${i}`, found).array, shape };
  }

  /** Of a convolution, whose settings are lists, or of pooling. */
  window(message: string): Window {
    const pair = (list: string, one: string, otherwise: number | undefined): readonly [number, number] => {
      const [h, w] = [`${one}_h`, `${one}_w`].map((name) => this.settings(message)[name] as number | undefined);
      const given = this.numbers(message, list);
      if (given.length > 2) throw this.unsupported(`windows over ${given.length} axes; over two they are`);
      const [first = otherwise, second = first] = given;
      const [height, width] = [h ?? first, w ?? second];
      if (height !== undefined && width !== undefined) return [height, width];
      throw this.damaged(`${list} of ${message}`, "none");
    };
    const [kernel, strides] = [pair("kernel_size", "kernel", undefined), pair("stride", "stride", 1)];
    const dilations = pair("dilation", "dilation", 1);
    if ([...kernel, ...strides, ...dilations].some((n) => n < 1)) throw this.damaged("sizes of a window from 1", "0");
    return { kernel, strides, pads: pair("pad", "pad", 0), dilations };
  }
}

/** Without the leading axes of 1. */
function bare(shape: readonly number[]): readonly number[] {
  const first = shape.findIndex((n) => n !== 1);
  return first < 0 ? [] : shape.slice(first);
}
