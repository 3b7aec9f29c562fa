// Images from class folders in three lines, then resized, cropped and made grey. node examples/course/images.js

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import { decodeImage, drawnDigits, images, split } from "wasmgrad/data";
import { contactSheet } from "wasmgrad/report";
import { picture } from "./picture.js";

const shared = process.env.WASMGRAD_DATA ?? "../shared/data";
const signs = join(shared, "sign-language-digits");
const isShared = existsSync(signs);
const folder = isShared ? signs : await drawnFolder();

// The three lines.
const { dataset, classes, files } = await images(folder);
const [train, dev] = split(dataset, [0.8, 0.2], { stratify: true, seed: 1 });
const [batch] = (await train.batches({ batchSize: 8 })).sync;

console.log(`folder          ${isShared ? "sign-language-digits" : "digits drawn by this program"}`);
console.log(`classes         ${classes.join(" ")}`);
console.log(`images          ${files.length}, of which ${train.size} to train and ${dev.size} for dev`);
console.log(`a batch of x    [${batch.x[0].shape}]`);
console.log(`its y           ${Array.from(batch.y[0].data).join(" ")}`);

const chosen = classes.slice(0, 6).map((name) => files.find((file) => file.startsWith(`${name}/`)));
const each = (options) => Promise.all(chosen.map((file) => decodeImage(join(folder, file), options)));
const row = async (name, options) => ({ name, images: await each(options) });
const svg = await contactSheet({
  title: `One image of each of six classes${isShared ? " (Sign Language Digits, Ankara Ayrancı Anadolu High School)" : ""}`,
  rows: [
    { ...(await row("as it is", {})), labels: chosen.map((file) => `class ${file.split("/")[0]}`) },
    await row("channels: 1", { channels: 1 }),
    await row('size: [48, 96], crop: "aspect"', { size: [48, 96], crop: "aspect" }),
    await row("crop: [60, 60]", { crop: [60, 60] }),
    await row("size: 24", { size: 24 }),
    await row('size: 24, "nearest"', { size: 24, interpolation: "nearest" }),
  ],
  scale: 1,
});
await picture("images", svg);
if (!isShared) await rm(folder, { recursive: true });
const [, height, width] = batch.x[0].shape;
console.log(
  `\nNotice: the folder's name is the class, so ${files.length} files of ${height} × ${width} pixels became rows with labels without a list of them. A network wants one size: crop: "aspect" cuts rather than distorts, and a blended image keeps thin lines that "nearest" loses.`,
);

/** Drawn digits as PNG files in folders named by their class. */
async function drawnFolder() {
  const root = await mkdtemp(join(tmpdir(), "wasmgrad-digits-"));
  const { x, y } = (await drawnDigits({ count: 60 }).batches({ batchSize: 60 })).sync[Symbol.iterator]().next().value;
  for (const [i, label] of y[0].data.entries()) {
    // Four times as large, so that there is something to crop and shrink.
    const data = Uint8Array.from({ length: 112 * 112 }, (_, p) => {
      const [down, across] = [Math.floor(p / 112 / 4), Math.floor((p % 112) / 4)];
      return Math.round(255 * x[0].data[i * 784 + down * 28 + across]);
    });
    await mkdir(join(root, String(label)), { recursive: true });
    await writeFile(join(root, String(label), `${i}.png`), encode({ width: 112, height: 112, channels: 1, data }));
  }
  return root;
}
