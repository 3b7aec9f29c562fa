import { ALIGN } from "../backend/blocks.js";
import { kernels } from "../backend/engine.js";
import { type FloatDType, isFloat, sizeOf } from "../util/dtypes.js";
import { ShapeError, StateError } from "../util/errors.js";
import { sameShape, showShape } from "../util/shapes.js";
import { empty, Tensor, viewAs } from "./tensor.js";
import { Variable } from "./variable.js";

/** Adds the gradients of an operation's inputs, given that of its output. */
export type Pullback = (gradients: readonly (Tensor | null)[], dy: Tensor) => void;

interface Node {
  readonly operation: string;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly pullback: Pullback;
}

/**
 * What happened, in order, to the tensors whose gradients are wanted. Going back is one reversed loop: each entry's pullback adds into
 * the gradients of its inputs, so an input used twice needs no special case.
 */
export class Tape {
  private readonly nodes: Node[] = [];
  private readonly tracked = new Set<Tensor>();
  /** A view (reshape) has no gradient of its own: it is that of the tensor it views, under another shape. */
  private readonly viewed = new Map<Tensor, Tensor>();

  watch(x: Tensor): void {
    this.tracked.add(x);
  }

  tracks(x: Tensor): boolean {
    return this.tracked.has(x) || (x instanceof Variable && x.trainable && isFloat(x.dtype));
  }

  add(operation: string, inputs: readonly Tensor[], output: Tensor, pullback: Pullback): void {
    this.nodes.push({ operation, inputs, output, pullback });
    this.tracked.add(output);
  }

  addView(of: Tensor, view: Tensor): void {
    this.viewed.set(view, of);
    this.tracked.add(view);
  }

  /**
   * Adds d`of`/d`x` into `into.get(x)` for every x there. Gradients of what lies between are made here, cleared by one fill.
   *
   * @param of a scalar that this tape saw, or any tensor with `seed`, its own gradient
   */
  backward(of: Tensor, into: Map<Tensor, Tensor>, seed?: Tensor): void {
    if (seed && !sameShape(seed.shape, of.shape)) {
      throw new ShapeError(`grad: dy expected the result's shape ${showShape(of.shape)}, got ${showShape(seed.shape)}`);
    }
    const dtype = of.dtype as FloatDType;
    const k = kernels(dtype);
    const gradients = this.gradientsBetween(of, into);
    const start = gradients.get(this.root(of));
    if (!start) return;
    if (seed) k.accumulate_into(start.at, seed.at, 0, seed.size);
    else k.fill(start.at, 1, 0, 1);
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const { inputs, output, pullback } = this.nodes[i] as Node;
      const dy = this.gradientOf(output, gradients);
      if (dy) {
        pullback(
          inputs.map((x) => (this.tracks(x) ? this.gradientOf(x, gradients) : null)),
          dy,
        );
      }
    }
  }

  /** The wanted gradients, and zeros for every tensor on a path between them and `of`. */
  private gradientsBetween(of: Tensor, into: Map<Tensor, Tensor>): Map<Tensor, Tensor> {
    const reached = new Set<Tensor>([this.root(of)]);
    const needed = new Set<Tensor>();
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const { inputs, output } = this.nodes[i] as Node;
      if (!reached.has(this.root(output))) continue;
      needed.add(this.root(output));
      for (const x of inputs) if (this.tracks(x)) reached.add(this.root(x));
    }
    const leads = this.leadingTo(into);
    const gradients = new Map(into);
    const fresh = [...needed].filter((x) => !gradients.has(x) && leads.has(x));
    const padded = (x: Tensor): number => Math.ceil((x.size * sizeOf(x.dtype)) / ALIGN) * ALIGN;
    const total = fresh.reduce((sum, x) => sum + padded(x), 0);
    if (total === 0) return gradients;
    const all = empty([total], "uint8");
    kernels("float32").fill(all.at, 0, 0, total / sizeOf("float32"));
    let offset = 0;
    for (const x of fresh) {
      gradients.set(x, new Tensor(all.storage.part(offset / sizeOf(x.dtype), x.size, x.dtype), x.shape, x.dtype));
      offset += padded(x);
    }
    return gradients;
  }

  /** The tensors through which a wanted one reaches the result. */
  private leadingTo(into: Map<Tensor, Tensor>): Set<Tensor> {
    const leads = new Set<Tensor>([...into.keys()].map((x) => this.root(x)));
    for (const { inputs, output } of this.nodes) {
      if (inputs.some((x) => leads.has(this.root(x)))) leads.add(this.root(output));
    }
    return leads;
  }

  private root(x: Tensor): Tensor {
    let at = x;
    for (let of = this.viewed.get(at); of; of = this.viewed.get(at)) at = of;
    return at;
  }

  private gradientOf(x: Tensor, gradients: Map<Tensor, Tensor>): Tensor | null {
    const gradient = gradients.get(this.root(x));
    if (!gradient) return null;
    return sameShape(gradient.shape, x.shape) ? gradient : viewAs(gradient, x.shape);
  }
}

const tapes: Tape[] = [];

/** The tape that notes operations now, if any. */
export function currentTape(): Tape | undefined {
  return tapes[tapes.length - 1];
}

/** Runs `body` with operations noted on `tape`. */
export function taping<T>(tape: Tape, body: () => T): T {
  if (tapes.length > 0) {
    throw new StateError(
      "grad: gradients of gradients are not recorded; use numericGradient on the gradient function for second derivatives",
    );
  }
  tapes.push(tape);
  try {
    return body();
  } finally {
    tapes.pop();
  }
}

/** Runs `body` with nothing noted. */
export function untaped<T>(body: () => T): T {
  const saved = tapes.splice(0);
  try {
    return body();
  } finally {
    tapes.push(...saved);
  }
}
