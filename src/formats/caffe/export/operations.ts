import type { Operand } from "../../../nn/layers/operation-layer.js";
import { weightName } from "../../../nn/layers/operation-layer.js";
import type { Attributes } from "../../../nn/operations/operation.js";
import type { HostArray } from "../../../util/host-array.js";
import { sameShape, sizeOfShape } from "../../../util/shapes.js";
import type { CaffeSettings } from "../net.js";
import { type Edge, type Part, perChannel } from "./writer.js";

/** Writes an operation; undefined where Caffe has no layer for it. */
type OperationWriter = (part: Part) => Edge | readonly Edge[] | undefined;

const attributesOf = ({ step }: Part): Attributes => step.layer.config.attributes as Attributes;
const one = (type: string, settings: Readonly<Record<string, CaffeSettings>> = {}): OperationWriter => {
  return ({ writer, inputs }) => writer.layer(type, [inputs[0] as Edge], { settings });
};
const power = (settings: CaffeSettings): OperationWriter => one("Power", { power_param: settings });

/** The weight behind the one value that is fed. */
function weightOf({ step, weights }: Part): HostArray | undefined {
  const [x, w, ...others] = step.layer.config.operands as Operand[];
  return x?.kind === "input" && w?.kind === "weight" && others.length === 0 ? weights[weightName(1)] : undefined;
}

/** A number for all, a number for each channel, or another value. */
function joined(
  ofNumber: (value: number) => CaffeSettings,
  ofChannels: string,
  operation: "SUM" | "PROD",
): OperationWriter {
  return (part) => {
    const { writer, inputs } = part;
    const [x, other] = inputs as [Edge, Edge | undefined];
    const w = weightOf(part);
    if (w?.data.length === 1) return power(ofNumber(Number(w.data[0])))(part);
    if (w) {
      const channels = x.shape.at(-1) as number;
      const isEach = w.shape.at(-1) === channels && sizeOfShape(w.shape) === channels;
      return isEach ? writer.layer(ofChannels, [x], { blobs: [perChannel(x, w)] }) : undefined;
    }
    if (!other || inputs.length > 2 || !sameShape(x.shape, other.shape) || !x.image !== !other.image) return undefined;
    return writer.layer("Eltwise", [x, other], { settings: { eltwise_param: { operation } } });
  };
}

/** By the operation's name. */
export const operationWriters: Readonly<Record<string, OperationWriter>> = {
  abs: one("AbsVal"),
  exp: one("Exp"),
  log: one("Log"),
  sqrt: power({ power: 0.5 }),
  square: power({ power: 2 }),
  neg: power({ scale: -1 }),
  mul: joined((scale) => ({ scale }), "Scale", "PROD"),
  add: joined((shift) => ({ shift }), "Bias", "SUM"),
  pow(part) {
    const w = weightOf(part);
    return w?.data.length === 1 ? power({ power: Number(w.data[0]) })(part) : undefined;
  },
  localResponseNormalization(part) {
    const { depthRadius, bias = 1, alpha = 1, beta = 0.5 } = attributesOf(part) as Record<string, never>;
    const [before, behind] = [depthRadius ?? 5].flat().concat(depthRadius ?? 5) as [number, number];
    if (before !== behind || part.step.inputShape.length !== 3) return undefined;
    const size = 2 * before + 1;
    return one("LRN", { lrn_param: { local_size: size, alpha: alpha * size, beta, k: bias } })(part);
  },
  split(part) {
    const { sizes, axis } = attributesOf(part) as { sizes: readonly number[]; axis: number };
    const x = part.inputs[0] as Edge;
    const rank = x.shape.length + 1;
    if (x.image || !(axis >= 1) || !Array.isArray(sizes)) return undefined;
    const points = sizes.slice(0, -1).map((_, i) => sizes.slice(0, i + 1).reduce((sum, n) => sum + n, 0));
    const settings = { slice_param: { axis: axis === rank - 1 ? 1 : axis + 1, slice_point: points } };
    const tops = part.writer.many("Slice", [x], sizes.length, { settings });
    return tops.map((name, i) => ({ name, shape: part.step.outputShapes[i] as readonly number[] }));
  },
};
