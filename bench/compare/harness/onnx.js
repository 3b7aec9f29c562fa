/** Field numbers of onnx.proto3. */
const Model = { irVersion: 1, graph: 7, opset: 8 };
const Opset = { version: 2 };
const Graph = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const Node = { input: 1, output: 2, op: 4, attribute: 5 };
const Attribute = { name: 1, ints: 8, type: 20 };
const Tensor = { dims: 1, type: 2, name: 8, raw: 9 };
const FLOAT = 1;
const INTS = 7;

/** A network of dense, conv2d, maxPooling2d and flatten layers, channels first, as the bytes of an ONNX model. */
export function onnxModel({ inputShape, outputShape, layers, weights, batch }) {
  const nodes = [];
  let at = "x";
  let used = 0;
  const add = (op, inputs = [], attributes = {}) => {
    const output = `${op}_${nodes.length}`;
    nodes.push(node(op, [at, ...inputs], output, attributes));
    at = output;
  };
  const nextWeights = () => [`w_${used++}`, `w_${used++}`];
  for (const { type, kernelSize, poolSize, activation } of layers) {
    if (type === "dense") add("Gemm", nextWeights());
    else if (type === "conv2d") add("Conv", nextWeights(), { pads: Array(4).fill((kernelSize - 1) / 2) });
    else if (type === "maxPooling2d") {
      add("MaxPool", [], { kernel_shape: [poolSize, poolSize], strides: [poolSize, poolSize] });
    } else if (type === "flatten") add("Flatten");
    else throw new Error(`onnx: no layer "${type}"`);
    if (activation) add({ relu: "Relu", softmax: "Softmax" }[activation]);
  }
  const initializers = weights.map(({ shape, data }, i) => tensor(`w_${i}`, shape, data));
  const graph = [
    ...nodes.map((each) => bytes(Graph.node, each)),
    bytes(Graph.name, text("network")),
    ...initializers.map((each) => bytes(Graph.initializer, each)),
    bytes(Graph.input, valueInfo("x", [batch, ...inputShape])),
    bytes(Graph.output, valueInfo(at, [batch, ...outputShape])),
  ];
  const model = [int(Model.irVersion, 8), bytes(Model.graph, graph.flat()), bytes(Model.opset, int(Opset.version, 17))];
  return { bytes: Uint8Array.from(model.flat()), output: at };
}

function node(op, inputs, output, attributes) {
  return [
    ...inputs.map((name) => bytes(Node.input, text(name))),
    bytes(Node.output, text(output)),
    bytes(Node.op, text(op)),
    ...Object.entries(attributes).map(([name, values]) =>
      bytes(Node.attribute, [
        ...bytes(Attribute.name, text(name)),
        ...values.flatMap((value) => int(Attribute.ints, value)),
        ...int(Attribute.type, INTS),
      ]),
    ),
  ].flat();
}

function tensor(name, dims, data) {
  return [
    ...dims.flatMap((dim) => int(Tensor.dims, dim)),
    ...int(Tensor.type, FLOAT),
    ...bytes(Tensor.name, text(name)),
    ...bytes(Tensor.raw, Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))),
  ];
}

/** Name, and type → tensor type → element type and shape → dimensions. */
function valueInfo(name, dims) {
  const shape = dims.flatMap((dim) => bytes(1, int(1, dim)));
  const type = bytes(1, [...int(1, FLOAT), ...bytes(2, shape)]);
  return [...bytes(1, text(name)), ...bytes(2, type)];
}

const text = (value) => Array.from(new TextEncoder().encode(value));
const int = (field, value) => [...varint(field << 3), ...varint(value)];
const bytes = (field, content) => [...varint((field << 3) | 2), ...varint(content.length), ...content];

function varint(value) {
  const out = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...out, rest];
    out.push((rest % 128) | 128);
  }
}
