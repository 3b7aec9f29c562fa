import { platform } from "#platform";
import { show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import type { BlobLike, FileSource, UrlLike } from "../../util/file-source.js";

/** A file of an image: by its path or URL, as a `File` that a page was given, or with a name of the form `"class/file.png"`. */
export type ImageFile = string | UrlLike | BlobLike | { readonly name: string; readonly source: FileSource };

/** One file, and what it is called: its path below the folder of the classes, parted by "/". */
export interface Named {
  readonly name: string;
  readonly source: FileSource;
}

const IMAGE = /\.(png|jpe?g)$/i;

/** Images, and the other files. Classes are those of the images and folders without any. */
export interface Listing {
  readonly files: readonly Named[];
  readonly ignored: readonly string[];
  /** Folders directly in the one given, where it is a folder. */
  readonly folders: readonly string[];
}

/** Everything in a folder, folders within folders too. Names that begin with a dot are passed over. */
export async function listFolder(path: string): Promise<Listing> {
  const root = path.replace(/[\\/]+$/, "") || "/";
  const part = (name: string) => (root.startsWith("file:") ? encodeURIComponent(name) : name);
  const files: Named[] = [];
  const ignored: string[] = [];
  const folders: string[] = [];
  const visit = async (folder: string, prefix: string): Promise<void> => {
    for (const { name, isFolder } of await platform.listFolder(folder)) {
      if (name.startsWith(".")) continue;
      const [at, full] = [`${folder}/${part(name)}`, `${prefix}${name}`];
      if (isFolder) {
        if (prefix === "") folders.push(name);
        await visit(at, `${full}/`);
      } else if (IMAGE.test(name)) files.push({ name: full, source: at });
      else ignored.push(full);
    }
  };
  await visit(root, "");
  return { files, ignored, folders };
}

/** The same for files that the caller lists. The class is the last folder in a file's name. @throws ValueError */
export function listFiles(given: readonly ImageFile[]): Listing {
  const all = given.map(namedFile);
  const files = all.filter(({ name }) => IMAGE.test(name));
  const ignored = all.filter(({ name }) => !IMAGE.test(name)).map(({ name }) => name);
  return { files, ignored, folders: [] };
}

function namedFile(file: ImageFile, i: number): Named {
  if (typeof file === "string") return { name: pathOf(file), source: file };
  if (file !== null && typeof file === "object") {
    if ("source" in file && typeof file.name === "string") return { name: file.name, source: file.source };
    if ("arrayBuffer" in file && file.name) {
      // A page's input of a whole folder tells the path within it.
      const path = (file as { webkitRelativePath?: string }).webkitRelativePath;
      return { name: path || file.name, source: file };
    }
    if ("href" in file) return { name: pathOf(file.href), source: file };
  }
  throw new ValueError(
    `images: source[${i}] expected a path, a URL, a File or { name: "class/file.png", source }, got ${show(file)}`,
  );
}

function pathOf(url: string): string {
  const path = url.replace(/[?#].*$/, "");
  return /^\w{2,}:/.test(url) ? decodeURIComponent(path) : path.replaceAll("\\", "/");
}

/** The class of a file by its folder: the first one below the root, or, of files that were listed, the last one. */
export function classOf(name: string, listed: boolean): string | undefined {
  const parts = name.split("/");
  return parts.length < 2 ? undefined : (parts[listed ? parts.length - 2 : 0] as string);
}
