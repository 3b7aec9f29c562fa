import { record } from "../backend/engine.js";
import type { Program } from "../backend/program.js";
import { allocatingIn, type Region } from "./storage.js";

/** `record`, with the tensors that `body` makes in the program's own workspace: until it has a place none of them takes memory. */
export function recorded(body: () => void): Program {
  return record(({ workspace }) => {
    const region: Region = { of: "step", memory: workspace, open: true };
    try {
      allocatingIn(region, body);
    } finally {
      region.open = false;
    }
  });
}
