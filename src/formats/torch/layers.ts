import { newArray } from "../../util/dtypes.js";
import { type HostArray, hostDType } from "../../util/host-array.js";
import { type Shape, sizeOfShape } from "../../util/shapes.js";
import { Unsupported } from "../graph/unsupported.js";
import { constant, type Layout, type Layouts, one, type Part, type Place } from "../layouts/layout.js";
import { along, axes, blocks, inTurn, shaped, type Turn } from "../layouts/turn.js";

const biasOf = ({ shapes, to }: Place): Part[] => (shapes.bias ? [one("bias", "bias", along(0, to))] : []);

/** A layer of a kernel and a bias. */
const kernelAndBias =
  (turn: (place: Place) => Turn): Layout =>
  (place) => [one("kernel", "weight", turn(place)), ...biasOf(place)];

const dense = kernelAndBias(({ from, to }) => inTurn(along(0, from), along(1, to), axes(1, 0)));

/** [height, width, channels, multiplier] → [channels · multiplier, 1, height, width], or the same without a width */
const depthwise = kernelAndBias(({ shapes }) => {
  const kernel = shapes.kernel as Shape;
  const size = kernel.slice(0, -2);
  const [channels, multiplier] = kernel.slice(-2) as [number, number];
  const order = [size.length, size.length + 1, ...size.map((_, i) => i)];
  return inTurn(axes(...order), shaped([channels, multiplier, ...size], [channels * multiplier, 1, ...size]));
});

/** γ and β of a normalization; where the layer has one of them, PyTorch has both. */
function affine({ shapes }: Place, turn: Turn): Part[] {
  const { gamma, beta } = shapes;
  const shape = gamma ?? beta;
  if (!shape) return [];
  return [
    gamma ? one("gamma", "weight", turn) : constant("weight", shape, 1, "build the layer with { scale: true }"),
    beta ? one("beta", "bias", turn) : constant("bias", shape, 0, "build the layer with { center: true }"),
  ];
}

const batchNormalization: Layout = (place) => {
  const turn = along(0, place.from);
  return [
    ...affine(place, turn),
    one("movingMean", "running_mean", turn),
    one("movingVariance", "running_var", turn),
    {
      own: [],
      names: ["num_batches_tracked"],
      optional: true,
      theirs: () => [{ data: new Int32Array(1), shape: [] }],
      ours: () => [],
    },
  ];
};

/** Weights over normalized axes, an image's with the channels first. */
function overAxes(shape: Shape, from: Place["from"]): Turn {
  if (shape.length === 3) return axes(2, 0, 1);
  return along(0, shape.length === 1 ? from : undefined);
}

const layerNormalization: Layout = (place) => {
  const { gamma, beta } = place.shapes;
  const turn = overAxes((gamma ?? beta) as Shape, place.from);
  return gamma && !beta ? [one("gamma", "weight", turn)] : affine(place, turn);
};

const groupNormalization: Layout = (place) => {
  if (place.from) throw new Unsupported("groups of a flattened image's channels are others in PyTorch");
  return affine(place, along(0, undefined));
};

/** Slopes that all positions share: [1, 1, channels] → [channels]. */
export function slopesOf({ shapes, from }: Place, name: string): Part[] {
  const alpha = shapes.alpha as Shape;
  const size = alpha[alpha.length - 1] as number;
  if (sizeOfShape(alpha) !== size) {
    throw new Unsupported(
      "one slope for each channel, or one for all, is what it has; share the other axes: { sharedAxes }",
    );
  }
  return [one("alpha", name, inTurn(shaped(alpha, [size]), along(0, size > 1 ? from : undefined)))];
}

/** Of which of our gates each of PyTorch's is. */
const gatesOf: Readonly<Record<string, readonly number[]>> = { lstm: [0, 1, 2, 3], gru: [1, 0, 2], simpleRNN: [0] };

/** A direction of a recurrent layer. @param ownName what the layer calls a weight of it */
function direction({ kind, config, shapes }: Place, ownName: (name: string) => string, suffix: string): Part[] {
  if (kind === "gru" && config.resetAfter === false) {
    throw new Unsupported("its reset works behind the product; build the layer with { resetAfter: true }");
  }
  if (config.peepholes) throw new Unsupported("torch.nn.LSTM has no peepholes");
  const gates = gatesOf[kind] as readonly number[];
  const order = blocks(gates, Number(config.units));
  const turn = inTurn(along(1, order), axes(1, 0));
  const bias = ownName("bias");
  const names = [`bias_ih${suffix}`, `bias_hh${suffix}`];
  return [
    one(ownName("kernel"), `weight_ih${suffix}`, turn),
    one(ownName("recurrentKernel"), `weight_hh${suffix}`, turn),
    ...(shapes[bias] ? [{ ...(shapes[bias].length === 2 ? twoBiases : oneBias)(order), own: [bias], names }] : []),
  ];
}

type Lens = Pick<Part, "theirs" | "ours">;

/** Our bias is the sum of PyTorch's two. */
const oneBias = (order: readonly number[]): Lens => {
  const turn = along(0, order);
  return {
    theirs([ours]) {
      const first = turn.theirs(ours as HostArray);
      return [first, { ...first, data: newArray(hostDType(first), first.data.length) }];
    },
    ours([first, second]) {
      const data = (first as HostArray).data.slice();
      for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) + ((second as HostArray).data[i] as number);
      return [turn.ours({ ...(first as HostArray), data })];
    },
  };
};

/** That of the inputs and that of the state are the rows of ours. */
const twoBiases = (order: readonly number[]): Lens => {
  const turn = along(1, order);
  const size = order.length;
  return {
    theirs([ours]) {
      const { data } = turn.theirs(ours as HostArray);
      return [0, 1].map((row) => ({ data: data.slice(row * size, (row + 1) * size), shape: [size] }));
    },
    ours(theirs) {
      const data = newArray(hostDType(theirs[0] as HostArray), 2 * size);
      for (const [row, array] of theirs.entries()) data.set(array.data, row * size);
      return [turn.ours({ data, shape: [2, size] })];
    },
  };
};

const recurrent: Layout = (place) => direction(place, (name) => name, "_l0");

const bidirectional: Layout = (place) => {
  const inner = { ...place, ...(place.config.layer as Pick<Place, "kind" | "config">) };
  return ["forward", "backward"].flatMap((way) =>
    direction(
      inner,
      (name) => `${way}${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      way === "forward" ? "_l0" : "_l0_reverse",
    ),
  );
};

const table: Layout = () => [one("embeddings", "weight")];

/** What PyTorch's modules call the weights of our layers, and how they lie there. */
export const torchLayouts: Layouts = {
  dense,
  conv1d: kernelAndBias(() => axes(2, 1, 0)),
  conv1dTranspose: kernelAndBias(() => axes(2, 1, 0)),
  conv2d: kernelAndBias(() => axes(3, 2, 0, 1)),
  conv2dTranspose: kernelAndBias(() => axes(3, 2, 0, 1)),
  depthwiseConv1d: depthwise,
  depthwiseConv2d: depthwise,
  separableConv1d() {
    throw new Unsupported("it is two modules; build it of depthwiseConv1d and conv1d");
  },
  separableConv2d() {
    throw new Unsupported("it is two modules; build it of depthwiseConv2d and conv2d");
  },
  batchNormalization,
  layerNormalization,
  groupNormalization,
  rmsNormalization: ({ shapes, from }) => [one("scale", "weight", overAxes(shapes.scale as Shape, from))],
  prelu: (place) => slopesOf(place, "weight"),
  embedding: table,
  positionalEmbedding: table,
  simpleRNN: recurrent,
  lstm: recurrent,
  gru: recurrent,
  bidirectional,
};
