export { adam, adamax, adamw, nadam, radam } from "./adam.js";
export { adadelta, adagrad, rmsprop } from "./adaptive.js";
export { lion, sgd } from "./descent.js";
export { lbfgs } from "./lbfgs.js";
