import { Draws } from "../../src/search/draws.js";
import { uniform } from "../../src/search/parameters.js";
import { bayesian } from "../../src/search/samplers/bayesian.js";
import { random } from "../../src/search/samplers/random.js";
import { pointOf } from "./functions.js";
import { median } from "./problems.js";
import { simulate } from "./simulate.js";

/** How long `bayesian` takes to choose after 200 trials of 10 numbers. */
export function suggestion(): void {
  const space = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`x${i}`, uniform(0, 1)]));
  const trials = simulate({ space, sampler: random(), trials: 200, seed: 1 }, (values) =>
    pointOf(values).reduce((sum, x, i) => sum + (i + 1) * (x - 0.3) ** 2, 0),
  );
  const times = Array.from({ length: 15 }, (_, seed) => {
    const [wall, start] = [performance.now(), process.cpuUsage()];
    bayesian().sample({ space, directions: ["minimize"], trials, number: 200, draws: new Draws(seed, 200), seed });
    const { user, system } = process.cpuUsage(start);
    return [(user + system) / 1000, performance.now() - wall] as const;
  });
  const [processor, clock] = [times.map(([each]) => each), times.map(([, each]) => each)];
  console.log(
    `a suggestion of bayesian() after 200 trials of 10 numbers: ${median(processor).toFixed(0)} ms of processor time, ${median(clock).toFixed(0)} ms by the clock, at least ${Math.min(...clock).toFixed(0)}`,
  );
}
