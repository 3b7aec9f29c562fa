import { newArray } from "../../util/dtypes.js";
import { type HostArray, hostDType } from "../../util/host-array.js";
import type { Shape } from "../../util/shapes.js";
import { Unsupported } from "../graph/unsupported.js";
import { constant, filled, type Layout, type Layouts, one, type Part, type Place } from "../layouts/layout.js";
import { along, axes, flipped, inTurn, type Turn } from "../layouts/turn.js";
import { slopesOf } from "../torch/layers.js";

const biasOf = ({ shapes, to }: Place): Part[] => (shapes.bias ? [one("bias", "b", along(0, to))] : []);

const dense: Layout = (place) => [
  one("kernel", "W", inTurn(along(0, place.from), along(1, place.to))),
  ...biasOf(place),
];

/** A convolution in the sense of mathematics goes over the kernel backwards. */
const convolution =
  (flips: boolean, ...perm: number[]): Layout =>
  (place) => {
    const sizes = (place.shapes.kernel as Shape).slice(0, -2);
    const turns: Turn[] = flips ? sizes.map((size, axis) => flipped(axis + 2, size)) : [];
    return [one("kernel", "W", inTurn(axes(...perm), ...turns)), ...biasOf(place)];
  };

/** It keeps 1 / √(variance + ε) in place of the variance, here with the layer's own ε. */
const batchNormalization: Layout = ({ shapes, config, from }) => {
  const turn = along(0, from);
  const epsilon = Number(config.epsilon);
  const mapped = (array: HostArray, of: (value: number) => number): HostArray => {
    const data = newArray(hostDType(array), array.data.length);
    for (let i = 0; i < data.length; i++) data[i] = of(array.data[i] as number);
    return { ...array, data };
  };
  return [
    ...(shapes.beta ? [one("beta", "beta", turn)] : []),
    ...(shapes.gamma ? [one("gamma", "gamma", turn)] : []),
    one("movingMean", "mean", turn),
    {
      ...one("movingVariance", "inv_std", {
        theirs: (ours) => mapped(turn.theirs(ours), (variance) => 1 / Math.sqrt(variance + epsilon)),
        ours: (theirs) => turn.ours(mapped(theirs, (inverse) => 1 / inverse ** 2 - epsilon)),
      }),
      fault: ([array]) =>
        array?.data.every((inverse) => inverse > 0 && 1 / inverse ** 2 - epsilon >= -1e-6 * epsilon)
          ? undefined
          : `expected at most 1 / √ε of the layer, whose epsilon is ${epsilon}; build it with { epsilon: 1e-4 }, as Lasagne has it`,
    },
  ];
};

/** Gates in our order, which is Lasagne's, and by what a gate's numbers are multiplied. */
const gatesOf: Readonly<Record<string, readonly (readonly [name: string, factor: number])[]>> = {
  lstm: [
    ["ingate", 1],
    ["forgetgate", 1],
    ["cell", 1],
    ["outgate", 1],
  ],
  // Lasagne's update gate is the share that is new, ours the share that stays: s(−x) = 1 − s(x).
  gru: [
    ["updategate", -1],
    ["resetgate", 1],
    ["hidden_update", 1],
  ],
};

/** A block of columns, times a factor. */
function columns({ data, shape }: HostArray, begin: number, size: number, factor: number): HostArray {
  const width = shape[shape.length - 1] as number;
  const rows = data.length / width;
  const out = newArray(hostDType({ data, shape }), rows * size);
  for (let i = 0; i < out.length; i++) {
    const value = data[Math.floor(i / size) * width + begin + (i % size)] as number;
    out[i] = value === 0 ? 0 : factor * value;
  }
  return { data: out, shape: [...shape.slice(0, -1), size] };
}

/** Blocks of columns side by side, each times its factor. */
function sideBySide(parts: readonly HostArray[], factors: readonly number[]): HostArray {
  const [first] = parts as readonly [HostArray];
  const size = first.shape[first.shape.length - 1] as number;
  const rows = first.data.length / size;
  const width = size * parts.length;
  const data = newArray(hostDType(first), rows * width);
  for (const [p, part] of parts.entries()) {
    for (let i = 0; i < part.data.length; i++) {
      const value = part.data[i] as number;
      data[Math.floor(i / size) * width + p * size + (i % size)] = value === 0 ? 0 : (factors[p] as number) * value;
    }
  }
  return { data, shape: [...first.shape.slice(0, -1), width] };
}

/** A GRU's second bias, that of the state, goes with the first but for the candidate, where Lasagne has none. */
function joinedBias({ data, shape }: HostArray, units: number): HostArray {
  if (shape.length === 1) return { data, shape };
  const width = shape[1] as number;
  const out = data.slice(0, width);
  for (let i = 0; i < width; i++) {
    const ofState = data[width + i] as number;
    if (i >= 2 * units && ofState !== 0) {
      throw new Unsupported("the candidate's bias of the state must be 0, as Lasagne has none");
    }
    out[i] = (out[i] as number) + ofState;
  }
  return { data: out, shape: [width] };
}

const cellTo = ["W_cell_to_ingate", "W_cell_to_forgetgate", "W_cell_to_outgate"];

/** The rows of our peepholes as an array each. */
const seen = (own: string): Part => ({
  own: [own],
  names: cellTo,
  theirs([peepholes]) {
    const { data, shape } = peepholes as HostArray;
    const units = shape[1] as number;
    return cellTo.map((_, row) => ({ data: data.slice(row * units, (row + 1) * units), shape: [units] }));
  },
  ours(theirs) {
    const rows = theirs as readonly [HostArray, HostArray, HostArray];
    const units = rows[0].data.length;
    const data = newArray(hostDType(rows[0]), 3 * units);
    for (const [row, array] of rows.entries()) data.set(array.data, row * units);
    return [{ data, shape: [3, units] }];
  },
});

/** Peepholes of 0, which a layer without them is as good as. */
const unseen = (units: number): Part[] =>
  cellTo.map((name) => ({
    ...constant(name, [units], 0, "build it with { peepholes: true }"),
    optional: true,
  }));

/** A direction of a recurrent layer. @param ownName what the layer calls a weight of it */
function direction({ kind, config, shapes }: Place, ownName: (name: string) => string): Part[] {
  const units = Number(config.units);
  const [kernel, recurrentKernel, bias] = ["kernel", "recurrentKernel", "bias"].map(ownName) as [
    string,
    string,
    string,
  ];
  const start = (name: string) => constant(name, [1, units], 0, "a state to begin with is not there");
  if (kind === "simpleRNN") {
    const biases = shapes[bias] ? [one(bias, "b")] : [];
    return [start("hid_init"), one(kernel, "W_in_to_hid"), ...biases, one(recurrentKernel, "W_hid_to_hid")];
  }
  if (kind === "gru" && config.resetAfter === false) {
    throw new Unsupported("its reset works behind the product; build the layer with { resetAfter: true }");
  }
  if (kind === "gru" && !/^(hardS|s)igmoid/.test(String(config.recurrentActivation))) {
    throw new Unsupported("a GRU with gates of the sigmoid is what can be turned");
  }
  const gates = gatesOf[kind] as (typeof gatesOf)[string];
  const factors = gates.map(([, factor]) => factor);
  const biasShape = shapes[bias];
  const inGates: Part = {
    own: [kernel, recurrentKernel, ...(biasShape ? [bias] : [])],
    names: gates.flatMap(([gate]) => [`W_in_to_${gate}`, `W_hid_to_${gate}`, `b_${gate}`]),
    theirs(ours) {
      const [k, r, given] = ours as [HostArray, HostArray, HostArray | undefined];
      const b = given ? joinedBias(given, units) : filled([gates.length * units], 0);
      return factors.flatMap((factor, g) => [k, r, b].map((each) => columns(each, g * units, units, factor)));
    },
    ours(theirs) {
      const [k, r, b] = [0, 1, 2].map((at) =>
        sideBySide(
          gates.map((_, g) => theirs[3 * g + at] as HostArray),
          factors,
        ),
      ) as [HostArray, HostArray, HostArray];
      if (biasShape?.length !== 2) return [k, r, b];
      const both = newArray(hostDType(b), 2 * b.data.length);
      both.set(b.data);
      return [k, r, { data: both, shape: biasShape }];
    },
    fault: (theirs) =>
      biasShape || theirs.every(({ data }, i) => i % 3 < 2 || data.every((each) => each === 0))
        ? undefined
        : "expected biases of 0, as the layer lacks them; build it with { useBias: true }",
  };
  if (kind === "gru") return [inGates, start("hid_init")];
  const own = ownName("peepholes");
  const peepholes = shapes[own] ? [seen(own)] : unseen(units);
  return [inGates, ...peepholes, start("cell_init"), start("hid_init")];
}

const recurrent: Layout = (place) => direction(place, (name) => name);

const bidirectional: Layout = (place) => {
  const inner = { ...place, ...(place.config.layer as Pick<Place, "kind" | "config">) };
  return ["forward", "backward"].flatMap((way) =>
    direction(inner, (name) => `${way}${name.charAt(0).toUpperCase()}${name.slice(1)}`).map((part) => ({
      ...part,
      names: part.names.map((name) => `${way} ${name}`),
    })),
  );
};

/**
 * How Lasagne's layers keep the weights of ours, in the order of `lasagne.layers.get_all_param_values`.
 *
 * @param flipFilters whether convolutions go over their kernels backwards
 */
export const lasagneLayouts = (flipFilters: boolean): Layouts => ({
  dense,
  conv1d: convolution(flipFilters, 2, 1, 0),
  conv2d: convolution(flipFilters, 3, 2, 0, 1),
  batchNormalization,
  embedding: () => [one("embeddings", "W")],
  prelu: (place) => slopesOf(place, "alpha"),
  simpleRNN: recurrent,
  lstm: recurrent,
  gru: recurrent,
  bidirectional,
});
