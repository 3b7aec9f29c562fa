import type { Graph, Step } from "../../../model/graph.js";
import type { AnyLayer } from "../../../nn/layer.js";
import type { Shape } from "../../../util/shapes.js";
import type { Json, Reader } from "./config.js";
import type { Call, Helper, Written } from "./written.js";

type Reference = readonly [name: string, node: number, tensor: number];

/** A tensor that a layer is fed. */
interface Source {
  readonly from: Reference;
  readonly shape: Shape;
  readonly dtype: string;
}

/** A layer among those that one of ours becomes, and what its uses are fed. */
export interface Wired {
  readonly name: string;
  readonly nodes: readonly unknown[];
}

/** What one of our layers becomes, in their order. */
export interface WiredLayer {
  readonly before: readonly Wired[];
  readonly main: Wired;
  readonly behind: readonly Wired[];
}

/** A call of as many inputs as there are, with nothing said. */
const PLAIN: Call = { least: 1, options: {} };

/** A tensor in the words of Keras 3. */
const tensorOf = ({ from, shape, dtype }: Source, batchSize: number | undefined): Json => ({
  class_name: "__keras_tensor__",
  config: { shape: [batchSize ?? null, ...shape], dtype, keras_history: from },
});

/** How a graph's layers are connected, in the words of a version. */
export class Wiring {
  /** The layers' names, without the points that Keras on PyTorch refuses. */
  private readonly names: ReadonlyMap<AnyLayer, string>;
  /** The inputs' names: in Keras those of layers too, so that they differ from the others. */
  readonly inputs: readonly string[];
  private readonly helpers = new Map<Helper, string>();
  private readonly sources: Source[] = [];

  constructor(
    private readonly graph: Graph,
    private readonly reader: Reader,
    private readonly written: ReadonlyMap<AnyLayer, Written>,
  ) {
    const taken = new Set<string>();
    const unique = (wanted: string): string => {
      const base = wanted.replaceAll(".", "_");
      let name = base;
      for (let i = 1; taken.has(name); i++) name = `${base}_${i}`;
      taken.add(name);
      return name;
    };
    this.names = new Map(graph.placed.map(({ layer, name }) => [layer, unique(name)]));
    this.inputs = graph.inputs.map(({ name }) => unique(name));
    for (const { layer, name } of graph.placed) {
      const { before = [], behind = [] } = written.get(layer) as Written;
      for (const helper of [...before, ...behind]) this.helpers.set(helper, unique(`${name}_${helper.suffix}`));
    }
    graph.inputs.forEach(({ shape, dtype = "float32" }, value) => {
      this.sources[value] = { from: [this.inputs[value] as string, 0, 0], shape, dtype };
    });
    const uses = new Map<AnyLayer, number>();
    for (const { layer, outputs, outputShapes } of graph.steps) {
      const use = uses.get(layer) ?? 0;
      uses.set(layer, use + 1);
      const last = written.get(layer)?.behind?.at(-1);
      const name = (last ? this.helpers.get(last) : this.names.get(layer)) as string;
      for (const [tensor, value] of outputs.entries()) {
        this.sources[value] = { from: [name, use, tensor], shape: outputShapes[tensor] as Shape, dtype: "float32" };
      }
    }
  }

  /** @param uses of the layer, in their order */
  layer(layer: AnyLayer, uses: readonly Step[]): WiredLayer {
    const { before = [], behind = [], call, shape } = this.written.get(layer) as Written;
    const open = (helper?: Helper) => ({
      name: (helper ? this.helpers.get(helper) : this.names.get(layer)) as string,
      nodes: [] as unknown[],
    });
    const [first, main, rest] = [before.map(open), open(), behind.map(open)];
    for (const [use, { inputs, outputShapes, batchSize }] of uses.entries()) {
      const given = inputs.map((value) => this.sources[value] as Source);
      let last = given.at(-1) as Source;
      const through = ({ name, nodes }: ReturnType<typeof open>, node: unknown, shape: Shape) => {
        nodes.push(node);
        last = { from: [name, use, 0], shape, dtype: "float32" };
      };
      first.forEach((each, i) => through(each, this.fed([last], batchSize), (before[i] as Helper).shape));
      through(main, this.call([...given.slice(0, -1), last], batchSize, call), shape ?? (outputShapes[0] as Shape));
      rest.forEach((each, i) => {
        const { takesInput, shape } = behind[i] as Helper;
        through(each, this.fed([...(takesInput ? given : []), last], batchSize), shape);
      });
    }
    return { before: first, main, behind: rest };
  }

  /** What one use of a layer is fed. */
  private call(
    fed: readonly Source[],
    batchSize: number | undefined,
    { least, options, separate }: Call = PLAIN,
  ): unknown {
    const { last } = separate ?? {};
    const given = last === undefined ? fed : fed.slice(0, -1);
    const lacking = Array.from({ length: Math.max(0, least - given.length) }, () => fed[0] as Source);
    const sources = [...given, ...lacking];
    if (!separate) return this.fed(sources, batchSize, options);
    const named = last === undefined ? {} : { [last]: tensorOf(fed.at(-1) as Source, batchSize) };
    return { args: sources.map((each) => tensorOf(each, batchSize)), kwargs: { ...named, ...options } };
  }

  private fed(sources: readonly Source[], batchSize: number | undefined, options: Json = {}): unknown {
    if (this.reader.version === 2) return sources.map(({ from }) => [...from, options]);
    const tensors = sources.map((each) => tensorOf(each, batchSize));
    return { args: [tensors.length === 1 ? tensors[0] : tensors], kwargs: options };
  }

  ends(): Json {
    const inputs = this.inputs.map((name): Reference => [name, 0, 0]);
    const outputs = this.graph.outputs.map((value) => (this.sources[value] as Source).from);
    // Keras 3 gives back a list where it is told of one.
    const form = (list: readonly Reference[]) => (this.reader.version === 3 && list.length === 1 ? list[0] : list);
    return { input_layers: form(inputs), output_layers: form(outputs) };
  }
}
