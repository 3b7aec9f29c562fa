import { checkSeed } from "../../tensor/random.js";
import { checkName, checkNumber, checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import type { AugmentOptions, Outside, Range, Target } from "../augment.js";

export type Interval = readonly [low: number, high: number];

/** Options as the user gave them, checked; what depends on the images' size waits for them. */
export interface Plan {
  readonly flipAcross: boolean;
  readonly flipDown: boolean;
  /** Height and width that are cut out; undefined: those of the image. */
  readonly cropSize: Interval | undefined;
  readonly padding: Interval;
  /** Degrees. */
  readonly rotate: Interval | undefined;
  readonly zoom: Interval | undefined;
  /** Degrees. */
  readonly shear: Interval | undefined;
  /** In parts of the height and of the width. */
  readonly shiftDown: Interval | undefined;
  readonly shiftAcross: Interval | undefined;
  readonly elastic: { readonly alpha: number; readonly sigma: number } | undefined;
  readonly brightness: Interval | undefined;
  readonly contrast: Interval | undefined;
  readonly cutout: Interval | undefined;
  readonly fillMode: Outside;
  readonly fillValue: number;
  readonly maskFillValue: number;
  readonly valueRange: Interval | undefined;
  readonly target: Target | undefined;
  readonly seed: number | undefined;
}

const names = [
  "flip",
  "crop",
  "rotate",
  "zoom",
  "shear",
  "shift",
  "elastic",
  "brightness",
  "contrast",
  "cutout",
  "fillMode",
  "fillValue",
  "maskFillValue",
  "valueRange",
  "target",
  "seed",
] as const;

/** @throws ValueError for anything that no image could take */
export function planOf(options: AugmentOptions): Plan {
  checkOptions("augment", options, names, true);
  const { flip, crop, elastic, cutout, target, seed } = options;
  if (flip !== undefined) checkName("augment", "flip", flip, ["horizontal", "vertical", "horizontalAndVertical"]);
  if (crop !== undefined) checkParts("crop", crop, ["size", "padding"]);
  if (elastic !== undefined) checkParts("elastic", elastic, ["alpha", "sigma"]);
  if (target !== undefined) checkName("augment", "target", target, ["image", "mask", "points", "boxes"]);
  if (seed !== undefined) checkSeed("augment", seed);
  return {
    flipAcross: flip === "horizontal" || flip === "horizontalAndVertical",
    flipDown: flip === "vertical" || flip === "horizontalAndVertical",
    cropSize: crop?.size === undefined ? undefined : sides("crop.size", crop.size, 1),
    padding: crop?.padding === undefined ? [0, 0] : sides("crop.padding", crop.padding, 0),
    rotate: interval("rotate", options.rotate, { most: 180, low: -180, high: 180 }),
    zoom: interval("zoom", options.zoom, { most: 0.95, low: 0.05, high: 20, middle: 1 }),
    shear: interval("shear", options.shear, { most: 80, low: -80, high: 80 }),
    ...shiftOf(options.shift),
    elastic: elastic && {
      alpha: checkNumber("augment", "elastic.alpha", elastic.alpha, { min: 0 }),
      sigma: checkNumber("augment", "elastic.sigma", elastic.sigma, { min: 0.1, max: 100 }),
    },
    brightness: interval("brightness", options.brightness, { most: 1, low: -1, high: 1 }),
    contrast: interval("contrast", options.contrast, { most: 1, low: 0, high: 100, middle: 1 }),
    cutout: cutout === undefined ? undefined : sides("cutout", cutout, 1),
    fillMode: checkName("augment", "fillMode", options.fillMode ?? "constant", ["constant", "nearest", "reflect"]),
    fillValue: checkNumber("augment", "fillValue", options.fillValue ?? 0),
    maskFillValue: checkNumber("augment", "maskFillValue", options.maskFillValue ?? 0),
    valueRange: rangeOf(options.valueRange),
    target,
    seed,
  };
}

/** An option that is an object of options, at least one of them. */
function checkParts(name: string, value: unknown, parts: readonly string[]): void {
  const known = value !== null && typeof value === "object" && !Array.isArray(value) ? Object.keys(value) : [];
  if (known.length > 0 && known.every((key) => parts.includes(key))) return;
  throw new ValueError(`augment: ${name} expected an object with ${parts.join(", ")}, got ${show(value)}`);
}

interface Bounds {
  /** What a single number, the widest change, may be. */
  readonly most: number;
  /** What the ends of a pair may be. */
  readonly low: number;
  readonly high: number;
  /** No change; default 0. */
  readonly middle?: number;
}

/** `n` → [middle − n, middle + n]; a pair as it is. */
function interval(name: string, value: Range | undefined, { most, low, high, middle = 0 }: Bounds) {
  if (value === undefined) return undefined;
  if (typeof value === "number") {
    checkNumber("augment", name, value, { min: 0, max: most });
    return [middle - value, middle + value] as const;
  }
  if (!Array.isArray(value) || value.length !== 2) {
    throw new ValueError(`augment: ${name} expected a number or [low, high], got ${show(value)}`);
  }
  const [from, to] = value as [number, number];
  checkNumber("augment", `${name}[0]`, from, { min: low, max: high });
  checkNumber("augment", `${name}[1]`, to, { min: from, max: high });
  return [from, to] as const;
}

function shiftOf(shift: AugmentOptions["shift"]) {
  const bounds = { most: 1, low: -1, high: 1 };
  if (shift === undefined || typeof shift === "number" || Array.isArray(shift)) {
    const both = interval("shift", shift as Range | undefined, bounds);
    return { shiftDown: both, shiftAcross: both };
  }
  checkParts("shift", shift, ["height", "width"]);
  const { height, width } = shift as { height?: Range; width?: Range };
  return {
    shiftDown: interval("shift.height", height, bounds),
    shiftAcross: interval("shift.width", width, bounds),
  };
}

/** A whole number of pixels for both sides, or [height, width]. */
function sides(name: string, value: number | readonly [number, number], min: number): Interval {
  if (Array.isArray(value) && value.length === 2) {
    value.forEach((side, i) => checkNumber("augment", `${name}[${i}]`, side, { min, whole: true }));
    return value as unknown as Interval;
  }
  const side = checkNumber("augment", name, value, { min, whole: true });
  return [side, side];
}

function rangeOf(value: AugmentOptions["valueRange"]): Interval | undefined {
  if (value === undefined) return undefined;
  const ok = Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] < value[1];
  if (!ok)
    throw new ValueError(`augment: valueRange expected [lowest, highest] of the pixels' values, got ${show(value)}`);
  return value;
}

/** The sizes of an image before and after. */
export interface Sizes {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** @throws ShapeError where rows are no images, or too small for the plan */
export function sizesOf({ cropSize, padding, cutout }: Plan, row: Shape): Sizes {
  if ((row.length !== 2 && row.length !== 3) || row.includes(0)) {
    throw new ShapeError(
      `augment: dataset expected images as rows of x, [height, width] or [height, width, channels], got rows of ${showShape(row)}; ` +
        "load them without flatten, and begin the model with layers.flatten()",
    );
  }
  const [height, width, channels = 1] = row as [number, number, number | undefined];
  const [outHeight, outWidth] = cropSize ?? [height, width];
  const [top, left] = padding;
  if (outHeight > height + 2 * top || outWidth > width + 2 * left) {
    throw new ShapeError(
      `augment: crop.size expected at most ${showShape([height + 2 * top, width + 2 * left])}, the image with its padding, ` +
        `got ${showShape([outHeight, outWidth])}`,
    );
  }
  if (cutout && (cutout[0] > outHeight || cutout[1] > outWidth)) {
    throw new ShapeError(
      `augment: cutout expected at most the image, ${showShape([outHeight, outWidth])}, got ${showShape(cutout)}`,
    );
  }
  return { height, width, channels, outHeight, outWidth };
}
