import { checkNumber, checkOptions, checkText, show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { checkHostArray, type HostArray, isHostArray } from "../util/host-array.js";
import { showShape } from "../util/shapes.js";
import { checkList } from "./chart.js";
import { AXIS } from "./palette.js";
import { pngUri } from "./png.js";
import { escapeXml, textAt, textWidth, wrap } from "./text.js";

/** Images side by side, with a name at the left. */
export interface SheetRow {
  name: string;
  /** `[height, width]`, `[height, width, 1]` or `[height, width, 3]`: bytes from 0 to 255, or floats from 0 (black) to 1, cut to that range. */
  images: HostArray[];
  /** A line below each image. */
  labels?: string[];
}

export interface ContactSheetOptions {
  title: string;
  rows: SheetRow[];
  /** Screen pixels for each pixel, a whole number. Default: as many as make the largest image about 84 wide. */
  scale?: number;
}

const MARGIN = 16;
const GAP = 8;
const SIDE = 84;
/** A row of more images goes on in the next line. */
const WIDEST = 1000;
const LABEL = 11;
const NAME_WIDTH = 150;

/**
 * Rows of small images, magnified with sharp pixels, as SVG: digits with what a model took them for, images before and after augmentation.
 *
 * @param options.scale screen pixels for each pixel; default: such that the largest image is about 84 pixels wide
 * @throws ValueError for an unknown option, no title, no row, labels that are not one for each image, integers that are no bytes, NaN
 * @throws ShapeError for an array that is no image
 * @throws PlatformError where `fast-png` is not installed
 * @example
 * const dot = { data: Uint8Array.of(0, 255, 255, 0), shape: [2, 2] };
 * const svg = await contactSheet({ title: "Dots", rows: [{ name: "before", images: [dot], labels: ["a dot"] }] });
 * svg.includes("a dot"); // true
 */
export async function contactSheet(options: ContactSheetOptions): Promise<string> {
  checkOptions("contactSheet", options, ["title", "rows", "scale"], true);
  const { title, rows } = options;
  checkText("contactSheet", "title", title);
  checkList<SheetRow>("contactSheet", "rows", rows, ["name", "images", "labels"]).forEach(checkRow);
  const sides = rows.flatMap(({ images }) => images.map(({ shape }) => shape[1] as number));
  const scale = options.scale ?? Math.max(1, Math.round(SIDE / Math.max(...sides)));
  checkNumber("contactSheet", "scale", scale, { min: 1, max: 100, whole: true });

  const names = Math.min(Math.max(...rows.map(({ name }) => textWidth(name, 12, true))), NAME_WIDTH);
  const left = MARGIN + names + 14;
  const parts: string[] = [];
  let [width, y] = [0, MARGIN];
  for (const row of rows) {
    const cells = row.images.map(({ shape: [h = 0, w = 0] }) => ({ width: w * scale, height: h * scale }));
    const labels = row.labels?.map((label, i) => wrap(label, Math.max(cells[i]?.width ?? 0, 40) + 6, LABEL)) ?? [];
    const top = y;
    let x = left;
    let bottom = y;
    for (const [i, cell] of cells.entries()) {
      const step = Math.max(cell.width, 40);
      if (x > left && x + step > left + WIDEST) [x, y] = [left, bottom + GAP];
      const uri = await imageUri(row.images[i] as HostArray, scale);
      parts.push(`<image x="${x}" y="${y}" width="${cell.width}" height="${cell.height}" href="${uri}"/>`);
      parts.push(
        `<rect x="${x - 0.5}" y="${y - 0.5}" width="${cell.width + 1}" height="${cell.height + 1}" fill="none" stroke="${AXIS}"/>`,
      );
      labels[i]?.forEach((line, j) => {
        parts.push(textAt(line, x + cell.width / 2, y + cell.height + 13 + j * 13, LABEL, "middle"));
      });
      bottom = Math.max(bottom, y + cell.height + (labels[i]?.length ?? 0) * 13 + (labels[i] ? 5 : 0));
      x += step + GAP;
      width = Math.max(width, x - GAP);
    }
    const lines = wrap(row.name, NAME_WIDTH, 12, true);
    const middle = top + (cells[0]?.height ?? 0) / 2 - (lines.length - 1) * 7.5 + 4;
    lines.forEach((line, j) => {
      parts.push(textAt(line, MARGIN, Math.max(middle, top + 11) + j * 15, 12, "start", true));
    });
    y = Math.max(bottom, top + lines.length * 15) + 14;
  }
  width = Math.max(width, 320) + MARGIN;
  const head = wrap(title, width - 2 * MARGIN, 16, true);
  const above = head.length * 21 + 10;
  const height = Math.ceil(y + above + MARGIN - 14);
  width = Math.ceil(width);
  return [
    `<svg role="img" width="${width}" height="${height}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...head.map((line, i) => textAt(line, MARGIN, MARGIN + 13 + i * 21, 16, "start", true)),
    `<g transform="translate(0 ${above})" style="image-rendering:pixelated">`,
    ...parts,
    "</g>",
    "</svg>",
  ].join("\n");
}

function checkRow({ images, labels }: SheetRow, i: number): void {
  if (!Array.isArray(images) || images.length === 0) {
    throw new ValueError(
      `contactSheet: rows[${i}].images expected an array of { data, shape } that is not empty, got ${show(images)}`,
    );
  }
  images.forEach((image, j) => {
    checkImage(`rows[${i}].images[${j}]`, image);
  });
  if (labels === undefined) return;
  if (!Array.isArray(labels) || labels.length !== images.length) {
    throw new ValueError(
      `contactSheet: rows[${i}].labels expected ${images.length} texts, one for each image, got ${Array.isArray(labels) ? labels.length : show(labels)}`,
    );
  }
  labels.forEach((label, j) => {
    checkText("contactSheet", `rows[${i}].labels[${j}]`, label);
  });
}

function checkImage(name: string, image: unknown): void {
  if (!isHostArray(image)) {
    throw new ValueError(`contactSheet: ${name} expected { data, shape }, got ${show(image)}`);
  }
  const { data, shape } = checkHostArray("contactSheet", name, image);
  const isImage = (shape.length === 2 || (shape.length === 3 && (shape[2] === 1 || shape[2] === 3))) && data.length > 0;
  if (!isImage) {
    throw new ShapeError(
      `contactSheet: ${name}.shape expected [height, width], [height, width, 1] or [height, width, 3], got ${showShape(shape)}`,
    );
  }
  const isBytes = !(data instanceof Float32Array || data instanceof Float64Array);
  for (const value of data) {
    if (Number.isNaN(value) || (isBytes && (value < 0 || value > 255))) {
      throw new ValueError(
        `contactSheet: ${name}.data expected bytes from 0 to 255 or floats from 0 to 1, got ${value}`,
      );
    }
  }
}

/** Each pixel as a square of `scale`: viewers differ in how they magnify. */
async function imageUri({ data, shape }: HostArray, scale: number): Promise<string> {
  const [height = 0, width = 0, channels = 1] = shape;
  const unit = data instanceof Float32Array || data instanceof Float64Array ? 255 : 1;
  const [wide, high] = [width * scale, height * scale];
  const pixels = new Uint8Array(wide * high * 3);
  let next = 0;
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const at = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
      for (let c = 0; c < 3; c++) {
        const value = data[at + (channels === 3 ? c : 0)] as number;
        pixels[next++] = Math.round(Math.min(Math.max(value * unit, 0), 255));
      }
    }
  }
  return pngUri("contactSheet", wide, high, pixels);
}
