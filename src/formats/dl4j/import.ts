import { Functional } from "../../model/functional.js";
import { activation } from "../../nn/layers/activation.js";
import * as make from "../../nn/layers/index.js";
import { add, mul } from "../../nn/operations/arithmetic.js";
import type { Operation } from "../../nn/operations/operation.js";
import { stridedSlice } from "../../nn/operations/parts.js";
import { input, type SymbolicTensor } from "../../nn/symbolic.js";
import { FormatError, ValueError } from "../../util/errors.js";
import { type Shape, sizeOfShape } from "../../util/shapes.js";
import type { Beside } from "../format.js";
import { Builder } from "../graph/builder.js";
import { flattened } from "../graph/rows.js";
import { Unsupported, UnsupportedModel } from "../graph/unsupported.js";
import { CHANNELS_LAST, type Flow, PLAIN } from "../graph/values.js";
import { activationOf, Config, type Json, scalar } from "./config.js";
import { dropped, layerOf } from "./layers.js";
import { Parameters } from "./parameters.js";
import type { Place } from "./place.js";
import type { Dl4jFile } from "./read.js";
import { lastStep } from "./recurrent.js";

/** More elements in a row of a batch than any network has; what asks for more is damaged. */
const LARGEST_ROW = 2 ** 27;

/** A layer, or what joins the outputs of several, with what comes in front of it. */
interface Step {
  readonly name: string;
  readonly inputs: readonly string[];
  /** Absent for a vertex without a layer. */
  readonly layer?: Config;
  readonly vertex?: Config;
  readonly preprocessor?: Config;
  readonly isRegularized: boolean;
}

interface Network {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly steps: readonly Step[];
}

/**
 * The model of a DL4J file. Images have their channels last here and sequences their features: kernels are turned once, now.
 *
 * @throws UnsupportedModel that lists the layers that are not supported; FormatError for what is damaged; ValueError where the shape of the
 *   input is in neither file nor options
 */
export function importDl4j(file: Dl4jFile, name: string, beside: Pick<Beside, "shapeOf">): Functional {
  return new Importer(file, name, beside).model();
}

class Importer {
  private readonly builder = new Builder();
  private readonly values = new Map<string, Flow>();
  private readonly parameters: Parameters;

  constructor(
    private readonly file: Dl4jFile,
    private readonly name: string,
    private readonly beside: Pick<Beside, "shapeOf">,
  ) {
    this.parameters = new Parameters(file.parameters, name);
  }

  model(): Functional {
    const network = networkOf(this.file.config, this.name);
    const problems = network.steps.flatMap(problemsOf);
    if (problems.length > 0) throw new UnsupportedModel(this.name, problems);
    const inputs = network.inputs.map((each) => this.open(each, network));
    for (const step of network.steps) this.values.set(step.name, this.run(step));
    this.parameters.finish();
    const outputs = network.outputs.map((each) => this.output(each));
    const model = new Functional({ inputs, outputs }, { name: "dl4j", dtype: "float32" });
    this.builder.assign(model, this.name);
    return model;
  }

  private value(name: string, reader: string): Flow {
    const found = this.values.get(name);
    if (found) return found;
    throw new FormatError(`${this.name}: ${reader}: input "${name}" expected from the network, got none`);
  }

  /** An input by what reads it first, or by what the caller says of it. */
  private open(name: string, { steps }: Network): SymbolicTensor {
    const reader = steps.find(({ inputs }) => inputs.includes(name));
    const own = reader && rowShape(reader);
    const row = own?.every((n) => typeof n === "number") ? (own as number[]) : this.given(name, own);
    const x = input({ shape: row, name: name.replaceAll("/", ".") || "input" });
    const [height, width, channels] = row as [number, number, number];
    const isImage = row.length === 3;
    const dims = isImage ? [-1, channels, height, width] : [-1, ...row];
    this.values.set(name, { kind: "flow", x, dims, dtype: "float32", layout: isImage ? CHANNELS_LAST : PLAIN });
    return x;
  }

  private given(name: string, own: Row | undefined): Shape {
    const shape = this.beside.shapeOf(name, own ? `[${own.join(", ")}]` : "[features]");
    if (shape.length > 0 && shape.length <= 3 && sizeOfShape(shape) > 0) return shape;
    throw new ValueError(
      `${this.name}: inputShape expected [features], [steps, features] or [height, width, channels], got [${shape.join(", ")}]`,
    );
  }

  private run(step: Step): Flow {
    this.builder.begin(step.name);
    try {
      const made = this.made(step);
      if (sizeOfShape(made.dims.slice(1)) <= LARGEST_ROW) return made;
      throw new FormatError(
        `${this.name}: ${whereOf(step)}: at most ${LARGEST_ROW} elements a row expected, got [${made.dims.slice(1).join(", ")}]`,
      );
    } catch (error) {
      if (error instanceof Unsupported) throw new UnsupportedModel(this.name, [error.message]);
      if (error instanceof FormatError && error.message.startsWith(this.name)) throw error;
      const text = error instanceof Error ? error.message : String(error);
      const where = text.startsWith(whereOf(step)) ? "" : `${whereOf(step)}: `;
      throw new FormatError(`${this.name}: ${where}${text}`, { cause: error });
    }
  }

  private made(step: Step): Flow {
    const inputs = step.inputs.map((each) => this.value(each, whereOf(step)));
    const [first] = inputs;
    if (!first) throw new FormatError(`${this.name}: ${whereOf(step)}: an input expected, got none`);
    const x = step.preprocessor ? preprocessed(this.builder, step.preprocessor, first) : first;
    const { layer, vertex } = step;
    if (vertex) return this.joined(vertex, inputs);
    if (!layer) return x;
    const place: Place = { builder: this.builder, parameters: this.parameters, isRegularized: step.isRegularized };
    return layerOf(layer)(layer, dropped(layer, x, place), place);
  }

  private joined(vertex: Config, inputs: readonly Flow[]): Flow {
    const { builder } = this;
    const flows = inputs.map((each) => (each.layout.kind === "flattened" ? builder.plain(each) : each));
    const [first] = flows as [Flow];
    const run = (operation: Operation, value: number): Flow => ({
      ...(builder.one(operation, [first, scalar(value)], {}, first.layout) as Flow),
      dims: first.dims,
    });
    switch (vertex.type) {
      case "merge": {
        if (flows.length === 1) return first;
        const x = builder.layer(make.concatenate(), flows);
        const size = flows.reduce((sum, each) => sum + (each.x.rowShape.at(-1) as number), 0);
        const at = first.layout.kind === "channelsLast" ? 1 : first.dims.length - 1;
        return { ...first, x, dims: first.dims.map((n, i) => (i === at ? size : n)) };
      }
      case "elementwise": {
        const op = vertex.text("op", "Add");
        const found = Object.hasOwn(elementwise, op) ? elementwise[op] : undefined;
        if (!found) throw vertex.unsupported(`op ${op}`);
        return flows.length === 1 ? first : { ...first, x: builder.layer(found(), flows) };
      }
      case "lasttimestep":
        return lastStep(builder, sequenceOf(vertex, first));
      case "duplicatetotimeseries": {
        const name = vertex.text("inputName", "");
        const steps = sequenceOf(vertex, this.value(name, vertex.where)).dims[1] as number;
        return builder.through(make.repeatVector({ n: steps }), first);
      }
      case "subset": {
        const [from, to] = [vertex.size("from", 0), vertex.size("to", 0)];
        const at = first.layout.kind === "channelsLast" ? 1 : first.dims.length - 1;
        const ends = (value: number) => first.dims.map((_, i) => (i === first.dims.length - 1 ? value : null));
        const range = { begin: ends(from), end: ends(to + 1), strides: first.dims.map(() => 1) };
        const part = builder.one(stridedSlice, [first], range, first.layout) as Flow;
        return { ...part, dims: first.dims.map((n, i) => (i === at ? to + 1 - from : n)) };
      }
      case "scale":
        return run(mul, vertex.number("scaleFactor", 1));
      case "shift":
        return run(add, vertex.number("shiftFactor", 0));
      case "preprocessor":
        return preprocessed(builder, Config.of(vertex.get("preProcessor"), vertex.where), first);
      default:
        throw vertex.unsupported("no such vertex here");
    }
  }

  private output(name: string): SymbolicTensor {
    const value = this.value(name, "outputs");
    const flow = this.builder.plain(value.layout.kind === "flattened" ? value : { ...value, layout: PLAIN });
    this.builder.begin(name);
    // An output needs a layer that it comes from.
    return flow.x.node.layer ? flow.x : this.builder.layer(activation({ activation: "linear" }), [flow]);
  }
}

const elementwise: Readonly<Record<string, () => ReturnType<typeof make.add>>> = {
  Add: make.add,
  Subtract: make.subtract,
  Product: make.multiply,
  Average: make.average,
  Max: make.maximum,
};

const vertices = [
  "merge",
  "elementwise",
  "lasttimestep",
  "duplicatetotimeseries",
  "subset",
  "scale",
  "shift",
  "preprocessor",
];

const whereOf = ({ layer, vertex, name }: Step): string => (layer ?? vertex)?.where ?? `"${name}"`;

/** What is not supported of a step, as far as its kind and its activation say. */
function problemsOf({ layer, vertex }: Step): string[] {
  try {
    if (layer) {
      layerOf(layer);
      if (["activationFn", "activationFunction"].some((key) => layer.get(key) !== undefined)) activationOf(layer);
    }
    if (vertex && !vertices.includes(vertex.type)) throw vertex.unsupported("no such vertex here");
    return [];
  } catch (error) {
    if (error instanceof Unsupported) return [error.message];
    throw error;
  }
}

function sequenceOf(vertex: Config, x: Flow): Flow {
  if (x.dims.length === 3) return x;
  throw vertex.damaged("a sequence as input", `${x.dims.length} axes`);
}

type Row = readonly (number | "steps" | "height" | "width")[];

/** What a row of an input is like, as far as what reads it says so. */
function rowShape({ layer, preprocessor }: Step): Row | undefined {
  const p = preprocessor;
  if (p && /^(feedforwardtocnn|cnntofeedforward|cnntornn)$/.test(p.type)) {
    const image = [p.size("inputHeight"), p.size("inputWidth"), p.size("numChannels")];
    return p.type === "feedforwardtocnn" ? [sizeOfShape(image)] : image;
  }
  if (!layer) return undefined;
  const inner = ["bidirectional", "lasttimestep"].includes(layer.type)
    ? Config.of(layer.get(layer.type === "bidirectional" ? "fwd" : "underlying"), layer.where)
    : layer;
  if (inner.get("nin") === undefined) return undefined;
  const features = inner.size("nin");
  if (/^(embeddingsequence)$/.test(inner.type)) return ["steps"];
  if (inner.type === "embedding") return [1];
  if (p?.type === "rnntofeedforward" || /lstm|rnn|1d$/.test(inner.type)) return ["steps", features];
  return /convolution/.test(inner.type) ? ["height", "width", features] : [features];
}

/** What comes in front of a layer. Layers of rows work on each step of a sequence as it is, so that going there and back is nothing. */
function preprocessed(builder: Builder, p: Config, x: Flow): Flow {
  switch (p.type) {
    case "cnntofeedforward":
      return x.dims.length === 4 ? flattened(builder, builder.last(x)) : x;
    case "feedforwardtocnn": {
      if (x.dims.length === 4) return x;
      const [height, width] = [p.size("inputHeight"), p.size("inputWidth")];
      const channels = p.size("numChannels");
      if (channels > 1) {
        return builder.last(
          builder.through(make.reshape({ targetShape: [channels, height, width] }), builder.plain(x)),
        );
      }
      const image = builder.through(make.reshape({ targetShape: [height, width, 1] }), builder.plain(x));
      return { ...image, dims: [-1, 1, height, width], layout: CHANNELS_LAST };
    }
    case "rnntofeedforward":
      return sequenceOf(p, x);
    case "feedforwardtornn":
      if (x.dims.length === 3) return x;
      throw p.unsupported("rows that become steps");
    case "composableinput":
    case "composable": {
      const list = p.get("inputPreProcessors");
      if (!Array.isArray(list)) throw p.damaged("a list of inputPreProcessors", typeof list);
      return list.reduce((flow: Flow, each) => preprocessed(builder, Config.of(each, p.where), flow), x);
    }
    default:
      throw p.unsupported(`${p.type}: no such preprocessor here`);
  }
}

const objectIn = (value: unknown, what: string): Json => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new FormatError(`${what} expected, got ${value === null ? "null" : typeof value}`);
};

const textsIn = (value: unknown, what: string): string[] => {
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw new FormatError(`${what} expected, got ${typeof value}`);
};

function stepOf(conf: unknown, name: string, inputs: readonly string[], before: unknown, file: string): Step {
  const own = objectIn(conf, `${file}: ${name}: a configuration`);
  const layer = Config.of(own.layer, `${file}: ${name}`);
  const called = layer.text("layerName", name);
  const where = `${layer.type} "${called}"`;
  return {
    name,
    inputs,
    layer: Config.of(own.layer, where),
    ...(before === undefined || before === null ? {} : { preprocessor: Config.of(before, where) }),
    isRegularized: own.useRegularization !== false,
  };
}

/** A stack, or a graph in the order in which its parameters lie. */
function networkOf(config: Json, file: string): Network {
  if (Array.isArray(config.confs)) {
    const before = objectIn(config.inputPreProcessors ?? {}, `${file}: inputPreProcessors`);
    const steps = config.confs.map((conf, i) =>
      stepOf(conf, `layer${i}`, [i === 0 ? "input" : `layer${i - 1}`], before[i], file),
    );
    if (steps.length === 0) throw new FormatError(`${file}: layers expected, got none`);
    return { inputs: ["input"], outputs: [`layer${steps.length - 1}`], steps };
  }
  if (config.vertices === undefined) {
    throw new FormatError(
      `${file}: configuration.json: confs or vertices expected, got ${Object.keys(config).slice(0, 8).join(", ") || "none"}`,
    );
  }
  const inputs = textsIn(config.networkInputs, `${file}: networkInputs, a list of names,`);
  const outputs = textsIn(config.networkOutputs, `${file}: networkOutputs, a list of names,`);
  const vertexInputs = objectIn(config.vertexInputs, `${file}: vertexInputs`);
  const saved = Object.entries(objectIn(config.vertices, `${file}: vertices`));
  const feeds = (name: string) => textsIn(vertexInputs[name] ?? [], `${file}: inputs of vertex "${name}"`);
  const steps = new Map(
    saved.map(([name, each]): [string, Step] => {
      const vertex = Config.of(each, `vertex "${name}"`);
      if (vertex.type !== "layer") return [name, { name, inputs: feeds(name), vertex, isRegularized: false }];
      return [name, stepOf(vertex.get("layerConf"), name, feeds(name), vertex.get("preProcessor"), file)];
    }),
  );
  return { inputs, outputs, steps: inOrder(inputs, steps, config.topologicalOrderStr, file) };
}

/** The order in which DL4J goes through a graph and lays its parameters: that of the file, else Kahn's with the vertices as they are listed. */
function inOrder(inputs: readonly string[], steps: ReadonlyMap<string, Step>, order: unknown, file: string): Step[] {
  if (Array.isArray(order)) {
    const listed = order.flatMap((each) => steps.get(String(each)) ?? []);
    if (new Set(listed).size === steps.size && listed.length === steps.size) return listed;
    throw new FormatError(
      `${file}: topologicalOrderStr: each vertex once expected, got ${listed.length} of ${steps.size}`,
    );
  }
  const names = [...inputs, ...steps.keys()];
  const waiting = new Map([...steps].map(([name, step]) => [name, new Set(step.inputs)]));
  const readers = new Map<string, string[]>();
  for (const name of names) {
    for (const from of waiting.get(name) ?? []) readers.set(from, [...(readers.get(from) ?? []), name]);
  }
  const ready = names.filter((name) => (waiting.get(name)?.size ?? 0) === 0);
  const sorted: Step[] = [];
  for (let name = ready.shift(); name !== undefined; name = ready.shift()) {
    const step = steps.get(name);
    if (step) sorted.push(step);
    for (const reader of readers.get(name) ?? []) {
      const rest = waiting.get(reader);
      if (rest?.delete(name) && rest.size === 0) ready.push(reader);
    }
  }
  if (sorted.length === steps.size) return sorted;
  throw new FormatError(
    `${file}: vertices without a cycle, each with its inputs, expected, got ${sorted.length} of ${steps.size} in order`,
  );
}
