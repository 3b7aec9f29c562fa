import { PlatformError } from "../../util/errors.js";
import type { InThreads } from "./threads.js";

export const inThreads: InThreads = async ({ study }) => {
  throw new PlatformError(
    `study "${study}": optimize: parallel expected Node, got a page; leave it out, or train each model by inWorker of wasmgrad/worker`,
  );
};
