import { spawnSync } from "node:child_process";
import os from "node:os";

/** What the times depend on beside the code. */
export function machine({ node, flags, rounds }) {
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout?.trim();
  if (!version) throw new Error(`compare: --node expected a Node program, got "${node}"`);
  const [{ model, speed } = { model: "unknown", speed: 0 }] = os.cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: `${model.trim()}${speed ? `, ${(speed / 1000).toFixed(2)} GHz` : ""}, ${os.availableParallelism()} cores`,
    system: `${os.type()} ${os.release()}, ${process.arch}`,
    node: version,
    flags: flags.length ? flags.join(" ") : "none",
    rounds,
    load: os.loadavg()[0],
  };
}
