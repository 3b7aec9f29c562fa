// Titanic: who survived, by a small network. 10-fold accuracy 0.826. node examples/recipes/titanic.js

import * as wg from "wasmgrad";
import { csv, tabular } from "wasmgrad/data";
import { dataFile, meanAndDeviation } from "./data.js";

// What tells most is not in a column of its own: the title in the name (Mr, Mrs, Master) holds sex, age and rank; a family that travels
// together lives or dies together; a cabin that is known belongs to someone who mattered. Missing ages get the median and a mark.
await wg.init();
wg.setSeed(0);
const raw = await csv(dataFile("titanic/titanic.csv", "github.com/paulhendricks/titanic"));
const titles = { Mlle: "Miss", Ms: "Miss", Mme: "Mrs", Mr: "Mr", Mrs: "Mrs", Miss: "Miss", Master: "Master" };
const table = raw
  .with("Title", ({ Name }) => titles[/, (?:the )?(\w+)\./.exec(Name)?.[1]] ?? "rare")
  .with("Family", ({ SibSp, Parch }) => SibSp + Parch + 1)
  .with("Alone", ({ SibSp, Parch }) => Number(SibSp + Parch === 0))
  .with("Cabin known", ({ Cabin }) => Number(Cabin !== null))
  .drop("PassengerId", "Name", "Ticket", "Cabin");

const accuracies = [];
for (const { train, validation } of table.kFold(10, { seed: 0, stratify: "Survived" })) {
  const prep = tabular(train, {
    y: "Survived",
    columns: {
      Pclass: { type: "category" },
      Embarked: { impute: "mostFrequent" },
      Age: { indicator: true },
      Fare: { log: true },
    },
  });
  const model = wg.sequential([
    wg.layers.dense({ units: 16, activation: "relu", inputShape: [prep.features.length] }),
    wg.layers.dropout({ rate: 0.2 }),
    wg.layers.dense({ units: 1, activation: "sigmoid" }),
  ]);
  model.compile({
    optimizer: wg.optimizers.adamw({ learningRate: 0.003, weightDecay: 0.5 }),
    loss: "binaryCrossentropy",
    metrics: ["accuracy"],
  });
  await model.fit(prep.transform(train), { epochs: 40, batchSize: 32 });
  const { accuracy } = await model.evaluate(prep.transform(validation));
  accuracies.push(accuracy);
  console.log(
    `fold ${String(accuracies.length).padStart(2)}: ${train.size} rows trained on, accuracy ${accuracy.toFixed(4)}`,
  );
}
console.log(`\n10-fold accuracy: ${meanAndDeviation(accuracies)}`);
