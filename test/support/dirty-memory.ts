// Set-up: memory is handed out full of set bits, which are NaN, -1 and "true". A kernel that reads what nobody wrote then fails
// always, not only where another test happened to leave something there.
import { Arena } from "../../src/backend/arena.js";
import { Blocks } from "../../src/backend/blocks.js";
import { memory } from "../../src/backend/engine.js";

const DIRT = 0xff;

for (const { prototype } of [Arena, Blocks]) {
  const { take } = prototype;
  prototype.take = function (this: Arena & Blocks, bytes) {
    const at = take.call(this, bytes);
    memory().u8.fill(DIRT, at, at + bytes);
    return at;
  };
}
