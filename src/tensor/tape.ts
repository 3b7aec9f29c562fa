import { kernels } from "../backend/engine.js";
import { type FloatDType, isFloat } from "../util/dtypes.js";
import { ShapeError, StateError } from "../util/errors.js";
import { sameShape, showShape } from "../util/shapes.js";
import { tapes } from "./current-tape.js";
import { empty, type Tensor, viewAs } from "./tensor.js";
import { Variable } from "./variable.js";

/**
 * Adds the gradients of an operation's inputs, given that of its output. `fresh` says of each whether it holds nothing yet and is to be
 * assigned instead. It may write over `dy`, which nobody reads after it.
 */
export type Pullback = (gradients: readonly (Tensor | null)[], dy: Tensor, fresh: readonly boolean[]) => void;

/** What a pullback can do beside adding. */
export interface Assigning {
  /** The inputs whose gradient it can assign where that holds nothing yet. */
  readonly assigns?: readonly number[] | undefined;
  /** It goes element by element, so that such a gradient of its first input, which it assigns, can have the memory of `dy`. */
  readonly inPlace?: boolean | undefined;
}

interface Node extends Assigning {
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

  add(
    operation: string,
    inputs: readonly Tensor[],
    output: Tensor,
    pullback: Pullback,
    { assigns, inPlace }: Assigning = {},
  ): void {
    this.nodes.push({ operation, inputs, output, pullback, assigns, inPlace });
    this.tracked.add(output);
  }

  addView(of: Tensor, view: Tensor): void {
    this.viewed.set(view, of);
    this.tracked.add(view);
  }

  /**
   * Adds d`of`/d`x` into `into.get(x)` for every x there. The gradient of what lies between is made when the first operation adds to it,
   * and forgotten after the operation that it belongs to.
   *
   * @param of a scalar that this tape saw, or any tensor with `seed`, its own gradient
   * @param spent whether `seed` may be written over, so that it need not be copied
   */
  backward(of: Tensor, into: Map<Tensor, Tensor>, seed?: Tensor, spent = false): void {
    if (seed && !sameShape(seed.shape, of.shape)) {
      throw new ShapeError(`grad: dy expected the result's shape ${showShape(of.shape)}, got ${showShape(seed.shape)}`);
    }
    const gradients = new Gradients(into, this.between(of, into), (x) => this.root(x));
    if (seed && spent && gradients.isNew(of, [of])) gradients.put(of, seed);
    else {
      const start = gradients.of(of);
      if (!start) return;
      const k = kernels(of.dtype as FloatDType);
      if (seed) k.accumulate_into(start.at, seed.at, 0, seed.size);
      else k.fill(start.at, 1, 0, 1);
    }
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const { inputs, output, pullback, assigns = [], inPlace } = this.nodes[i] as Node;
      const dy = gradients.take(output);
      if (!dy) continue;
      const tracked = inputs.map((x) => (this.tracks(x) ? x : null));
      const fresh = tracked.map((x, place) => x !== null && assigns.includes(place) && gradients.isNew(x, tracked));
      if (inPlace && fresh[0]) gradients.put(inputs[0] as Tensor, dy);
      pullback(
        tracked.map((x, place) => x && gradients.of(x, fresh[place])),
        dy,
        fresh,
      );
    }
  }

  /** The tensors on a path between the wanted ones and `of`, without the views among them. */
  private between(of: Tensor, into: Map<Tensor, Tensor>): Set<Tensor> {
    const leads = new Set<Tensor>([...into.keys()].map((x) => this.root(x)));
    for (const { inputs, output } of this.nodes) {
      if (inputs.some((x) => leads.has(this.root(x)))) leads.add(this.root(output));
    }
    const reached = new Set<Tensor>([this.root(of)]);
    const found = new Set<Tensor>();
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const { inputs, output } = this.nodes[i] as Node;
      const root = this.root(output);
      if (!reached.has(root)) continue;
      if (leads.has(root)) found.add(root);
      for (const x of inputs) if (this.tracks(x)) reached.add(this.root(x));
    }
    return found;
  }

  private root(x: Tensor): Tensor {
    let at = x;
    for (let of = this.viewed.get(at); of; of = this.viewed.get(at)) at = of;
    return at;
  }
}

/** The gradients in one backward pass: those that are wanted, and those of the tensors in between while they are needed. */
class Gradients {
  private readonly between = new Map<Tensor, Tensor>();

  constructor(
    private readonly wanted: ReadonlyMap<Tensor, Tensor>,
    private readonly needed: ReadonlySet<Tensor>,
    private readonly root: (x: Tensor) => Tensor,
  ) {}

  /** That of `x`, or null where none is needed. One that is made now is zeros, or with `assigned` anything. */
  of(x: Tensor, assigned = false): Tensor | null {
    const root = this.root(x);
    const known = this.wanted.get(root) ?? this.between.get(root);
    if (known) return shaped(known, x);
    if (!this.needed.has(root)) return null;
    const made = empty(root.shape, root.dtype);
    if (!assigned) kernels(root.dtype as FloatDType).fill(made.at, 0, 0, made.size);
    this.between.set(root, made);
    return shaped(made, x);
  }

  /** Whether nothing has been added to that of `x`, which is one of `inputs` and is there only once. */
  isNew(x: Tensor, inputs: readonly (Tensor | null)[]): boolean {
    const root = this.root(x);
    if (this.wanted.has(root) || this.between.has(root) || !this.needed.has(root)) return false;
    return inputs.filter((each) => each && this.root(each) === root).length === 1;
  }

  /** Makes `gradient` that of `x`. */
  put(x: Tensor, gradient: Tensor): void {
    const root = this.root(x);
    this.between.set(root, shaped(gradient, root));
  }

  /** That of an operation's output, to be written over: after this nobody asks for it. Of one that is wanted, a copy. */
  take(output: Tensor): Tensor | null {
    const root = this.root(output);
    const wanted = this.wanted.get(root);
    const found = wanted ? copyOf(wanted) : this.between.get(root);
    if (!found) return null;
    this.between.delete(root);
    return shaped(found, output);
  }
}

function copyOf(x: Tensor): Tensor {
  const copy = empty(x.shape, x.dtype);
  kernels(x.dtype as FloatDType).copy(copy.at, x.at, 0, x.size);
  return copy;
}

function shaped(gradient: Tensor, x: Tensor): Tensor {
  return sameShape(gradient.shape, x.shape) ? gradient : viewAs(gradient, x.shape);
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
