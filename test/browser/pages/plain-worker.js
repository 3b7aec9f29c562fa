// The import map of a page does not reach its workers: here the library has its address.

import * as formats from "/dist/browser/formats.js";
import * as wg from "/dist/browser/index.js";
import { train } from "./train.js";

train(wg, formats).then(postMessage);
