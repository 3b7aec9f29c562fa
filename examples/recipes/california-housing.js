// California housing: what homes cost, by a network that knows places. Test RMSE 43,000 dollars. node examples/recipes/california-housing.js

import * as wg from "wasmgrad";
import { csv, tabular } from "wasmgrad/data";
import { dataFile } from "./data.js";

// Prices hang on the place, and longitude and latitude as two numbers tell a network little: the distance to each of 200 blocks, as a bell
// of 0.15 degrees, tells it much (radial basis functions; Broomhead and Lowe, 1988). Counts go in by logarithms and as rooms a household.
await wg.init();
wg.setSeed(0);
const DOLLARS = 1e5;
const raw = await csv(dataFile("california-housing/housing.csv", "github.com/ageron/handson-ml, datasets/housing"));
const table = raw
  .with("rooms per household", (row) => row.total_rooms / row.households)
  .with("bedrooms per room", (row) => row.total_bedrooms / row.total_rooms)
  .with("people per household", (row) => row.population / row.households)
  .with("price", (row) => row.median_house_value / DOLLARS)
  .drop("median_house_value");

const [rest, test] = table.split([0.8, 0.2], { seed: 1 });
const [train, dev] = rest.split([0.9, 0.1], { seed: 2 });

const centres = [...train.slice(0, 200).rows()];
const bells = ({ longitude, latitude }) =>
  centres.map((c) => Math.exp(-((longitude - c.longitude) ** 2 + (latitude - c.latitude) ** 2) / (2 * 0.15 ** 2)));
const withPlaces = (part) => {
  const near = [...part.rows()].map(bells);
  return centres.reduce(
    (wide, _, i) =>
      wide.with(
        `near ${i}`,
        near.map((row) => row[i]),
      ),
    part,
  );
};
const wide = withPlaces(train);
const log = { log: true };
const prep = tabular(wide, {
  y: "price",
  columns: {
    total_rooms: log,
    total_bedrooms: log,
    population: log,
    households: log,
    median_income: log,
    "rooms per household": log,
    "bedrooms per room": log,
    "people per household": log,
  },
});
console.log(`${train.size} training, ${dev.size} dev and ${test.size} test rows, ${prep.features.length} features`);

const hidden = (inputShape) =>
  wg.layers.dense({ units: 128, activation: "relu", kernelInitializer: "auto", inputShape });
const model = wg.sequential([hidden([prep.features.length]), hidden(), hidden(), wg.layers.dense({ units: 1 })]);
const [epochs, batchSize] = [40, 64];
const steps = epochs * Math.ceil(train.size / batchSize);
model.compile({
  optimizer: wg.optimizers.adamw({ learningRate: wg.schedules.cosine(2e-3, { steps }), weightDecay: 0.01 }),
  loss: "meanSquaredError",
});
const dollars = async (part) => Math.sqrt((await model.evaluate(prep.transform(withPlaces(part)))).loss) * DOLLARS;
const show = (value) => Math.round(value).toLocaleString("en");
await model.fit(prep.transform(wide), { epochs, batchSize, callbacks: [wg.callbacks.progressBar()] });
console.log(`\ntrain RMSE: ${show(await dollars(train))} dollars, dev RMSE: ${show(await dollars(dev))} dollars`);
console.log(`test RMSE: ${show(await dollars(test))} dollars`);
