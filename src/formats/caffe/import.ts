import { Functional } from "../../model/functional.js";
import { input, type SymbolicTensor } from "../../nn/symbolic.js";
import { FormatError } from "../../util/errors.js";
import { showShape, sizeOfShape } from "../../util/shapes.js";
import type { Beside } from "../format.js";
import { Builder } from "../graph/builder.js";
import { Unsupported, UnsupportedModel } from "../graph/unsupported.js";
import { CHANNELS_LAST, type Flow, ordered, PLAIN } from "../graph/values.js";
import { type Behind, LayerView } from "./layer.js";
import type { CaffeLayer, CaffeNet, CaffeSettings } from "./net.js";
import { operators } from "./operators/index.js";

/** Layers that data come from in training. Their first top is the images. */
const sources = ["Data", "ImageData", "HDF5Data", "MemoryData", "WindowData", "DummyData"];

/** What judges outputs and puts out nothing of a model's. */
const leftOut = [
  ...["Accuracy", "HDF5Output", "EuclideanLoss", "HingeLoss", "ContrastiveLoss", "InfogainLoss"],
  "MultinomialLogisticLoss",
];

/** Elements that one row of a value may have, so that a damaged size is not made room for. */
const LARGEST = 2 ** 25;

/**
 * The model of a Caffe net as it is in its phase TEST. Images have their channels last here: kernels are turned once, now, and `predict` takes
 * `[batch, height, width, channels]`.
 *
 * @param file begins errors: "load: m.prototxt"
 * @param shapeOf says the shape of images that come from a database, whose size the net does not tell
 * @throws FormatError that lists everything that is not supported, or says what is damaged
 */
export function importCaffe(net: CaffeNet, file: string, shapeOf: Beside["shapeOf"]): Functional {
  return new Importer(net, file, shapeOf).model();
}

class Importer {
  private readonly builder = new Builder();
  private readonly inputs: SymbolicTensor[] = [];
  /** By the name that a blob has just now; layers may write over what they read. Undefined: labels, and what comes of layers that are not supported. */
  private readonly values = new Map<string, Flow | undefined>();
  /** Blobs that no layer has read yet. */
  private readonly open = new Set<string>();
  /** Layers whose work one in front of them does. */
  private readonly absorbed = new Set<CaffeLayer>();
  private readonly problems: string[] = [];
  private readonly layers: readonly CaffeLayer[];

  constructor(
    private readonly net: CaffeNet,
    private readonly file: string,
    private readonly shapeOf: Beside["shapeOf"],
  ) {
    this.layers = ofTest(net.layers);
  }

  model(): Functional {
    for (const { name, shape } of this.net.inputs) this.place(`input "${name}"`, name, shape);
    this.layers.forEach((layer, i) => {
      if (layer.type === "Input") this.given(layer);
      else if (sources.includes(layer.type)) this.fed(layer);
      else this.run(layer, i);
    });
    const last = [...this.open].flatMap((name) => {
      const value = this.values.get(name);
      this.builder.begin(name);
      return value ? [this.builder.output(value)] : [];
    });
    if (this.problems.length > 0) throw new UnsupportedModel(this.file, this.problems);
    if (last.length === 0)
      throw new FormatError(`${this.file}: a net with layers expected, got none that puts anything out`);
    const used = usedBy(last);
    const inputs = this.inputs.filter((each) => used.has(each));
    const name = this.net.name.replaceAll("/", ".") || "caffe";
    const made = new Functional({ inputs, outputs: last }, { name, dtype: "float32" });
    this.builder.assign(made, this.file);
    return made;
  }

  /** A blob that comes from outside, its sizes with the batch. One axis alone is that of labels. */
  private place(what: string, name: string, sizes: readonly number[]): void {
    if (sizes.length === 0) throw new FormatError(`${this.file}: ${what}: a shape expected, got none`);
    const row = sizes.slice(1);
    if (row.some((n) => !Number.isInteger(n) || n < 1) || sizeOfShape(row) > LARGEST) {
      throw new FormatError(
        `${this.file}: ${what}: sizes from 1 on and at most ${LARGEST} elements expected, got ${showShape(sizes)}`,
      );
    }
    this.values.set(name, undefined);
    if (row.length === 0) return;
    const dims = [-1, ...row];
    const layout = row.length === 3 ? CHANNELS_LAST : PLAIN;
    const x = input({ shape: ordered(layout, dims).slice(1), name: name.replaceAll("/", ".") || "input" });
    this.inputs.push(x);
    this.values.set(name, { kind: "flow", x, dims, dtype: "float32", layout });
  }

  private given(layer: CaffeLayer): void {
    const shapes = (layer.settings.get("input_param")?.shape ?? []) as { dim: number[] }[];
    layer.tops.forEach((top, i) => {
      this.place(`layer "${layer.name}"`, top, (shapes[i] ?? shapes[0])?.dim ?? []);
    });
  }

  /** The images of a training net. */
  private fed(layer: CaffeLayer): void {
    for (const top of layer.tops) this.values.set(top, undefined);
    const images = layer.tops[0];
    if (images === undefined) return;
    const size = Number(layer.settings.get("transform_param")?.crop_size ?? 0);
    const first = this.layers.find(({ type, bottoms }) => type === "Convolution" && bottoms[0] === images);
    const kernel = first?.blobs[0]?.shape;
    const inGroup = kernel?.length === 4 ? kernel[1] : undefined;
    if (size > 0 && inGroup !== undefined) {
      const groups = Number(first?.settings.get("convolution_param")?.group ?? 1);
      this.place(`layer "${layer.name}"`, images, [1, inGroup * groups, size, size]);
      return;
    }
    const row = this.shapeOf(images, "[height, width, channels]");
    const sizes = row.length === 3 ? [row[2] as number, ...row.slice(0, 2)] : row;
    this.place(`layer "${layer.name}"`, images, [1, ...sizes]);
  }

  private run(layer: CaffeLayer, i: number): void {
    const view = new LayerView(layer, this.readBy(layer), this.behind(layer, i));
    try {
      for (const bottom of layer.bottoms) {
        if (!this.values.has(bottom)) throw view.damaged(`bottom "${bottom}" of a layer in front of it`, "none");
        this.open.delete(bottom);
      }
      this.put(layer, this.isReady(layer) ? this.made(view) : []);
    } catch (error) {
      if (!(error instanceof Unsupported)) throw this.inFile(error, view);
      this.problems.push(error.message);
      this.put(layer, []);
    }
  }

  /** Behind what is not supported nothing more is said. Losses read labels beside. */
  private isReady({ bottoms, type }: CaffeLayer): boolean {
    return bottoms.every((name, i) => this.values.get(name) !== undefined || (i > 0 && type.endsWith("Loss")));
  }

  private readBy({ bottoms }: CaffeLayer): readonly Flow[] {
    return bottoms.flatMap((name) => this.values.get(name) ?? []);
  }

  private made(view: LayerView): readonly Flow[] {
    const { layer } = view;
    if (this.absorbed.has(layer)) return [view.input()];
    const operator = Object.hasOwn(operators, layer.type) ? operators[layer.type] : undefined;
    if (!operator) throw view.unsupported("no such layer here");
    this.builder.begin(layer.name || (layer.tops[0] ?? ""));
    const made = operator(view, this.builder);
    const large = made.find(({ dims }) => sizeOfShape(dims.slice(1)) > LARGEST);
    if (large) throw view.damaged(`at most ${LARGEST} elements a row`, showShape(large.dims.slice(1)));
    return made;
  }

  private put({ tops }: CaffeLayer, made: readonly Flow[]): void {
    tops.forEach((top, i) => {
      this.values.set(top, made[i]);
      this.open.add(top);
    });
  }

  private behind({ tops: [top] }: CaffeLayer, i: number): Behind {
    return {
      next: () => {
        const readers: CaffeLayer[] = [];
        for (const each of this.layers.slice(i + 1)) {
          if (each.bottoms.includes(top as string)) readers.push(each);
          if (readers.length > 1 || each.tops.includes(top as string)) break;
        }
        return readers.length === 1 ? readers[0] : undefined;
      },
      absorb: (next) => {
        this.absorbed.add(next);
      },
    };
  }

  /** Errors of layers and operations name the net's layer too. */
  private inFile(error: unknown, { where }: LayerView): FormatError {
    const text = error instanceof Error ? error.message : String(error);
    return new FormatError(`${this.file}: ${text.startsWith(where) ? "" : `${where}: `}${text}`, { cause: error });
  }
}

/** The layers of the phase TEST. Data that only training has are taken where testing has none of that name. */
function ofTest(layers: readonly CaffeLayer[]): readonly CaffeLayer[] {
  const kept = new Set(layers.filter((layer) => isMet(layer) && !leftOut.includes(layer.type)));
  const tops = new Set([...kept].flatMap((layer) => layer.tops));
  return layers.filter(
    (layer) => kept.has(layer) || (sources.includes(layer.type) && !layer.tops.some((top) => tops.has(top))),
  );
}

/** As Caffe decides it, at level 0 and no stage. */
function isMet({ include, exclude }: CaffeLayer): boolean {
  const holds = ({ phase, min_level: min, max_level: max, stage }: CaffeSettings) =>
    (phase === undefined || phase === "TEST") &&
    Number(min ?? 0) <= 0 &&
    Number(max ?? 0) >= 0 &&
    ((stage ?? []) as string[]).length === 0;
  return include.length > 0 ? include.some(holds) : !exclude.some(holds);
}

/** All that outputs are made of. */
function usedBy(outputs: readonly SymbolicTensor[]): ReadonlySet<SymbolicTensor> {
  const seen = new Set<SymbolicTensor>();
  const rest = [...outputs];
  for (let x = rest.pop(); x; x = rest.pop()) {
    if (seen.has(x)) continue;
    seen.add(x);
    rest.push(...x.node.inputs);
  }
  return seen;
}
