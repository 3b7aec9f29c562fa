import type { AnyLayer } from "../../../nn/layer.js";
import {
  type GlobalPoolingOptions,
  globalAveragePooling1D,
  globalAveragePooling2D,
  globalMaxPooling1D,
  globalMaxPooling2D,
} from "../../../nn/layers/global-pooling.js";
import type { Builder } from "../../graph/builder.js";
import { BATCH, CHANNELS_LAST, type Flow, PLAIN, type Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import type { Behind, Operator, Operators } from "./operator.js";

type Factory = (options: GlobalPoolingOptions) => AnyLayer;

/** What pools all steps of a sequence, and all pixels of an image. */
export interface Pooling {
  readonly sequence: Factory;
  readonly image: Factory;
}

export const averages: Pooling = { sequence: globalAveragePooling1D, image: globalAveragePooling2D };
export const maxima: Pooling = { sequence: globalMaxPooling1D, image: globalMaxPooling2D };

/** Over all axes but the batch and the channels of x, which come last; undefined where no layer does that. */
export function pooledOver(
  { sequence, image }: Pooling,
  builder: Builder,
  behind: Behind,
  x: Flow,
  keepdims: boolean,
): Flow | undefined {
  const layer = [sequence, image][x.dims.length - 3];
  if (!layer || x.dims[0] !== -1 || x.dtype !== "float32") return undefined;
  // What is left of the pixels, and flattened at once, need not be left: formats there are that cannot say so.
  const isKept = keepdims && !isFlattened(behind, x.dims[1] as number);
  return { ...builder.through(layer({ keepdims: isKept }), x), layout: isKept ? CHANNELS_LAST : PLAIN };
}

/** Whether the node that alone reads the output makes rows of its channels, which it then need not. */
function isFlattened(behind: Behind, channels: number): boolean {
  const next = behind.next();
  if (next?.domain !== "") return false;
  const attribute = (name: string, otherwise: number) => next.attributes.get(name)?.value ?? otherwise;
  const batches = attribute("allowzero", 0) === 0 ? [BATCH, 0] : [BATCH];
  const isRow =
    next.opType === "Flatten"
      ? attribute("axis", 1) === 1
      : next.opType === "Reshape" && isRowOf(channels, batches, behind.value(next.inputs[1] ?? ""));
  if (isRow) behind.absorb(next);
  return isRow;
}

/** Whether a shape is that of rows of so many: other numbers mix the rows of the batch. @param batches what keeps the batch as it is */
function isRowOf(channels: number, batches: readonly number[], shape: Value | undefined): boolean {
  if (shape?.kind !== "known" || shape.array.data.length !== 2) return false;
  const [first, row] = Array.from(shape.array.data, Number) as [number, number];
  // One −1 is what is left over.
  return row === channels ? [-1, ...batches].includes(first) : row === -1 && batches.includes(first);
}

const global =
  (pooling: Pooling): Operator =>
  (node: NodeView, builder, behind) => {
    const x = builder.last(node.flow());
    const y = pooledOver(pooling, builder, behind, x, true);
    if (y) return [y];
    throw node.unsupported(`pooling over ${x.dims.length - 2} axes`);
  };

export const globalPooling: Operators = {
  GlobalAveragePool: global(averages),
  GlobalMaxPool: global(maxima),
};
