import { trainHere } from "./here.js";

trainHere().then(postMessage);
