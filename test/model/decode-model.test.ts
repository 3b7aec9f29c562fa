import { expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { decodeModel } from "../../src/model/decode-model.js";
import { encodeModel } from "../../src/model/encode-model.js";
import { encodeSafetensors } from "../../src/model/encode-safetensors.js";
import { decodeSafetensors } from "../../src/model/safetensors.js";
import { FormatError } from "../../src/util/errors.js";

const { dense, dropout, embedding, globalAveragePooling1D, lstm, prelu, repeatVector } = wg.layers;

/** A model's file whose description was changed. */
function changed(model: wg.Model, change: (description: { layers: unknown }) => void): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(Buffer.concat(encodeModel(model)), "m");
  const description = JSON.parse(metadata.wasmgrad as string);
  change(description);
  return Buffer.concat(
    encodeSafetensors({ tensors, metadata: { ...metadata, wasmgrad: JSON.stringify(description) } }),
  );
}

const small = () => wg.sequential([dense({ units: 2, inputShape: [3], name: "first" })]).build();

test("layers of several families come together", async () => {
  const model = wg
    .sequential([
      embedding({ inputDim: 5, outputDim: 4, inputShape: [3] }),
      lstm({ units: 4 }),
      repeatVector({ n: 2 }),
      globalAveragePooling1D(),
      dense({ units: 3 }),
      prelu(),
      dropout({ rate: 0.5 }),
      wg.layers.operation({ operation: "square" }),
      wg.layers.activation({ activation: "softmax" }),
    ])
    .build();
  const x = wg.tensor([[1, 4, 0]], [1, 3], "int32");
  const again = await decodeModel(Buffer.concat(encodeModel(model)), "m");
  expect(again.layers.map(({ kind }) => kind)).toEqual(model.layers.map(({ kind }) => kind));
  expect(again.predict(x).toArray()).toEqual(model.predict(x).toArray());
});

test.each([
  ["convolve", 'm: layer "first": kind expected one of wg.layers, got "convolve"'],
  ["toString", 'm: layer "first": kind expected one of wg.layers, got "toString"'],
  [undefined, 'm: layer "first": kind expected one of wg.layers, got "undefined"'],
])("a layer of kind %s is refused by its name", async (kind, message) => {
  const file = changed(small(), ({ layers }) => {
    (layers as { kind: unknown }[])[0] = { ...(layers as { kind: unknown }[])[0], kind };
  });
  await expect(decodeModel(file, "m")).rejects.toThrow(new FormatError(message));
});

test.each([[undefined], [null], [{}], [[null]]])("layers that are %j are no model", async (layers) => {
  const file = changed(small(), (description) => {
    description.layers = layers;
  });
  const failure = decodeModel(file, "m");
  await expect(failure).rejects.toThrow(FormatError);
  await expect(failure).rejects.toThrow(
    /^m: metadata "wasmgrad": .*; the file is damaged, or was written by another version$/,
  );
});
