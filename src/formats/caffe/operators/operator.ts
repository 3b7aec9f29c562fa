import { add, mul } from "../../../nn/operations/arithmetic.js";
import type { Operation } from "../../../nn/operations/operation.js";
import { type Builder, known } from "../../graph/builder.js";
import type { Flow, Known } from "../../graph/values.js";
import type { LayerView } from "../layer.js";

/** Makes the tops of a layer. @throws Unsupported */
export type Operator = (view: LayerView, builder: Builder) => readonly Flow[];

export type Operators = Readonly<Record<string, Operator>>;

/** What a layer is fed as images, their channels last. */
export function imageOf(view: LayerView, builder: Builder, i = 0): Flow {
  const x = view.input(i);
  if (x.dims.length !== 4) throw view.unsupported(`${x.dims.length} axes; of images there are four`);
  return builder.last(x);
}

/** A value with its axes told apart: a row that was an image has lost them. */
export const axesOf = (builder: Builder, x: Flow): Flow => (x.layout.kind === "flattened" ? builder.plain(x) : x);

/** Values in the same order of axes. */
export function aligned(builder: Builder, flows: readonly Flow[]): readonly Flow[] {
  const isImage = flows.every(({ dims }) => dims.length === 4);
  const isLast = isImage && flows.some(({ layout }) => layout.kind === "channelsLast");
  return flows.map((each) => (isLast ? builder.last(each) : builder.plain(each)));
}

export const scalar = (value: number): Known => known(Float32Array.of(value), [], "float32");

/** A function of each element, under the axes that they have. */
export function elementwise(
  builder: Builder,
  operation: Operation,
  x: Flow,
  others: readonly Known[] = [],
  attributes = {},
): Flow {
  return { ...(builder.one(operation, [x, ...others], attributes, x.layout) as Flow), dims: x.dims };
}

/** scale · x + shift, what does nothing left out. */
export function scaled(builder: Builder, x: Flow, scale: number, shift: number): Flow {
  const times = scale === 1 ? x : elementwise(builder, mul, x, [scalar(scale)]);
  return shift === 0 ? times : elementwise(builder, add, times, [scalar(shift)]);
}

const fusible: Readonly<Record<string, string>> = { ReLU: "relu", Sigmoid: "sigmoid", TanH: "tanh" };

/** The activation that follows a layer, which then applies it as it stores. */
export function activationBehind({ behind }: LayerView): string {
  const next = behind.next();
  const name = next && Object.hasOwn(fusible, next.type) ? fusible[next.type] : undefined;
  if (!next || name === undefined || next.settings.get("relu_param")?.negative_slope) return "linear";
  behind.absorb(next);
  return name;
}
