import * as cnn from "./cnn.js";
import { network } from "./make.js";
import * as mlp from "./mlp.js";

const bars = [{ threads: "one", against: "onnxruntime-web", atLeast: 1 }];

/** From numbers in JavaScript to probabilities in JavaScript, with the networks of `mlp` and `cnn`. */
const inference = (name, title, inputShape, layers, batch) => ({
  name: `${name}-predict-${batch}`,
  title: `${title}, batch ${batch}`,
  kind: "predict",
  bars,
  make: () => network({ inputShape, layers, batch }),
});

export default [1, 32].flatMap((batch) => [
  inference("mlp", "MLP 784-128-10", [784], mlp.layers, batch),
  inference("cnn", "CNN 8-16", cnn.inputShape, cnn.layers, batch),
]);
