import * as slopes from "../../ops/prelu.js";
import * as rectifiers from "../../ops/rectifiers.js";
import { ofOne, ofTwo, withAttributes } from "./operation.js";

export const celu = withAttributes("celu", rectifiers.celu, "alpha");
export const logSigmoid = ofOne("logSigmoid", rectifiers.logSigmoid);
export const prelu = ofTwo("prelu", slopes.prelu);
export const softsign = ofOne("softsign", rectifiers.softsign);
export const thresholdedRelu = withAttributes("thresholdedRelu", rectifiers.thresholdedRelu, "theta");
