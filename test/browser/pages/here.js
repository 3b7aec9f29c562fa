// The library by its name, as Node, bundlers and import maps find it.

import * as wg from "wasmgrad";
import * as formats from "wasmgrad/formats";
import { train } from "./train.js";

export const trainHere = () => train(wg, formats);
