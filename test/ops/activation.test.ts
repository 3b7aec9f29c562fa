import { relu } from "../../src/ops/activation.js";
import { checkOp, elementwiseCases } from "../support/check-op.js";

checkOp("relu", { run: (x) => relu(x), cases: elementwiseCases, expected: (x) => x.map((v) => (v < 0 ? 0 : v)) });
