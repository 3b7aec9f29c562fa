import type { Optimizer } from "../../src/optim/optimizer.js";
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamw,
  lion,
  nadam,
  radam,
  rmsprop,
  sgd,
} from "../../src/optim/optimizers.js";

/** Every kernel of an update by gradients at least once. */
export const optimizers: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => sgd(),
  momentum: () => sgd({ momentum: 0.9 }),
  dampened: () => sgd({ momentum: 0.9, dampening: true }),
  nesterov: () => sgd({ momentum: 0.9, nesterov: true }),
  adagrad: () => adagrad(),
  "adagrad from 0": () => adagrad({ initialAccumulatorValue: 0 }),
  adadelta: () => adadelta({ learningRate: 1 }),
  rmsprop: () => rmsprop(),
  "rmsprop, centred": () => rmsprop({ centered: true }),
  "rmsprop with momentum": () => rmsprop({ momentum: 0.9 }),
  "rmsprop, centred, with momentum": () => rmsprop({ centered: true, momentum: 0.9 }),
  adam: () => adam(),
  amsgrad: () => adam({ amsgrad: true }),
  adamw: () => adamw(),
  adamax: () => adamax(),
  nadam: () => nadam(),
  radam: () => radam(),
  lion: () => lion(),
  "sgd with decay": () => sgd({ weightDecay: 0.1 }),
  "nesterov, Keras's": () => sgd({ momentum: 0.9, nesterov: true, convention: "keras" }),
  "rmsprop, centred, with momentum, Keras's": () => rmsprop({ centered: true, momentum: 0.9, convention: "keras" }),
  "adamax, Keras's": () => adamax({ convention: "keras" }),
};
