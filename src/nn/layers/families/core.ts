// What most networks have.

export { activation } from "../activation.js";
export { dense } from "../dense.js";
export { flatten, reshape } from "../reshape.js";
