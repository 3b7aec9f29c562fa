import { encodeZip } from "../../src/formats/zip.js";
import { joined } from "./format-fixtures.js";
import { nd4jFile } from "./nd4j.js";

/** A file as DL4J's ModelSerializer writes it: the configuration, and all parameters in one row. */
export function dl4jZip(configuration: unknown, parameters: readonly number[]): Uint8Array {
  const text = typeof configuration === "string" ? configuration : JSON.stringify(configuration, null, 2);
  return joined(
    encodeZip([
      { name: "configuration.json", parts: [new TextEncoder().encode(text)] },
      { name: "coefficients.bin", parts: [coefficients(parameters)] },
    ]),
  );
}

/** `coefficients.bin`. */
export const coefficients = (values: readonly number[]): Uint8Array =>
  nd4jFile({
    mode: "LONG_SHAPE",
    type: "FLOAT",
    shape: [1, values.length],
    strides: [values.length, 1],
    order: "f",
    values: [...values],
  });

const PACKAGES = {
  layer: "org.deeplearning4j.nn.conf.layers",
  preprocessor: "org.deeplearning4j.nn.conf.preprocessor",
  vertex: "org.deeplearning4j.nn.conf.graph",
};

/** An object with a type as 1.0 writes it. */
export const typed = (kind: keyof typeof PACKAGES, name: string, entries: object = {}): object => ({
  "@class": `${PACKAGES[kind]}.${name}`,
  ...entries,
});

/** A layer as 1.0 writes it. */
export const layerOf = (name: string, activation: string | undefined, entries: object): object =>
  typed("layer", name, {
    ...(activation ? { activationFn: { "@class": `org.nd4j.linalg.activations.impl.Activation${activation}` } } : {}),
    ...entries,
  });

/** A MultiLayerConfiguration. */
export const stack = (layers: readonly object[], inputPreProcessors: object = {}): object => ({
  backprop: true,
  confs: layers.map((layer, i) => ({ layer: { layerName: `l${i}`, ...layer }, seed: 1, miniBatch: true })),
  inputPreProcessors,
});
