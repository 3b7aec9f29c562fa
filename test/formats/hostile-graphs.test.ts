import { test } from "vitest";
import { load } from "../../src/formats/index.js";
import type { AttributeProto, GraphProto, NodeProto } from "../../src/formats/onnx/schema.js";
import { dl4jZip, layerOf } from "../support/dl4j.js";
import { gates, mxnetSymbol, text } from "../support/gates.js";
import { attempt, type Gate, leavesNothing, refusal } from "../support/hostile.js";
import { floats, integers, node, onnxFile, single, zeros } from "../support/onnx-file.js";

const all = await gates();
const gateOf = (format: keyof typeof all, name: string) =>
  all[format].find((each) => each.name === `load, ${name}`) as Gate;
const range = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));

const int = (name: string, i: number): AttributeProto => ({ name, i, type: 2 });
const ints = (name: string, ...values: number[]): AttributeProto => ({ name, ints: values, type: 7 });
const graphs = (name: string, g: Partial<GraphProto>): AttributeProto => ({ name, g: g as GraphProto, type: 5 });
const onnx = (nodes: readonly Partial<NodeProto>[], initializer: GraphProto["initializer"] = [], more = {}) =>
  onnxFile({ node: nodes as NodeProto[], initializer, ...more });

/** Subgraphs deep in one another. */
const within = (deep: number): Partial<NodeProto> =>
  node(
    "If",
    ["x"],
    ["y"],
    deep === 0
      ? []
      : [
          graphs("then_branch", {
            name: "g",
            node: [within(deep - 1)] as NodeProto[],
            initializer: [],
            input: [],
            output: [],
            valueInfo: [],
          }),
        ],
  );

const big = 2n ** 40n;
/** Each must be refused, or, where it says so, be done with in time. */
const models: Record<string, () => Promise<Uint8Array>> = {
  "a node that feeds itself": () => onnx([node("Relu", ["y"], ["y"])]),
  "two nodes that feed each other": () =>
    onnx([node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["b"]), node("Add", ["x", "b"], ["y"])]),
  "an operator by the name of every object's": () =>
    onnx([node("constructor", ["x"], ["a"]), node("__proto__", ["a"], ["y"])]),
  "steps with an activation by such a name": () =>
    onnx(
      [
        node(
          "RNN",
          ["x", "w", "r"],
          ["y"],
          [{ name: "activations", strings: [new TextEncoder().encode("constructor")], type: 8 }],
        ),
      ],
      [single("w", 1, [1, 1, 1]), single("r", 1, [1, 1, 1])],
      { input: [floats("x", 1, 1)] },
    ),
  "a value that two nodes make": () => onnx([node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["y"])]),
  "an output of nobody": () => onnx([node("Relu", ["x"], ["z"])]),
  "subgraphs 100 deep": () => onnx([within(60)]),
  "a shape of 2^40": () => onnx([node("Expand", ["x", "s"], ["y"])], [integers("s", [big, 1, 4])]),
  "a tensor of 2^40 numbers alike, made real": () =>
    onnx(
      [node("ConstantOfShape", ["s"], ["a"]), node("CumSum", ["a", "i"], ["b"]), node("Add", ["x", "b"], ["y"])],
      [integers("s", [big]), integers("i", [0], [])],
    ),
  "a tensor of 2^31 numbers alike, sorted": () =>
    onnx(
      [node("ConstantOfShape", ["s"], ["a"]), node("TopK", ["a", "k"], ["b", "c"]), node("Add", ["x", "b"], ["y"])],
      [integers("s", [2 ** 31]), integers("k", [4])],
    ),
  "a range to 2^40": () =>
    onnx(
      [node("Range", ["a", "b", "c"], ["r"]), node("Add", ["x", "r"], ["y"])],
      [integers("a", [0], []), integers("b", [big], []), integers("c", [1], [])],
    ),
  "a range that never ends": () =>
    onnx(
      [node("Range", ["a", "b", "c"], ["r"]), node("Add", ["x", "r"], ["y"])],
      [integers("a", [0], []), integers("b", [9], []), integers("c", [0], [])],
    ),
  "a tensor of one number, 2^40 times": () =>
    onnx(
      [node("Tile", ["w", "s"], ["r"]), node("Add", ["x", "r"], ["y"])],
      [single("w", 1, [1]), integers("s", [big])],
    ),
  "a tensor that doubles 60 times": () =>
    onnx(
      [
        ...range(60, (i) => node("Concat", [`a${i}`, `a${i}`], [`a${i + 1}`], [int("axis", 0)])),
        node("Add", ["x", "a60"], ["y"]),
      ],
      [single("a0", 1, [1])],
    ),
  "padding of 2^40": () => onnx([node("Pad", ["x", "p"], ["y"])], [integers("p", [0, big, 0, 0])]),
  "a number that is padded by itself, 2^26 times": () =>
    onnx(
      [
        node("Pad", ["w", "p"], ["r"], [{ name: "mode", s: new TextEncoder().encode("edge"), type: 3 }]),
        node("Add", ["x", "r"], ["y"]),
      ],
      [single("w", 1, [1]), integers("p", [0, 2 ** 26])],
    ),
  "one of 2^40 classes": () =>
    onnx(
      [node("OneHot", ["i", "d", "v"], ["r"]), node("Add", ["x", "r"], ["y"])],
      [
        integers("i", [1]),
        integers("d", [big], []),
        { name: "v", dims: [2], dataType: 1, rawData: new Uint8Array(8) } as never,
      ],
    ),
  "a window of 2^31": () =>
    onnx([node("MaxPool", ["x"], ["y"], [ints("kernel_shape", 2 ** 31)])], [], { input: [floats("x", 1, 4)] }),
  "a bias of more numbers than units": () =>
    onnx([node("Gemm", ["x", "w", "b"], ["y"])], [zeros("w", 4, 2), zeros("b", 54)]),
  "a weight that is another size": () =>
    onnx([node("Gemm", ["x", "w"], ["y"])], [integers("w", [1], [2 ** 31, 2 ** 31])]),
};

test.each(Object.entries(models))("onnx: %s", async (how, make) => {
  const file = await make();
  await leavesNothing(async () => void (await refusal(gateOf("onnx", "onnx"), file, how)));
});

test("onnx: tens of thousands of readers, nodes and names take no more than time for each", async () => {
  const count = 30_000;
  const gate = gateOf("onnx", "onnx");
  await attempt(
    gate,
    await onnx([...range(count, (i) => node("Relu", ["x"], [`a${i}`])), node("Relu", ["x"], ["y"])]),
    "readers of one value",
  );
  await attempt(
    gate,
    await onnx(range(count, (i) => node("Nothing", ["x"], [`a${i}`]))),
    "operators that are not there",
  );
  await attempt(
    gate,
    await onnx([
      node(
        "Sum",
        range(count, () => "x"),
        ["y"],
      ),
    ]),
    "inputs of one node",
  );
  await attempt(
    gate,
    await onnx(range(3000, (i) => node("Relu", [i === 2999 ? "x" : `a${i + 1}`], [i === 0 ? "y" : `a${i}`]))),
    "nodes in the wrong order",
  );
});

/** A network of Keras. */
const dense = (name: string, from: readonly unknown[]) => ({
  class_name: "Activation",
  name,
  config: { name, activation: "relu" },
  inbound_nodes: from,
});
const start = {
  class_name: "InputLayer",
  name: "x",
  config: { name: "x", batch_input_shape: [null, 3] },
  inbound_nodes: [],
};
const network = (layers: readonly unknown[], output: string, name = "m", node = 0): object => ({
  class_name: "Functional",
  config: { name, layers: [start, ...layers], input_layers: [["x", 0, 0]], output_layers: [[output, node, 0]] },
});
const from = (...names: string[]) => [names.map((name) => [name, 0, 0, {}])];

/** Networks in one another, each used twice by the one around it. */
const nested = (deep: number): object => {
  if (deep === 0) return network([dense("a", from("x"))], "a", "n0");
  const inner = nested(deep - 1) as { config: { name: string } };
  const { name } = inner.config;
  const uses = [[["x", 0, 0, {}]], [[name, 0, 0, {}]]];
  return network([{ ...inner, name, inbound_nodes: uses }], name, `n${deep}`, 1);
};

/** Masks that each are made of the one before, twice. */
const masks = (deep: number) => [
  ...range(deep, (i) => ({
    class_name: "LogicalOr",
    name: `o${i}`,
    config: { name: `o${i}` },
    inbound_nodes: [
      { args: [], kwargs: {} },
      [
        [i === 0 ? "x" : `o${i - 1}`, 0, 0, {}],
        [i === 0 ? "x" : `o${i - 1}`, 0, 0, {}],
      ],
    ].slice(1),
  })),
  dense("a", [[["x", 0, 0, { mask: [`o${deep - 1}`, 0, 0] }]]]),
];

const topologies: Record<string, object> = {
  "a layer that feeds itself": network([dense("a", from("a"))], "a"),
  "two layers that feed each other": network([dense("a", from("b")), dense("b", from("a"))], "a"),
  "a layer of nobody": network([dense("a", from("nobody"))], "a"),
  "networks in one another, each twice: 2^40 layers": nested(40),
  "masks made of masks: 2^40": network(masks(40), "a"),
  "a layer of 2^31 units": network(
    [{ class_name: "Dense", name: "d", config: { name: "d", units: 2 ** 31 }, inbound_nodes: from("x") }],
    "d",
  ),
  "an input of 2^53": {
    class_name: "Sequential",
    config: [{ class_name: "Dense", config: { units: 1, batch_input_shape: [null, 2 ** 53] } }],
  },
};

const keras = gateOf("keras", "config.json");
const tfjs = gateOf("tfjs", "model.json");
const asTfjs = (topology: object) => ({
  ...JSON.parse(new TextDecoder().decode(tfjs.sample)),
  modelTopology: { model_config: topology },
});

test.each(Object.entries(topologies))("keras and tfjs: %s", async (how, topology) => {
  await leavesNothing(async () => {
    await refusal(keras, text(topology), how);
    await refusal(tfjs, text(asTfjs(topology)), how);
  });
});

test("keras and tfjs: 20,000 models in one another", async () => {
  const open = '{"class_name":"Sequential","name":"s","config":{"name":"s","layers":[';
  const deep = `${open.repeat(20_000)}${JSON.stringify(dense("a", []))}${"]}}".repeat(20_000)}`;
  await refusal(keras, text(deep), "in one another");
  const model = JSON.stringify(asTfjs({})).replace('"model_config":{}', () => `"model_config":${deep}`);
  await refusal(tfjs, text(model), "in one another");
});

test("keras: thousands of layers in the wrong order", async () => {
  const count = 3000;
  const layers = range(count, (i) => dense(`a${i}`, from(i === count - 1 ? "x" : `a${i + 1}`)));
  await attempt(keras, text(network(layers, "a0")), "layers in the wrong order");
});

const symbols: Record<string, object> = {
  "a node that feeds itself": {
    ...mxnetSymbol,
    nodes: mxnetSymbol.nodes.map((each, i) => (i === 4 ? { ...each, inputs: [[4, 0, 0]] } : each)),
  },
  "a node that feeds one in front": {
    ...mxnetSymbol,
    nodes: mxnetSymbol.nodes.map((each, i) => (i === 3 ? { ...each, inputs: [[4, 0, 0]] } : each)),
  },
  "a node of number 2^53": { ...mxnetSymbol, heads: [[2 ** 53, 0, 0]] },
  "a node of number −1": { ...mxnetSymbol, heads: [[-1, 0, 0]] },
  "an output of number 2^31": { ...mxnetSymbol, heads: [[4, 2 ** 31, 0]] },
  "names twice": { ...mxnetSymbol, nodes: mxnetSymbol.nodes.map((each) => ({ ...each, name: "w" })) },
  "200,000 inputs of one node": {
    ...mxnetSymbol,
    nodes: mxnetSymbol.nodes.map((each, i) =>
      i === 4 ? { ...each, op: "add_n", inputs: range(200_000, () => [3, 0, 0]) } : each,
    ),
  },
  "20,000 parts of a tensor": {
    ...mxnetSymbol,
    nodes: mxnetSymbol.nodes.map((each, i) =>
      i === 4 ? { ...each, op: "SliceChannel", attrs: { num_outputs: "2000000000" } } : each,
    ),
  },
};

test.each(Object.entries(symbols))("mxnet: %s", async (how, symbol) => {
  await leavesNothing(async () => void (await attempt(gateOf("mxnet", "symbol"), text(symbol), how)));
});

const vertex = (layer: object) => ({ LayerVertex: { layerConf: { layer } } });
const ofDl4j = (vertexInputs: object, vertices: object = {}) => ({
  networkInputs: ["x"],
  networkOutputs: ["a"],
  vertices: {
    a: vertex(layerOf("DenseLayer", "ReLU", { nin: 3, nout: 3 })),
    b: vertex(layerOf("DenseLayer", "ReLU", { nin: 3, nout: 3 })),
    ...vertices,
  },
  vertexInputs,
});
const configurations: Record<string, object> = {
  "a vertex that feeds itself": ofDl4j({ a: ["a"], b: ["x"] }),
  "two vertices that feed each other": ofDl4j({ a: ["b"], b: ["a"] }),
  "a vertex of nobody": ofDl4j({ a: ["nobody"], b: ["x"] }),
  "a layer of 2^31": { confs: [{ layer: layerOf("DenseLayer", "ReLU", { nin: 2 ** 31, nout: 2 ** 31 }) }] },
  "a layer of −1": { confs: [{ layer: layerOf("DenseLayer", "ReLU", { nin: -1, nout: 2 }) }] },
};

test.each(Object.entries(configurations))("dl4j: %s", async (how, configuration) => {
  const gate: Gate = {
    name: "load, dl4j",
    sample: new Uint8Array(0),
    open: (bytes) => load(bytes, { format: "dl4j", inputShape: [3] }),
  };
  await leavesNothing(
    async () =>
      void (await refusal(
        gate,
        dl4jZip(
          configuration,
          range(24, (i) => i),
        ),
        how,
      )),
  );
});

const layer = (name: string, bottom: string, top: string, type = "ReLU", more = "") =>
  `layer { name: "${name}" type: "${type}" bottom: "${bottom}" top: "${top}" ${more} }\n`;
const input = 'input: "x" input_shape { dim: 1 dim: 3 }\n';
const nets: Record<string, string> = {
  "a layer that feeds itself": `${input}${layer("a", "a", "a")}`,
  "two layers that feed each other": `${input}${layer("a", "b", "a")}${layer("b", "a", "b")}`,
  "a layer of 2^31 outputs": `${input}${layer("d", "x", "y", "InnerProduct", "inner_product_param { num_output: 2147483648 }")}`,
  "an input of 2^53": `input: "x" input_shape { dim: 1 dim: 9007199254740992 }\n${layer("a", "x", "y")}`,
  "an input of −1": `input: "x" input_shape { dim: 1 dim: -1 }\n${layer("a", "x", "y")}`,
};

test.each(Object.entries(nets))("caffe: %s", async (how, net) => {
  await leavesNothing(async () => void (await refusal(gateOf("caffe", "prototxt"), text(net), how)));
});

test("caffe: 10,000 layers", async () => {
  const many = range(10_000, (i) => layer(`l${i}`, "x", `t${i}`)).join("");
  await attempt(gateOf("caffe", "prototxt"), text(input + many), "10,000 layers");
});
