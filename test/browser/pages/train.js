// What a page does with the library: trains a network, saves it, loads it, predicts.

export async function train(wg, { load, save }) {
  await wg.init({ numerics: "strict" });
  wg.setSeed(5);
  const model = wg.sequential([
    wg.layers.dense({ units: 16, activation: "relu", inputShape: [4] }),
    wg.layers.dense({ units: 3, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
  const x = wg.randomNormal([60, 4]);
  const { history } = await model.fit(x, wg.argMax(wg.slice(x, [0, 0], [60, 3]), -1), { epochs: 5, batchSize: 20 });

  const { readable, writable } = new TransformStream();
  const [file] = await Promise.all([new Response(readable).arrayBuffer(), save(model, writable)]);
  const again = await load(file);
  const rows = wg.slice(x, [0, 0], [2, 4]);
  return { loss: history.loss, predicted: model.predict(rows).toArray(), loaded: again.predict(rows).toArray() };
}
