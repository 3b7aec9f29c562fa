import type { DataView2D } from "../../protocol.js";
import { surfaceLook } from "./look.js";
import { type Surface, surfaceLines } from "./paint.js";
import { dots, shapeOf } from "./points.js";

interface PictureParts {
  readonly title: string;
  readonly data: DataView2D;
  readonly surface: Surface | undefined;
  /** The painted surface as a data URL. */
  readonly image: string | undefined;
  readonly dark: boolean;
  readonly shown: readonly boolean[];
}

const SIZE = 480;
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const short = (value: number): string => String(Number(value.toFixed(2)));

/** The picture as a drawing: the surface as an image, its lines and the rows as shapes. */
export function pictureSvg({ title, data, surface, image, dark, shown }: PictureParts): string {
  const background = dark ? "#171b22" : "#ffffff";
  const ink = dark ? "#f2f4f8" : "#171b22";
  const classified = data.task === "classification";
  const scale = surface === undefined ? 1 : SIZE / (surface.side - 1);
  const lines = surface === undefined ? [] : surfaceLines(surface, data);
  const paths = lines.map((line) => {
    let d = "";
    for (let i = 0; i < line.length; i += 4) {
      const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = line.slice(i, i + 4).map((value) => value * scale);
      d += `M${short(x0)} ${short(y0)}L${short(x1)} ${short(y1)}`;
    }
    return `<path d="${d}" fill="none" stroke="${ink}" stroke-width="${classified ? 1.75 : 0.75}"/>`;
  });
  const outline = classified ? background : ink;
  const marks = dots(data, SIZE, surfaceLook(dark), shown).map(
    (dot) =>
      `<path d="${shapeOf(dot.part)}" transform="translate(${short(dot.x)} ${short(dot.y)})" fill="${dot.color}" stroke="${outline}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}" viewBox="0 0 ${SIZE} ${SIZE}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${SIZE}" height="${SIZE}" fill="${background}"/>`,
    image === undefined ? "" : `<image href="${image}" width="${SIZE}" height="${SIZE}"/>`,
    ...paths,
    ...marks,
    "</svg>",
  ].join("\n");
}
