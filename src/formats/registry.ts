import type { FileFormat } from "./format.js";
import { safetensors } from "./safetensors.js";

interface Entry {
  /** What the names of its files end in. */
  readonly endings: readonly string[];
  /** Whether `save` writes several files. */
  readonly isSeveral?: true;
  /** Fetches the code. */
  open(): Promise<FileFormat>;
}

/** Every format, by the name that `{ format }` gives it. */
export const registry = {
  safetensors: {
    endings: [".safetensors"],
    // The library's own is there from the first: fetched, what it imports in turn would be a round trip more.
    async open() {
      // What most models have begins to come before it is known what this one has. Who needs it hears what goes wrong.
      import("../nn/layers/families/core.js").catch(() => undefined);
      return safetensors;
    },
  },
  onnx: { endings: [".onnx"], open: async () => (await import("./onnx/format.js")).onnx },
  keras: { endings: [".keras", ".h5", ".hdf5"], open: async () => (await import("./keras/format.js")).keras },
  tfjs: { endings: [".json"], isSeveral: true, open: async () => (await import("./tfjs/format.js")).tfjs },
  savedModel: { endings: [".pb"], open: async () => (await import("./saved-model.js")).savedModel },
  pytorch: { endings: [".pt", ".pth"], open: async () => (await import("./torch/format.js")).pytorch },
  npz: { endings: [".npz"], open: async () => (await import("./npz/format.js")).npz },
  caffe: {
    endings: [".prototxt", ".caffemodel"],
    isSeveral: true,
    open: async () => (await import("./caffe/format.js")).caffe,
  },
  dl4j: { endings: [".zip"], open: async () => (await import("./dl4j/format.js")).dl4j },
  mxnet: { endings: ["-symbol.json", ".params"], open: async () => (await import("./mxnet/format.js")).mxnet },
} satisfies Readonly<Record<string, Entry>>;

export type Format = keyof typeof registry;

export const formats = Object.keys(registry) as readonly Format[];

/** The ending of a name, and the format that it stands for: that of the longest ending. */
export function byEnding(name: string): { format: Format; ending: string } | undefined {
  const lower = name.replace(/[?#].*$/, "").toLowerCase();
  const found = formats.flatMap((format) =>
    registry[format].endings.filter((ending) => lower.endsWith(ending)).map((ending) => ({ format, ending })),
  );
  return found.sort((a, b) => b.ending.length - a.ending.length)[0];
}

export const endings: readonly string[] = formats.flatMap((format) => registry[format].endings);
