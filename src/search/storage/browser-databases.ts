import { PlatformError } from "../../util/errors.js";
import type { Databases } from "./libraries.js";

export const databases: Databases = { sqlite: none, pg: none };

async function none(operation: string): Promise<never> {
  throw new PlatformError(`${operation}: Node expected, got a page; memoryStorage() keeps a study there`);
}
