import { size } from "../workloads/make.js";

/**
 * A network whose images and filters have their channels first: images `[batch, channels, height, width]`, filters
 * `[filters, channels, height, width]`, and the rows of a dense kernel behind a flatten in the same order. `back` takes weights of that
 * layout to that of the workload. Networks without images stay as they are.
 */
export function channelsFirst({ inputShape, layers, weights, x, batch, ...rest }) {
  const orders = [];
  let shape = inputShape;
  let flattened;
  for (const { type, units, filters, poolSize, useBias = true } of layers) {
    const vectors = () => orders.push(...(useBias ? [undefined] : []));
    if (type === "dense") {
      orders.push(flattened && rowOrder(flattened, units));
      vectors();
      [shape, flattened] = [[units], undefined];
    } else if (type === "conv2d") {
      orders.push(transposed(weights[orders.length].shape, [3, 2, 0, 1]));
      vectors();
      shape = [shape[0], shape[1], filters];
    } else if (type === "batchNormalization") orders.push(undefined, undefined);
    else if (type === "maxPooling2d") shape = [...shape.slice(0, 2).map((n) => Math.floor(n / poolSize)), shape[2]];
    else if (type === "flatten") flattened = shape;
  }
  const isImage = inputShape.length === 3;
  return {
    ...rest,
    layers,
    batch,
    inputShape: isImage ? [inputShape[2], inputShape[0], inputShape[1]] : inputShape,
    x: isImage ? take(x, transposed([batch, ...inputShape], [0, 3, 1, 2])) : x,
    weights: weights.map(({ name, shape: dims, data }, i) => ({
      name,
      shape: dims.length === 4 ? [dims[3], dims[2], dims[0], dims[1]] : dims,
      data: orders[i] ? take(data, orders[i]) : data,
    })),
    back: (arrays) => arrays.map((data, i) => (orders[i] ? put(data, orders[i]) : data)),
  };
}

/** Where each element of a transposed array comes from. */
function transposed(shape, axes) {
  const strides = shape.map((_, axis) => size(shape.slice(axis + 1)));
  let from = [0];
  for (const axis of axes) {
    from = from.flatMap((start) => Array.from({ length: shape[axis] }, (_, i) => start + i * strides[axis]));
  }
  return from;
}

/** Where each element of a dense kernel comes from whose rows go from `[height, width, channels]` to channels first. */
function rowOrder(shape, units) {
  return transposed(shape, [2, 0, 1]).flatMap((row) => Array.from({ length: units }, (_, unit) => row * units + unit));
}

const take = (data, order) => Float32Array.from(order, (from) => data[from]);

function put(data, order) {
  const out = new Float32Array(data.length);
  order.forEach((to, i) => {
    out[to] = data[i];
  });
  return out;
}
