import { kernels } from "../../src/backend/engine.js";
import * as wg from "../../src/index.js";
import { pullBack } from "./pull-back.js";
import { uniform } from "./random.js";

type DType = "float32" | "float64";

export function noise(shape: readonly number[], seed: number, dtype: DType = "float32"): wg.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return wg.tensor(uniform(size, -2, 2, seed), shape, dtype);
}

const positive = (shape: readonly number[], seed: number) => wg.add(wg.abs(noise(shape, seed)), 0.1);

/** What it makes of the inputs, and their gradients. */
function both(run: (...x: wg.Tensor[]) => wg.Tensor, ...x: wg.Tensor[]): wg.Tensor[] {
  const { shape, dtype } = run(...x);
  const { y, gradients } = pullBack(x, noise(shape, 99, dtype as DType), () => run(...x));
  return [y, ...gradients];
}

const bool = (seed: number) => wg.greater(noise([101, 37], seed), 0);

/** Functions of one tensor, by the inputs on which they are defined. */
const anywhere: ((x: wg.Tensor) => wg.Tensor)[] = [
  ...[
    wg.relu,
    wg.leakyRelu,
    wg.elu,
    wg.selu,
    wg.tanh,
    wg.sigmoid,
    wg.softplus,
    wg.hardSigmoid,
    wg.hardSigmoidKeras2,
    wg.silu,
    wg.gelu,
  ],
  ...[wg.exp, wg.expm1, wg.square, wg.abs, wg.neg, wg.sign, wg.floor, wg.ceil, wg.round, wg.sin, wg.cos, wg.erf],
  ...[wg.tan, wg.atan, wg.sinh, wg.cosh, wg.asinh, wg.hardSwish, wg.mish, wg.softsign],
];
const within = [wg.asin, wg.acos, wg.atanh];
const ofPositive = [wg.log, wg.log1p, wg.sqrt, wg.rsqrt, wg.reciprocal];
const ofTwo = [
  wg.add,
  wg.sub,
  wg.mul,
  wg.div,
  wg.divNoNan,
  wg.pow,
  wg.maximum,
  wg.minimum,
  wg.squaredDifference,
  wg.mod,
  wg.fmod,
];

/** Targets and predictions of each loss. */
const lossInputs = (): Record<string, [targets: wg.Tensor, output: wg.Tensor]> => {
  const [logits, odds] = [noise([333, 11], 1), wg.sigmoid(noise([333, 11], 3))];
  const classes = wg.argMax(noise([333, 11], 2), 1);
  const [distribution, bits] = [wg.softmax(noise([333, 11], 2)), wg.sigmoid(noise([333, 11], 2))];
  return {
    categoricalCrossentropy: [distribution, wg.softmax(logits)],
    sparseCategoricalCrossentropy: [classes, wg.softmax(logits)],
    binaryCrossentropy: [bits, odds],
    meanSquaredError: [bits, logits],
    meanAbsoluteError: [bits, logits],
    halfSquaredError: [bits, logits],
    huber: [bits, logits],
    logCosh: [bits, logits],
    binaryFocalCrossentropy: [bits, odds],
    categoricalFocalCrossentropy: [distribution, wg.softmax(logits)],
  };
};

/**
 * One entry for each family of kernels, large enough to be cut in many places that are no multiple of a tile, a vector or a cache line.
 * Every kernel that has a rule in src/backend/cuts.ts is used by one of them, or by the training runs beside them.
 */
export const operations: Record<string, () => wg.Tensor[]> = {
  "matmul, three forms": () => {
    const [a, b, t] = [noise([203, 151], 1), noise([151, 77], 2), noise([203, 77], 3)];
    const turned = [wg.matmul(a, t, true), wg.matmul(t, b, false, true), wg.matmul(b, a, true, true)];
    return [...turned, ...both((x, y) => wg.matmul(x, y), a, b)];
  },
  "narrow products": () => [
    wg.matmul(noise([1003, 64], 1), noise([64, 1], 2)),
    wg.matmul(noise([1, 640], 1), noise([640, 130], 2)),
    wg.matmul(noise([500, 30], 1), noise([30, 10], 2)),
  ],
  "dense with bias and activation, f64": () => {
    const [x, w, b] = [noise([131, 60], 1, "float64"), noise([60, 50], 2, "float64"), noise([50], 3, "float64")];
    return ["tanh", "gelu"].flatMap((activation) =>
      both((x, w, b) => wg.dense(x, w, b as wg.Tensor, { activation: activation as "tanh" }), x, w, b),
    );
  },
  "a narrow bias": () =>
    both((x, w, b) => wg.dense(x, w, b as wg.Tensor), noise([3001, 5], 1), noise([5, 10], 2), noise([10], 3)),
  convolution: () => {
    const [x, kernel, bias] = [noise([3, 17, 18, 5], 1), noise([3, 3, 5, 9], 2), noise([9], 3)];
    return both((x, kernel, bias) => wg.conv2d(x, kernel, 1, "same", { bias, activation: "relu" }), x, kernel, bias);
  },
  "depthwise convolution": () =>
    both((x, kernel) => wg.depthwiseConv2d(x, kernel), noise([3, 17, 18, 9], 1), noise([3, 3, 9, 1], 2)),
  "transposed convolution": () =>
    both((x, kernel) => wg.conv2dTranspose(x, kernel, [19, 17, 7], 2), noise([3, 9, 8, 5], 1), noise([3, 3, 7, 5], 2)),
  "of one tensor": () => [
    ...anywhere.flatMap((run) => both((x) => run(x), noise([101, 37], 1))),
    ...ofPositive.flatMap((run) => both((x) => run(x), positive([101, 37], 1))),
    ...within.flatMap((run) => both((x) => run(x), wg.tanh(noise([101, 37], 1)))),
    ...both((x) => wg.acosh(x), wg.add(positive([101, 37], 1), 1)),
    ...both((x) => wg.gelu(x, { approximate: true }), noise([101, 37], 1)),
    ...both((x) => wg.clipByValue(x, -1, 1), noise([101, 37], 1)),
    wg.isNaN(noise([101, 37], 1)),
    wg.isFinite(noise([101, 37], 1)),
  ],
  "of two tensors, stretched too": () => [
    ...ofTwo.flatMap((run) => both((x, y) => run(x, y), positive([101, 37], 1), noise([101, 37], 2))),
    ...both((x, y, z) => wg.mul(wg.add(x, y), z), noise([101, 37], 1), noise([37], 2), noise([101, 1], 3)),
    ...both((x, y) => wg.sub(y, x), noise([101, 37], 1), noise([37], 2)),
  ],
  comparing: () => {
    const [a, b, c] = [noise([101, 37], 1), noise([101, 37], 2), bool(3)];
    const flags = [wg.equal(a, b), wg.notEqual(a, b), wg.less(a, b), wg.lessEqual(a, b), wg.greater(a, b)];
    const logic = [wg.logicalAnd(c, bool(4)), wg.logicalOr(c, bool(4)), wg.logicalNot(c)];
    const [p, q] = [wg.cast(a, "int32"), wg.cast(b, "int32")];
    return [...flags, ...logic, ...both((x, y) => wg.where(c, x, y), a, b), wg.where(c, p, q)];
  },
  casting: () => {
    const [x, y] = [noise([101, 37], 1), noise([101, 37], 2, "float64")];
    const to = ["int32", "uint8", "bool"] as const;
    const there = to.flatMap((dtype) => [wg.cast(x, dtype), wg.cast(y, dtype)]);
    const back = there.map((each) => wg.cast(each, "float32"));
    return [...there, ...back, ...both((x) => wg.cast(x, "float64"), x), ...both((x) => wg.cast(x, "float32"), y)];
  },
  reductions: () => {
    const x = noise([70, 611], 1);
    const along = [wg.sum, wg.mean, wg.max, wg.min, wg.logSumExp, wg.std] as const;
    return [
      ...along.flatMap((reduce) => [0, 1, undefined].flatMap((axis) => both((x) => reduce(x, axis), x))),
      ...both((x) => wg.prod(wg.tanh(x), 1), x),
      ...[1, 2, Number.POSITIVE_INFINITY].flatMap((ord) => both((x) => wg.norm(x, ord, 0), x)),
      ...[1, 2, Number.POSITIVE_INFINITY].flatMap((ord) => both((x) => wg.norm(x, ord), x)),
      wg.argMax(x, 1),
      wg.argMin(x, 0),
    ];
  },
  softmax: () => [
    ...both((x) => wg.softmax(x), noise([333, 11], 1)),
    ...both((x) => wg.logSoftmax(x), noise([333, 11], 1)),
  ],
  "attention and learnt slopes": () => {
    const [q, k, v] = [noise([3, 5, 37, 11], 1), noise([3, 5, 41, 11], 2), noise([3, 5, 41, 7], 3)];
    const mask = wg.greater(noise([3, 1, 37, 41], 4), -1);
    return [
      ...both((q, k, v) => wg.attention(q, k, v as wg.Tensor, { mask }), q, k, v),
      ...both((q, k) => wg.attentionWeights(q, k as wg.Tensor, { causal: true }), q, k),
      ...both((x, alpha) => wg.prelu(x, alpha as wg.Tensor), noise([301, 37], 1), noise([37], 2)),
    ];
  },
  "recurrent layers": () => {
    const x = noise([67, 3, 5], 1);
    const mask = wg.greater(noise([67, 3], 2), -1);
    const weights = (gates: number) => [noise([5, gates * 19], 3), noise([19, gates * 19], 4)] as const;
    const [peepholes, biases] = [noise([3, 19], 5), noise([2, 57], 6)];
    return [
      ...both((x, w, r) => wg.simpleRnn(x, w, r as wg.Tensor, null, { mask }).sequence, x, ...weights(1)),
      ...both(
        (x, w, r, p) => wg.lstm(x, w, r, null, { mask, peepholes: p as wg.Tensor }).c,
        x,
        ...weights(4),
        peepholes,
      ),
      ...both((x, w, r, b) => wg.gru(x, w, r, b as wg.Tensor, { mask }).sequence, x, ...weights(3), biases),
      ...both((x, w, r) => wg.gru(x, w, r, null, { mask, resetAfter: false }).sequence, x, ...weights(3)),
    ];
  },
  losses: () =>
    Object.entries(lossInputs()).flatMap(([name, [targets, output]]) => {
      const loss = wg.losses.lossNamed(name);
      const { fused } = loss;
      return [
        ...both((x) => loss.perSample(targets, x), output),
        ...Object.values(loss.withGradient?.(targets, output, undefined) ?? {}),
        ...Object.values(fused?.withGradient?.(targets, output, undefined) ?? {}),
        ...(fused ? both((x) => fused.perSample(targets, x).loss, noise([333, 11], 1)) : []),
      ];
    }),
  "what is kept from the denormals": () => {
    const x = wg.tensor(noise([5003], 1));
    kernels("float32").keep_normal(x.at, 1, 0, x.size);
    return [x];
  },
  "batch normalization": () => {
    const [x, gamma, beta] = [noise([1100, 19], 1), noise([19], 2), noise([19], 3)];
    const moving = { movingMean: noise([19], 4), movingVariance: positive([19], 5) };
    return (["linear", "relu", "tanh"] as const).flatMap((activation) => [
      ...both((x, gamma, beta) => wg.batchNorm(x, { gamma, beta, training: true, activation }), x, gamma, beta),
      ...both((x, gamma, beta) => wg.batchNorm(x, { gamma, beta, ...moving, activation }), x, gamma, beta),
    ]);
  },
  "layer, group and RMS normalization": () => {
    const [x, gamma, beta] = [noise([333, 18], 1), noise([18], 2), noise([18], 3)];
    const image = noise([5, 67, 18], 4);
    return [
      ...both((x, gamma, beta) => wg.layerNorm(x, { gamma, beta }), x, gamma, beta),
      ...both((x, gamma) => wg.rmsNorm(x, { gamma }), x, gamma),
      ...both((x, gamma, beta) => wg.groupNorm(x, { groups: 3, gamma, beta }), image, gamma, beta),
    ];
  },
  pooling: () => {
    const x = noise([5, 12, 10, 7], 1);
    const how = [[2], [3, 1], [3, 2, "same"], [[12, 10]]] as [number, number?, "same"?][];
    return [
      ...how.flatMap((given) => both((x) => wg.maxPool(x, ...given), x)),
      ...how.flatMap((given) => both((x) => wg.avgPool(x, ...given), x)),
      ...both((x) => wg.maxPool(x, 3, 2, 1, { ceilMode: true }), x),
      ...both((x) => wg.avgPool(x, 3, 2, 1, { ceilMode: true, dilations: 2, countIncludePad: true }), x),
    ];
  },
  resizing: () => {
    const x = noise([5, 6, 5, 7], 1);
    const sizes = [
      [12, 10],
      [9, 4],
    ] as const;
    return [
      ...sizes.flatMap((size) => both((x) => wg.resizeNearestNeighbor(x, size), x)),
      ...sizes.flatMap((size) => both((x) => wg.resizeBilinear(x, size), x)),
      ...both((x) => wg.resizeBilinear(x, [11, 9], { coordinates: "alignCorners" }), x),
    ];
  },
  "moving elements": () => {
    const [x, cube] = [noise([60, 70, 11], 1), noise([5, 7, 6, 9], 2)];
    return [
      ...[
        [2, 1, 0],
        [1, 0, 2],
        [0, 2, 1],
        [2, 0, 1],
      ].flatMap((perm) => both((x) => wg.transpose(x, perm), x)),
      ...both((x) => wg.transpose(x, [3, 1, 0, 2]), cube),
      ...both((x) => wg.concat([x, x], 1), x),
      // Parts of the first, the second and the last axis, of two, and of all.
      ...[
        [7, 0, 0],
        [0, 13, 0],
        [0, 0, 4],
        [0, 13, 4],
        [7, 13, 4],
      ].flatMap((begin) => both((x) => wg.slice(x, begin, [50, 51, 5]), x)),
      ...both((x) => wg.slice(x, [1, 2, 1, 3], [3, 4, 4, 5]), cube),
      ...both(
        (x) =>
          wg.pad(x, [
            [1, 2],
            [3, 0],
            [0, 1],
          ]),
        x,
      ),
      ...both((x) => wg.reverse(x, [0, 2]), x),
      ...both((x) => wg.stridedSlice(x, [null, -3, 1], [null, 2, null], [-3, -2, 2]), x),
      ...both((x) => wg.tile(x, [1, 2, 3]), x),
      ...both((x) => wg.broadcastTo(x, [3, 60, 70, 11]), x),
    ];
  },
  gathering: () => {
    const indices = wg.cast(wg.abs(wg.mul(noise([301], 3), 14)), "int32");
    return [
      ...both((x) => wg.gather(x, indices), noise([29, 40], 1)),
      ...both((x) => wg.gather(x, indices, 1), noise([3, 29, 33], 2)),
      wg.oneHot(indices, 29),
    ];
  },
  "order and running sums": () => {
    const x = noise([60, 70, 11], 1);
    return [
      ...[0, 1, 2].flatMap((axis) => [
        ...both((x) => wg.cumsum(x, axis, axis === 1), x),
        ...both((x) => wg.cumprod(x, axis, false, axis === 1), x),
        ...both((x) => wg.topk(x, 5, { axis }).values, x),
      ]),
      wg.argMax(x, 1, false, true),
    ];
  },
  scattering: () => {
    const indices = wg.cast(wg.abs(wg.mul(noise([60, 9, 11], 3), 34)), "int32");
    return (["none", "add", "mul", "max"] as const).flatMap((reduction) =>
      both(
        (x, updates) => wg.scatterElements(x, indices, updates, 1, reduction),
        noise([60, 70, 11], 1),
        noise([60, 9, 11], 2),
      ),
    );
  },
  filling: () => {
    const [whole, bytes] = [wg.ones([301], "int32"), wg.ones([301], "uint8")];
    return [wg.pad(whole, [[5, 9]], 3), wg.pad(bytes, [[5, 9]], 3), wg.full([301], 2), wg.zeros([301])];
  },
  clipping: () => [
    ...both((x) => wg.clipByNorm(x, 1), noise([301, 31], 1)),
    ...both((x) => wg.penalty(x, { l1: 0.1, l2: 0.2 }), noise([301, 31], 1)),
  ],
  "random numbers": () => {
    wg.setSeed(5);
    const x = noise([5003], 1);
    const drawn = [wg.randomNormal([5003]), wg.randomUniform([999, 3]), wg.truncatedNormal([5003])];
    return [...drawn, ...both((x) => wg.dropout(x, 0.3, { seed: 3 }), x)];
  },
  "flat vectors": () => {
    const k = kernels("float32");
    const [y, z, x] = [noise([5003], 1), noise([5003], 2), noise([5003], 3)];
    k.add_scaled(y.at, x.at, 0.3, 0, 5003);
    k.move_towards(z.at, x.at, 0.1, 0, 5003);
    k.multiply_by(y.at, y.at, 0.7, 3, 5000);
    return [y, z];
  },
};
