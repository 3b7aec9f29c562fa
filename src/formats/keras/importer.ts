import { Functional } from "../../model/functional.js";
import { type Graph, graphOf } from "../../model/graph.js";
import { awaitWeights, specsOf } from "../../model/network.js";
import type { AnyLayer, Weights } from "../../nn/layer.js";
import { flatten, reshape } from "../../nn/layers/reshape.js";
import { input, type SymbolicTensor } from "../../nn/symbolic.js";
import { scope } from "../../tensor/scope.js";
import { tensor } from "../../tensor/tensor.js";
import { FormatError } from "../../util/errors.js";
import { type HostArray, shapedAs } from "../../util/host-array.js";
import { type Shape, showShape, sizeOfShape } from "../../util/shapes.js";
import { Builder } from "../graph/builder.js";
import { Unsupported, UnsupportedModel } from "../graph/unsupported.js";
import { CHANNELS_LAST, type Flow, PLAIN, transposed } from "../graph/values.js";
import { LayerConfig } from "./config.js";
import { byPath, type Imported, type ImportedLayer } from "./imported.js";
import { layers as makers } from "./layers.js";
import type { Made } from "./made.js";
import type { KerasFile, KerasPlace } from "./read.js";
import {
  feeds,
  firstNodes,
  isOwnMask,
  key,
  type Listed,
  listed,
  masksOf,
  neededFor,
  references,
} from "./references.js";

const RECURRENT = /^(SimpleRNN|LSTM|GRU|Bidirectional)$/;

/** Uses of layers in a model: networks in one another, each used twice, would double them without end. */
const MOST_USES = 2 ** 13;

/** Layers whose weights are yet to be set. */
interface Pending {
  readonly layer: AnyLayer;
  readonly place: KerasPlace;
  /** Of its weights, as the file has them. */
  readonly shapes: readonly Shape[];
  readonly where: string;
  readonly arrays: readonly HostArray[];
}

/** Puts together what a Keras file describes, layer by layer. */
export class Importer {
  private readonly builder = new Builder();
  private readonly problems: string[] = [];
  private readonly pending: Pending[] = [];
  private readonly inputs: SymbolicTensor[] = [];
  private readonly made = new Map<string, Made>();
  private uses = 0;
  /** Whether any layer of the model has its channels first: then its images come so. */
  private readonly isChannelsFirst: boolean;

  constructor(
    private readonly file: KerasFile,
    private readonly name: string,
  ) {
    this.isChannelsFirst = /"(data_format|dim_ordering)":"(channels_first|th)"/.test(JSON.stringify(file.config));
  }

  private read() {
    const whole = this.listed(this.file.config);
    const outputs = this.run(whole, undefined, []);
    if (this.problems.length > 0) throw new UnsupportedModel(this.name, this.problems);
    const ends = outputs.map((flow) => (flow.layout.kind === "flattened" ? this.builder.plain(flow) : flow).x);
    return { name: whole.name.replaceAll("/", "."), ends, graph: graphOf(this.name, this.inputs, ends) };
  }

  arrays(): HostArray[] {
    const { graph } = this.read();
    const pending = new Map(this.pending.map((each) => [each.layer, each.arrays]));
    return graph.placed.flatMap(({ layer }) => pending.get(layer) ?? []);
  }

  imported(): Imported {
    const { name, ends, graph } = this.read();
    // Before anything is allocated: a damaged file may ask for more than there is.
    this.check(graph);
    const places = new Map(graph.placed.map((each) => [each.layer, each]));
    for (const { layer } of this.pending) awaitWeights(layer);
    const model = new Functional({ inputs: this.inputs, outputs: ends }, { name, dtype: "float32" });
    const names = new Map(model.network.graph.placed.map(({ layer, name }) => [layer, name]));
    for (const { layer, arrays } of this.pending) {
      const own = model.network.weights.get(names.get(layer) as string) as Weights | undefined;
      for (const [i, variable] of Object.values(own ?? {}).entries()) {
        scope(() => void variable.assign(tensor((arrays[i] as HostArray).data, variable.shape, "float32")));
      }
    }
    const layers = this.pending.flatMap(({ layer, place, shapes }): ImportedLayer[] => {
      const placed = places.get(layer);
      if (!placed || shapes.length === 0) return [];
      const specs = specsOf(placed);
      const kept = specs.filter(({ trainable }) => !trainable).length;
      // Behind what it keeps of a normalization Keras has a count.
      return [{ place, shapes, trained: layer.trainable && kept < specs.length ? shapes.length - kept : 0 }];
    });
    return { model, layers: layers.sort((a, b) => byPath(a.place, b.place)) };
  }

  /** @throws FormatError where the file has other weights than a layer asks for */
  private check({ placed }: Graph): void {
    const places = new Map(placed.map((each) => [each.layer, each]));
    const shapes = (list: readonly { shape: readonly number[] }[]) =>
      list.map(({ shape }) => showShape(shape)).join(" ");
    for (const { layer, where, arrays } of this.pending) {
      const found = places.get(layer);
      if (!found) continue;
      const specs = specsOf(found);
      const fits = specs.length === arrays.length;
      if (fits && specs.every(({ shape }, i) => sizeOfShape(shape) === arrays[i]?.data.length)) continue;
      throw new FormatError(
        `${this.name}: ${where}: weights ${shapes(specs) || "none"} expected, got ${shapes(arrays) || "none"}`,
      );
    }
  }

  private listed(saved: unknown): Listed {
    return listed(saved, this.file.dialect.version, this.name);
  }

  /** Runs a model, or a model within one, on what it is fed; the outermost opens its inputs itself. */
  private run(model: Listed, fed: readonly Flow[] | undefined, within: readonly KerasPlace[]): Flow[] {
    const children = ((model.config.layers ?? []) as readonly unknown[]).map((each) => this.listed(each));
    if (model.className === "Sequential") return this.runStack(children, fed, within);
    if (["Functional", "Model"].includes(model.className)) return this.runGraph(model, children, fed, within);
    throw new FormatError(
      `${this.name}: a Sequential or functional model expected, got class "${model.className}"; a subclassed model has no architecture in its file: export it to ONNX`,
    );
  }

  private runStack(
    children: readonly Listed[],
    fed: readonly Flow[] | undefined,
    within: readonly KerasPlace[],
  ): Flow[] {
    const counts = new Map<string, number>();
    let flow = fed?.[0];
    for (const [index, child] of children.entries()) {
      if (child.className === "InputLayer") {
        flow ??= this.open(child);
        continue;
      }
      flow ??= this.open(child);
      [flow] = this.call(child, [flow], this.place(child, index, counts, within)) as [Flow];
    }
    if (!flow) throw new FormatError(`${this.name}: layers expected, got none`);
    return [flow];
  }

  private place(
    { name, className }: Listed,
    index: number,
    counts: Map<string, number>,
    within: readonly KerasPlace[],
  ): KerasPlace {
    const number = counts.get(className) ?? 0;
    counts.set(className, number + 1);
    return { name, className, within, number, index };
  }

  private runGraph(
    model: Listed,
    children: readonly Listed[],
    fed: readonly Flow[] | undefined,
    within: readonly KerasPlace[],
  ): Flow[] {
    const values = new Map<string, Flow>();
    const starts = references(model.config.input_layers);
    starts.forEach(([name], i) => {
      const child = children.find((each) => each.name === name);
      if (!child) throw new FormatError(`${this.name}: input layer "${name}" expected in the list of layers, got none`);
      values.set(key([name, 0, 0]), fed?.[i] ?? this.open(child));
    });
    const counts = new Map<string, number>();
    const places = new Map(children.map((child, index) => [child, this.place(child, index, counts, within)]));
    // Layers are listed behind what they need, except where one is used again later.
    const ends = references(model.config.output_layers);
    const firsts = firstNodes(children, ends);
    const waiting = neededFor(ends, children, firsts).map((use, order) => ({ ...use, order, from: feeds(use.node) }));
    for (const { child, node } of waiting) {
      if (masksOf(node).every((mask) => isOwnMask(mask, children))) continue;
      this.problems.push(
        `${child.className} "${child.name}": a mask that no Embedding or Masking in front of it makes`,
      );
    }
    // By the value that they wait for.
    const readers = new Map<string, typeof waiting>();
    const open = new Set(waiting);
    for (let candidates = waiting; open.size > 0; candidates.sort((a, b) => a.order - b.order)) {
      const ready = candidates.filter((use) => {
        const missing = use.from.map(key).find((each) => !values.has(each));
        if (missing === undefined) return true;
        const others = readers.get(missing);
        if (others) others.push(use);
        else readers.set(missing, [use]);
        return false;
      });
      if (ready.length === 0) {
        if (this.problems.length > 0) throw new UnsupportedModel(this.name, this.problems);
        throw new FormatError(
          `${this.name}: layer "${[...open][0]?.child.name}": inputs expected from other layers, got a cycle or none`,
        );
      }
      candidates = [];
      for (const use of ready) {
        open.delete(use);
        const { child, i, from } = use;
        if (child.className === "InputLayer") continue;
        const inputs = from.map((each) => values.get(key(each)) as Flow);
        const outputs = this.call(child, inputs, places.get(child) as KerasPlace);
        const node = i + (firsts.get(child.name) ?? 0);
        outputs.forEach((flow, output) => {
          const made = key([child.name, node, output]);
          values.set(made, flow);
          candidates.push(...(readers.get(made) ?? []));
          readers.delete(made);
        });
      }
    }
    return ends.map((each) => {
      const found = values.get(key(each));
      if (found) return found;
      throw new FormatError(`${this.name}: output "${each[0]}" expected from a layer, got none`);
    });
  }

  /** An input of the model, by the shape that its first layer states. */
  private open({ config, name }: Listed): Flow {
    const shape = (config.batch_input_shape ?? config.batch_shape) as readonly (number | null)[] | undefined;
    const row = shape?.slice(1) ?? (config.input_shape as readonly (number | null)[] | undefined);
    const sizes = row ?? (typeof config.input_dim === "number" ? [config.input_dim] : undefined);
    if (!sizes?.every((n) => typeof n === "number" && n > 0)) {
      throw new FormatError(
        `${this.name}: input "${name}": fixed sizes behind the batch expected, got ${JSON.stringify(sizes ?? null)}; build the model with them`,
      );
    }
    const dims = [-1, ...(sizes as number[])];
    const isInt = /int/.test(String(config.dtype ?? config.input_dtype ?? ""));
    const isFirst = this.isChannelsFirst && dims.length === 4;
    const shapeHere = isFirst ? [dims[2] as number, dims[3] as number, dims[1] as number] : dims.slice(1);
    const batchSize = shape?.[0] ?? undefined;
    const x = input({
      shape: shapeHere,
      name: name.replaceAll("/", "."),
      ...(isInt ? { dtype: "int32" as const } : {}),
      ...(batchSize === undefined ? {} : { batchSize }),
    });
    this.inputs.push(x);
    return { kind: "flow", x, dims, dtype: isInt ? "int32" : "float32", layout: isFirst ? CHANNELS_LAST : PLAIN };
  }

  private call(child: Listed, inputs: readonly Flow[], place: KerasPlace): Flow[] {
    if (++this.uses > MOST_USES) {
      throw new FormatError(`${this.name}: layers used at most ${MOST_USES} times expected, got more`);
    }
    if (child.config.layers) return this.run(child, inputs, [...place.within, place]);
    this.builder.begin([...place.within, place].map(({ name }) => name).join("."));
    try {
      return this.layer(child, inputs, place);
    } catch (error) {
      if (!(error instanceof Unsupported)) throw this.inFile(error, child);
      this.problems.push(error.message);
      // What comes behind is looked at too: as far as shapes go, the layer is left out.
      return [inputs[0] as Flow];
    }
  }

  private inFile(error: unknown, { className, name }: Listed): Error {
    if (this.problems.length > 0) return new UnsupportedModel(this.name, this.problems);
    if (error instanceof FormatError) return error;
    const text = error instanceof Error ? error.message : String(error);
    return new FormatError(`${this.name}: ${className} "${name}": ${text}`, { cause: error });
  }

  private layer(child: Listed, inputs: readonly Flow[], place: KerasPlace): Flow[] {
    const [first] = inputs as [Flow];
    if (child.className === "Flatten") return [this.flatten(first)];
    if (child.className === "Reshape") return [this.reshape(child, first)];
    const { layer, isSpatial, weights } = this.makeOnce(child, place);
    const config = new LayerConfig(child.className, child.config, this.file.dialect);
    if (layer.states && first.x.batchSize === undefined) throw config.unsupported("stateful with batches of any size");
    if (RECURRENT.test(child.className)) return this.recurrent(layer, inputs);
    if (inputs.length > 1) return [this.merge(layer, inputs, config)];
    if (isSpatial && this.isChannelsFirst && first.dims.length === 4)
      return [this.through(layer, this.builder.last(first))];
    if (first.layout.kind === "flattened" && child.className === "Dense" && weights === undefined) {
      return [this.denseOnImage(layer, first)];
    }
    // Element by element it does not matter in which order they lie.
    const free = /^(Activation|ReLU|LeakyReLU|ELU|Dropout|Gaussian\w+)$/.test(child.className);
    return [this.through(layer, free ? first : this.builder.plain(first))];
  }

  /** States may come in behind the sequence, and go out. */
  private recurrent(layer: AnyLayer, inputs: readonly Flow[]): Flow[] {
    const flows = inputs.map((each) => this.builder.plain(each));
    const [first] = flows as [Flow];
    return this.builder
      .layers(layer, flows)
      .map((x) => ({ ...first, x, dims: [first.dims[0] as number, ...x.rowShape], dtype: "float32" }));
  }

  private through(layer: AnyLayer, from: Flow): Flow {
    return this.builder.through(layer, from);
  }

  private merge(layer: AnyLayer, inputs: readonly Flow[], config: LayerConfig): Flow {
    const last = inputs.every(({ layout, dims }) => layout.kind === "channelsLast" && dims.length === 4);
    const flows = last ? inputs : inputs.map((each) => this.builder.plain(each));
    if (last && config.className === "Concatenate" && config.get<number>("axis", -1) !== 1) {
      throw config.unsupported("another axis than that of the channels, which are first");
    }
    const x = this.builder.layer(layer, flows);
    const [first] = flows as [Flow];
    const dims = last ? [-1, x.rowShape.at(-1) as number, ...x.rowShape.slice(0, -1)] : [-1, ...x.rowShape];
    return { ...first, x, dims };
  }

  /** A layer that is used in several places is one layer. */
  private makeOnce(child: Listed, place: KerasPlace): Made {
    const at = [...place.within, place].map(({ name }) => name).join("/");
    const known = this.made.get(at);
    if (known) return known;
    const { made, shapes, arrays } = this.make(child, place);
    this.made.set(at, made);
    const where = `${child.className} "${child.name}"`;
    if (arrays) this.pending.push({ layer: made.layer, place, shapes, where, arrays });
    return made;
  }

  private make(child: Listed, place: KerasPlace) {
    const config = new LayerConfig(child.className, child.config, this.file.dialect);
    const maker = makers[child.className];
    if (!maker) throw config.unsupported("no such layer here");
    const made = maker(config, (saved) => this.nested(saved));
    config.get("data_format", undefined);
    config.finish();
    made.layer.trainable = config.trainable;
    const arrays = this.file.weightsOf(place);
    const shapes = arrays.map(({ shape }) => shape);
    return { made, shapes, arrays: made.weights ? made.weights(arrays) : arrays };
  }

  /** A layer within a layer. */
  private nested(saved: unknown): Made {
    const { className, config } = this.listed(saved);
    const maker = makers[className];
    const own = new LayerConfig(className, config, this.file.dialect);
    if (!maker) throw own.unsupported("no such layer here");
    const made = maker(own, (each) => this.nested(each));
    own.finish();
    return made;
  }

  private flatten(from: Flow): Flow {
    const { dims, layout } = from;
    const size = sizeOfShape(dims.slice(1));
    const flat = this.builder.through(flatten(), { ...from, layout: PLAIN });
    const pixels = sizeOfShape(dims.slice(2));
    if (layout.kind !== "channelsLast" || pixels === 1) return { ...flat, dims: [-1, size] };
    return { ...flat, dims: [-1, size], layout: { kind: "flattened", channels: dims[1] as number, pixels } };
  }

  private reshape({ config }: Listed, from: Flow): Flow {
    const target = config.target_shape as readonly number[];
    return this.builder.through(reshape({ targetShape: target }), this.builder.plain(from));
  }

  /** Rows of the kernel in the order in which our images lie. */
  private denseOnImage(layer: AnyLayer, from: Flow): Flow {
    const { layout } = from;
    const pending = this.pending.findIndex((each) => each.layer === layer);
    if (layout.kind === "flattened" && pending >= 0) {
      const { arrays, ...rest } = this.pending[pending] as Pending;
      const [kernel, ...others] = arrays as [HostArray, ...HostArray[]];
      const units = kernel.shape[1] as number;
      const wide = shapedAs(kernel, [layout.channels, layout.pixels, units]);
      this.pending[pending] = { ...rest, arrays: [shapedAs(transposed(wide, [1, 0, 2]), kernel.shape), ...others] };
    }
    return this.through(layer, { ...from, layout: PLAIN });
  }
}
