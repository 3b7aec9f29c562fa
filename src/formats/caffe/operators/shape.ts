import { cropping2D } from "../../../nn/layers/cropping.js";
import { concatenate } from "../../../nn/layers/merge.js";
import { reshape } from "../../../nn/layers/reshape.js";
import { split } from "../../../nn/operations/parts.js";
import type { Sides } from "../../../ops/window.js";
import { sameShape, showShape, sizeOfShape } from "../../../util/shapes.js";
import type { Builder } from "../../graph/builder.js";
import { flattened } from "../../graph/rows.js";
import { axisIn, type Flow } from "../../graph/values.js";
import type { LayerView } from "../layer.js";
import { aligned, axesOf, imageOf, type Operators } from "./operator.js";

/** Rows under another shape. */
function rowsAs(view: LayerView, builder: Builder, x: Flow, row: readonly number[]): Flow {
  if (sizeOfShape(row) !== sizeOfShape(x.dims.slice(1)) || row.some((n) => !Number.isInteger(n) || n < 1)) {
    throw view.damaged(`a shape for ${sizeOfShape(x.dims.slice(1))} elements a row`, showShape(row));
  }
  const dims = [x.dims[0] as number, ...row];
  if (sameShape(dims, x.dims)) return x;
  if (row.length === 1) return flattened(builder, x);
  const plain = builder.plain(x);
  return { ...plain, x: builder.layer(reshape({ targetShape: row }), [plain]), dims };
}

/** The axis that a layer works along, by its setting of today or the one before. */
function axisOf(view: LayerView, message: string, old: string, rank: number): number {
  const isOld = view.settings(message)[old] !== undefined;
  const axis = view.axis(message, 1, rank, isOld ? old : "axis");
  if (axis > 0) return axis;
  throw view.unsupported("axis 0; the batch is not cut or joined");
}

export const shape: Operators = {
  /** Keeps blobs that nothing reads from being outputs. */
  Silence: () => [],

  Split: (view) => view.layer.tops.map(() => view.input()),

  Concat(view, builder) {
    const flows = aligned(builder, view.inputs);
    const first = flows[0] ?? view.input();
    if (flows.length === 1) return [first];
    const rank = first.dims.length;
    const axis = axisOf(view, "concat_param", "concat_dim", rank);
    const place = axisIn(first, axis);
    const x = builder.layer(concatenate({ axis: place === rank - 1 ? -1 : place }), flows);
    const size = flows.reduce((sum, { dims }) => sum + (dims[axis] as number), 0);
    return [{ ...first, x, dims: first.dims.map((n, i) => (i === axis ? size : n)) }];
  },

  Slice(view, builder) {
    const x = axesOf(builder, view.input());
    const axis = axisOf(view, "slice_param", "slice_dim", x.dims.length);
    const [n, count] = [x.dims[axis] as number, view.layer.tops.length];
    const points = view.numbers("slice_param", "slice_point");
    const ends = points.length > 0 ? [...points, n] : view.layer.tops.map((_, i) => ((i + 1) * n) / count);
    const sizes = ends.map((end, i) => end - (ends[i - 1] ?? 0));
    if (sizes.length !== count || sizes.some((size) => size < 1 || !Number.isInteger(size))) {
      throw view.damaged(`${count} parts of ${n}`, showShape(sizes));
    }
    if (count === 1) return [x];
    return builder.operate(split, [x], { sizes, axis: axisIn(x, axis) }, x.layout) as Flow[];
  },

  Flatten(view, builder) {
    const x = view.input();
    const { dims } = x;
    const axis = view.axis("flatten_param", 1, dims.length);
    const end = view.axis("flatten_param", -1, dims.length, "end_axis");
    if (axis === 0) throw view.unsupported("axis 0; rows of the batch stay apart");
    if (end < axis) throw view.damaged(`an end_axis from ${axis} on`, `${end}`);
    const row = [...dims.slice(1, axis), sizeOfShape(dims.slice(axis, end + 1)), ...dims.slice(end + 1)];
    return [rowsAs(view, builder, x, row)];
  },

  /** 0: a size as it is; −1: what is left. */
  Reshape(view, builder) {
    const message = "reshape_param";
    const x = view.input();
    const { dims } = x;
    const asked = ((view.settings(message).shape as { dim?: number[] } | undefined)?.dim ?? []) as readonly number[];
    const given = view.number(message, "axis", 0);
    const start = given < 0 ? given + dims.length + 1 : given;
    const count = view.number(message, "num_axes", -1);
    const end = count < 0 ? dims.length : start + count;
    if (start < 0 || end > dims.length) throw view.damaged(`axes of ${dims.length}`, `${given} and num_axes ${count}`);
    const target = [
      ...dims.slice(0, start),
      ...asked.map((n, i) => (n === 0 ? (dims[start + i] ?? 0) : n)),
      ...dims.slice(end),
    ];
    const row = target.slice(1);
    const rest = sizeOfShape(dims.slice(1)) / Math.abs(sizeOfShape(row));
    // What is left is the batch, or else one of the row's own sizes.
    return [
      rowsAs(
        view,
        builder,
        x,
        row.map((n) => (n === -1 ? rest : n)),
      ),
    ];
  },

  /** The first bottom cut to the sizes of the second. */
  Crop(view, builder) {
    const x = imageOf(view, builder);
    if (view.axis("crop_param", 2, 4) !== 2) throw view.unsupported("another axis than 2");
    const wanted = view.input(1).dims;
    const [down = 0, across = down] = view.numbers("crop_param", "offset");
    const cropping = [down, across].map((offset, i): Sides => {
      const [n, size] = [x.dims[i + 2], wanted[i + 2]] as [number, number | undefined];
      if (size === undefined || offset + size > n)
        throw view.damaged(`a part of ${n} pixels`, `${size} from ${offset} on`);
      return [offset, n - offset - size];
    });
    return [builder.through(cropping2D({ cropping: cropping as [Sides, Sides] }), x)];
  },
};
