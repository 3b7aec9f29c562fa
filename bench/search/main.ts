import { init } from "../../src/backend/engine.js";
import { compare } from "./compare.js";
import { pruning } from "./pruning.js";
import { suggestion } from "./suggestion.js";

await init({ threads: 1 });
const wanted = process.argv.slice(2);
const parts: Record<string, () => void | Promise<void>> = { time: suggestion, pruning };
const problems = wanted.filter((name) => !(name in parts));
for (const [name, run] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await run();
if (wanted.length === 0 || problems.length > 0) await compare(problems);
