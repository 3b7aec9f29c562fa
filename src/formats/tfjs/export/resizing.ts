import { type FileArray, fromHost } from "../../../util/file-array.js";
import type { Shape } from "../../../util/shapes.js";
import type { Helper, Written } from "../../keras/export/written.js";

// TensorFlow.js's layers see the centres of pixels elsewhere than Keras's. Along one axis a resized image is its product with a matrix, and so a dense
// layer that is not trained, with the axis turned to the end.

/** The matrix [from, to] of one axis: which pixels each of the new ones is made of. */
function along(from: number, to: number, isNearest: boolean): FileArray {
  const data = new Float32Array(from * to);
  const put = (pixel: number, i: number, share: number) => {
    data[pixel * to + i] = (data[pixel * to + i] as number) + share;
  };
  for (let i = 0; i < to; i++) {
    const place = Math.max(((2 * i + 1) * from - to) / (2 * to), 0);
    const before = Math.floor(place);
    if (isNearest) put(Math.floor(((2 * i + 1) * from) / (2 * to)), i, 1);
    else {
      put(before, i, 1 - (place - before));
      put(Math.min(before + 1, from - 1), i, place - before);
    }
  }
  return fromHost("save", { data, shape: [from, to] });
}

const dense = (units: number) => ({ units, activation: "linear", use_bias: false, trainable: false });

/** A resizing, or an enlargement that is not to the nearest pixels, as two products. */
export function resizedByProducts({ className, config }: Written, row: Shape, out: Shape): Written | undefined {
  const isBilinear = config.interpolation === "bilinear";
  if (className !== "Resizing" && !(className === "UpSampling2D" && isBilinear)) return undefined;
  const [height, width, channels] = row as [number, number, number];
  const [newHeight, newWidth] = out as [number, number, number];
  const turned = (suffix: string, dims: readonly number[], shape: Shape): Helper => ({
    suffix,
    className: "Permute",
    config: { dims },
    shape,
  });
  const widths: Helper = {
    suffix: "width",
    className: "Dense",
    config: dense(newWidth),
    shape: [height, channels, newWidth],
    weights: [["kernel", along(width, newWidth, !isBilinear)]],
  };
  return {
    className: "Dense",
    config: dense(newHeight),
    before: [
      turned("turned", [1, 3, 2], [height, channels, width]),
      widths,
      turned("upright", [3, 2, 1], [newWidth, channels, height]),
    ],
    behind: [turned("back", [3, 1, 2], out)],
    shape: [newWidth, channels, newHeight],
    hold: () => ({ own: [["kernel", along(height, newHeight, !isBilinear)]] }),
  };
}
